"""Each view from Kafka, beside a bare consumer, and the workload view written with other libraries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from bench.consumers import consume, consume_together
from bench.findings import Findings, Options, Row, Verdict, median_rate
from bench.measurements import Measurement
from bench.peers import projection_runner, streams
from bench.ramps import Share, measure_ramp, measure_shared_ramp, view_offsets
from bench.servers import process
from bench.stages import Published, Stages
from casecore.contract.streams import BILLING, CASES, StreamKind
from projections.catalogue import VIEWS

GOAL = 20_000
RUNNERS = (1, 2)
"""A view has as many runners as it needs; the goal is for two cores, so it is held against the last."""


def measure(stages: Stages, options: Options) -> Findings:
    """All in turn; each view is dropped after each run, so that the next one builds it from scratch."""
    kinds = {kind: stages.published(kind, options.sized(200_000, 100_000)) for kind in (CASES, BILLING)}
    of_runner = options.sized(20_000, 2_000)
    measurements: list[Measurement] = []
    for _ in range(options.runs):
        for kind, published in kinds.items():
            addresses, topic = published.stage.addresses, published.topic
            measurements.append(consume(addresses, topic)._replace(name=_limit(kind, 1)))
            together = consume_together(addresses, topic, RUNNERS[-1])
            measurements.append(together._replace(name=_limit(kind, RUNNERS[-1])))
        for view in sorted(VIEWS):
            published = kinds[VIEWS[view].kinds[0]]
            for runners in RUNNERS:
                measurements.append(_project(published, view, runners))
                drop(published, view)
            if view == "workload":
                measurements.append(streams.measure(published))
                measurements.append(projection_runner.measure(stages, published, of_runner))
    verdicts = [
        Verdict(
            f"{_name(view, RUNNERS[-1])}, from Kafka",
            median_rate(measurements, _name(view, RUNNERS[-1])),
            GOAL,
            "events/s",
        )
        for view in sorted(VIEWS)
    ]
    workload = median_rate(measurements, _name("workload", 1))
    times = (
        f"One runner of workload is {workload / median_rate(measurements, peer):.1f} times as fast as {what}."
        for peer, what in ((streams.NAME, "quixstreams"), (projection_runner.NAME, "ProjectionRunner"))
    )
    limits = {_name(view, n): _limit(VIEWS[view].kinds[0], n) for view in VIEWS for n in RUNNERS}
    return Findings(measurements, (), verdicts, limits, tuple(times))


ROW = Row("views", "Each view from Kafka, real rows, offsets in the transaction", measure)


def _name(view: str, runners: int) -> str:
    return f"view {view}, {runners} runner{'s' if runners > 1 else ''}"


def _limit(kind: StreamKind, consumers: int) -> str:
    of = "bare kafka-python consumer" if consumers == 1 else f"{consumers} of them at once"
    return f"limit: {of}, events of {kind.topic}"


def _project(published: Published, view: str, runners: int) -> Measurement:
    stage = published.stage
    name, least = _name(view, runners), sum(published.ends.values())
    with ExitStack() as running:
        offsets = running.enter_context(view_offsets(stage.addresses, view))
        shares = running.enter_context(_shares(published, view))
        for _ in range(runners):
            running.enter_context(process(stage.settings, stage.addresses, "project", view))
        if runners == 1:
            return measure_ramp(name, published.events, "events", offsets, least, to_a_standstill=False)
        return measure_shared_ramp(name, published.events, shares, runners, least)


@contextmanager
def _shares(published: Published, view: str) -> Iterator[Callable[[], list[Share]]]:
    """Asks what each runner of a view has committed; none while the view does not exist."""
    question = f"select owner, partition, next_offset from {view}.offsets where topic = %s"
    with psycopg.connect(published.stage.addresses.database, autocommit=True) as connection:

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
    """Drop a view, so that its next runner builds it from scratch."""
    with psycopg.connect(published.stage.addresses.database, autocommit=True) as connection:
        connection.execute(f"drop schema if exists {view} cascade")
