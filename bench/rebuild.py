"""Each view built anew from a million events, while the live one answers."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import NamedTuple

import psycopg

from bench.climbs import view_offsets
from bench.consumers import consume_together
from bench.rows import Findings, Latency, Options, Row, Verdict, latency
from bench.servers import Stage, casecore, process, wait
from bench.stations import Published, Stations
from bench.views import drop
from casecore.contract.streams import BILLING, CASES, StreamKind
from projections.catalogue import VIEWS

EVENTS = 1_000_000
GOAL_SECONDS, GOAL_SLOWER = 60, 1.2
_LOOK_SECONDS = 0.05
_BEFORE_SECONDS = 10.0
_ASKED = 500
PROCESSES = 2
"""By which `casecore rebuild` does it, as it does by itself on two cores."""


class Question(NamedTuple):
    """What is asked of a view while it is built again: about one stream of those that `ids` lists."""

    ids: str
    query: str


QUESTIONS = {
    "billing": Question(
        "select stream_id from billing.charges limit %s",
        "select * from billing.charges where stream_id = %s order by number",
    ),
    "sla": Question("select case_id from sla.cases limit %s", "select * from sla.clocks where case_id = %s"),
    "timeline": Question(
        "select distinct case_id from (select case_id from timeline.events limit %s) as some_events",
        "select * from timeline.events where case_id = %s order by version",
    ),
    "workload": Question(
        "select case_id from workload.cases limit %s", "select * from workload.cases where case_id = %s"
    ),
}


def measure(stations: Stations, options: Options) -> Findings:
    """Once for each view: a rebuild is long enough to be its own median."""
    events = options.sized(EVENTS, 20_000)
    stages: list[Stage] = []
    latencies: list[Latency] = []
    verdicts: list[Verdict] = []
    limits: dict[str, str] = {}
    for kind in (CASES, BILLING):
        published = stations.published(kind, events)
        bare = consume_together(published.station.addresses, published.topic, PROCESSES)
        stages.append(bare._replace(name=_limit(kind)))
        views = [view for view in sorted(VIEWS) if kind in VIEWS[view].kinds]
        _build_live(published, views)
        for view in views:
            stage, before, during = _rebuilt(published, view)
            stages.append(stage)
            limits[stage.name] = _limit(kind)
            latencies += [before, during]
            verdicts += _verdicts(view, stage, before, during)
            drop(published, view)
    notes = [
        "A rebuild also writes, hashes both sides and swaps; its limit only reads. "
        "The live view answers meanwhile, and has nothing new to fold."
    ]
    if events != EVENTS:
        notes.append(
            f"Seconds for {EVENTS:,} events are reckoned from {events:,}, with the command's start-up."
        )
    return Findings(stages, latencies, verdicts, limits, tuple(notes))


ROW = Row("rebuild", "Each view built anew from a million events, beside the live one", measure)


def _limit(kind: StreamKind) -> str:
    return f"limit: {PROCESSES} bare kafka-python consumers at once, events of {kind.topic}"


def _verdicts(view: str, stage: Stage, before: Latency, during: Latency) -> list[Verdict]:
    whole = stage.seconds * EVENTS / stage.count
    slower = during.median_ms / before.median_ms
    return [
        Verdict(f"rebuild of {view}, for {EVENTS:,} events", whole, GOAL_SECONDS, "s", at_most=True),
        Verdict(f"answers of {view} meanwhile, median", slower, GOAL_SLOWER, "times before", at_most=True),
    ]


def _build_live(published: Published, views: list[str]) -> None:
    """All at once by their runners: they share the cores, and nothing is measured yet."""
    station = published.station
    with ExitStack() as running:
        for view in views:
            running.enter_context(process(station.settings, station.addresses, "project", view))
        least = sum(published.ends.values())
        counters = [running.enter_context(view_offsets(station.addresses, view)) for view in views]
        wait(f"{', '.join(views)} are built", lambda: all(counter() >= least for counter in counters))
    with psycopg.connect(station.addresses.database, autocommit=True) as connection:
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")


def _rebuilt(published: Published, view: str) -> tuple[Stage, Latency, Latency]:
    station = published.station
    with process(station.settings, station.addresses, "project", view):
        with _asked(published, view) as before:
            time.sleep(_BEFORE_SECONDS)
        started_at = time.monotonic()
        with _asked(published, view) as during:
            arguments = ("rebuild", view, "--processes", str(PROCESSES), "--json")
            casecore(station.settings, station.addresses, *arguments)
        seconds = time.monotonic() - started_at
    return (
        Stage(f"rebuild {view}, the command from start to end", published.events, "events", seconds),
        latency(f"{view} answers, before", before),
        latency(f"{view} answers, while it is rebuilt", during),
    )


@contextmanager
def _asked(published: Published, view: str) -> Iterator[list[float]]:
    """Questions while the block lasts; the list holds how many seconds each answer took."""
    seconds: list[float] = []
    ending = Event()
    asking = Thread(target=_ask, args=(published.station.addresses.database, view, seconds, ending))
    asking.start()
    try:
        yield seconds
    finally:
        ending.set()
        asking.join()
    if not seconds:
        raise SystemExit(f"view {view} has answered nothing")


def _ask(database: str, view: str, seconds: list[float], ending: Event) -> None:
    question, rng = QUESTIONS[view], random.Random(7)
    with psycopg.connect(database, autocommit=True) as connection:
        ids = [row[0] for row in connection.execute(question.ids, (_ASKED * 20,))][:_ASKED]
        while not ending.wait(_LOOK_SECONDS):
            asked_at = time.perf_counter()
            connection.execute(question.query, (rng.choice(ids),)).fetchall()
            seconds.append(time.perf_counter() - asked_at)
