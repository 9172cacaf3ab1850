"""Each view from Kafka, beside a bare consumer, and the workload as other libraries' users would write it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from bench.climbs import Share, climb, climb_together, view_offsets
from bench.consumers import consume, consume_together
from bench.peers import projection_runner, streams
from bench.rows import Findings, Options, Row, Verdict, median_rate
from bench.servers import Stage, process
from bench.stations import Published, Stations
from casecore.contract.streams import BILLING, CASES, StreamKind
from projections.catalogue import VIEWS

GOAL = 20_000
RUNNERS = (1, 2)
"""A view has as many runners as it needs; the goal is for two cores, so it is held against the last."""


def measure(stations: Stations, options: Options) -> Findings:
    """All in turn; each view is dropped after each run, so that it is built from nothing again."""
    kinds = {kind: stations.published(kind, options.sized(200_000, 100_000)) for kind in (CASES, BILLING)}
    of_runner = options.sized(20_000, 2_000)
    stages: list[Stage] = []
    for _ in range(options.runs):
        for kind, published in kinds.items():
            addresses, topic = published.station.addresses, published.topic
            stages.append(consume(addresses, topic)._replace(name=_limit(kind, 1)))
            together = consume_together(addresses, topic, RUNNERS[-1])
            stages.append(together._replace(name=_limit(kind, RUNNERS[-1])))
        for view in sorted(VIEWS):
            published = kinds[VIEWS[view].kinds[0]]
            for runners in RUNNERS:
                stages.append(_project(published, view, runners))
                drop(published, view)
            if view == "workload":
                stages.append(streams.measure(published))
                stages.append(projection_runner.measure(stations, published, of_runner))
    verdicts = [
        Verdict(
            f"{_name(view, RUNNERS[-1])}, from Kafka",
            median_rate(stages, _name(view, RUNNERS[-1])),
            GOAL,
            "events/s",
        )
        for view in sorted(VIEWS)
    ]
    workload = median_rate(stages, _name("workload", 1))
    times = (
        f"One runner of workload is {workload / median_rate(stages, peer):.1f} times as fast as {what}."
        for peer, what in ((streams.NAME, "quixstreams"), (projection_runner.NAME, "ProjectionRunner"))
    )
    limits = {_name(view, n): _limit(VIEWS[view].kinds[0], n) for view in VIEWS for n in RUNNERS}
    return Findings(stages, (), verdicts, limits, tuple(times))


ROW = Row("views", "Each view from Kafka, real rows, offsets in the transaction", measure)


def _name(view: str, runners: int) -> str:
    return f"view {view}, {runners} runner{'s' if runners > 1 else ''}"


def _limit(kind: StreamKind, consumers: int) -> str:
    of = "bare kafka-python consumer" if consumers == 1 else f"{consumers} of them at once"
    return f"limit: {of}, events of {kind.topic}"


def _project(published: Published, view: str, runners: int) -> Stage:
    station = published.station
    name, least = _name(view, runners), sum(published.ends.values())
    with ExitStack() as running:
        offsets = running.enter_context(view_offsets(station.addresses, view))
        shares = running.enter_context(_shares(published, view))
        for _ in range(runners):
            running.enter_context(process(station.settings, station.addresses, "project", view))
        if runners == 1:
            return climb(name, published.events, "events", offsets, least, to_a_standstill=False)
        return climb_together(name, published.events, shares, runners, least)


@contextmanager
def _shares(published: Published, view: str) -> Iterator[Callable[[], list[Share]]]:
    """Asks what each of a view's runners has committed; none while the view is not there."""
    question = f"select owner, partition, next_offset from {view}.offsets where topic = %s"
    with psycopg.connect(published.station.addresses.database, autocommit=True) as connection:

        def ask() -> list[Share]:
            found: dict[object, Share] = {}
            try:
                rows = connection.execute(question.encode(), (published.topic,)).fetchall()
            except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
                return []
            for owner, partition, offset in rows:
                offsets, ends = found.get(owner, Share(0, 0))
                found[owner] = Share(offsets + offset, ends + published.ends.get(partition, 0))
            return list(found.values())

        yield ask


def drop(published: Published, view: str) -> None:
    """Drop a view, so that its next runner begins with nothing."""
    with psycopg.connect(published.station.addresses.database, autocommit=True) as connection:
        connection.execute(f"drop schema if exists {view} cascade")
