"""Each view rebuilt from a million events, while the live one answers."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import NamedTuple

import psycopg

from bench.consumers import consume_together
from bench.findings import Findings, Latency, Options, Row, Verdict, latency
from bench.measurements import Measurement
from bench.ramps import view_offsets
from bench.rows.views import drop
from bench.servers import casecore, process, wait
from bench.stages import Published, Stages
from casecore.contract.streams import BILLING, CASES, StreamKind
from projections.catalogue import VIEWS

EVENTS = 1_000_000
GOAL_SECONDS, GOAL_SLOWER, GOAL_AS_OF_SECONDS = 60, 1.2, 3
_AS_OF = "all cases as of a day, in SQL"
_LOOK_SECONDS = 0.05
_BEFORE_SECONDS = 10.0
_ASKED = 500
PROCESSES = 2
"""The processes of `casecore rebuild`, as many as by default on two cores."""


class Question(NamedTuple):
    """The question to a view while it is rebuilt: about one stream of those that `ids` lists."""

    ids: str
    query: str


_QUESTIONS = {
    "billing": Question(
        "select stream_id from billing.charges limit %s",
        "select * from billing.charges where stream_id = %s order by number",
    ),
    "sla": Question("select case_id from sla.cases limit %s", "select * from sla.clocks where case_id = %s"),
    "timeline": Question(
        "select distinct case_id from (select case_id from timeline.events limit %s) as some_events",
        "select * from timeline.events where case_id = %s order by version",
    ),
}
"""Where a view's usual question is not that to its first table."""


def question_to(view: str) -> Question:
    """The question that a view is asked usually: if no other is listed, for the rows of its first table."""
    if view in _QUESTIONS:
        return _QUESTIONS[view]
    first = VIEWS[view].tables[0]
    table, column = f"{view}.{first.name}", first.key[0]
    return Question(f"select {column} from {table} limit %s", f"select * from {table} where {column} = %s")


def measure(stages: Stages, options: Options) -> Findings:
    """Once for each view: a rebuild takes long enough that one is enough."""
    events = options.sized(EVENTS, 20_000)
    measurements: list[Measurement] = []
    latencies: list[Latency] = []
    verdicts: list[Verdict] = []
    limits: dict[str, str] = {}
    for kind in (CASES, BILLING):
        published = stages.published(kind, events)
        bare = consume_together(published.stage.addresses, published.topic, PROCESSES)
        measurements.append(bare._replace(name=_limit(kind)))
        views = [view for view in sorted(VIEWS) if kind in VIEWS[view].kinds]
        _build_live(published, views)
        for view in views:
            measurement, before, during = _rebuilt(published, view)
            measurements.append(measurement)
            limits[measurement.name] = _limit(kind)
            latencies += [before, during]
            verdicts += _verdicts(view, measurement, before, during)
            if view == "timeline":
                measurements.append(_as_of(published))
                verdicts.append(_as_of_verdict(measurements[-1]))
            drop(published, view)
    notes = [
        "A rebuild also writes, hashes both sides and swaps; its limit only reads. "
        "The live view answers meanwhile, and has nothing new to fold."
    ]
    if events != EVENTS:
        notes.append(
            f"Seconds for {EVENTS:,} events are reckoned from {events:,}, with the command's start-up."
        )
    return Findings(measurements, latencies, verdicts, limits, tuple(notes))


ROW = Row("rebuild", "Each view rebuilt from a million events, beside the live one", measure)


def _limit(kind: StreamKind) -> str:
    return f"limit: {PROCESSES} bare kafka-python consumers at once, events of {kind.topic}"


def _verdicts(view: str, measurement: Measurement, before: Latency, during: Latency) -> list[Verdict]:
    whole = measurement.seconds * EVENTS / measurement.count
    slower = during.median_ms / before.median_ms
    return [
        Verdict(f"rebuild of {view}, for {EVENTS:,} events", whole, GOAL_SECONDS, "s", at_most=True),
        Verdict(f"answers of {view} meanwhile, median", slower, GOAL_SLOWER, "times before", at_most=True),
    ]


def _as_of(published: Published) -> Measurement:
    """All cases as of an instant at which about half of the history had been recorded, in SQL."""
    with psycopg.connect(published.stage.addresses.database) as connection:
        found = connection.execute(
            "select percentile_disc(0.5) within group (order by occurred_at) from timeline.events"
        )
        at = found.fetchone()
        started_at = time.monotonic()
        connection.execute(
            "select state, level, count(*) from timeline.states_at(%s) group by 1, 2", at
        ).fetchall()
        seconds = time.monotonic() - started_at
    return Measurement(_AS_OF, published.events, "events", seconds)


def _as_of_verdict(measurement: Measurement) -> Verdict:
    whole = measurement.seconds * EVENTS / measurement.count
    return Verdict(f"{_AS_OF}, for {EVENTS:,} events", whole, GOAL_AS_OF_SECONDS, "s", at_most=True)


def _build_live(published: Published, views: list[str]) -> None:
    """Build all views at once by their runners: nothing is measured yet."""
    stage = published.stage
    with ExitStack() as running:
        for view in views:
            running.enter_context(process(stage.settings, stage.addresses, "project", view))
        least = sum(published.ends.values())
        counters = [running.enter_context(view_offsets(stage.addresses, view)) for view in views]
        wait(f"{', '.join(views)} are built", lambda: all(counter() >= least for counter in counters))
    with psycopg.connect(stage.addresses.database, autocommit=True) as connection:
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")


def _rebuilt(published: Published, view: str) -> tuple[Measurement, Latency, Latency]:
    stage = published.stage
    with process(stage.settings, stage.addresses, "project", view):
        with _asked(published, view) as before:
            time.sleep(_BEFORE_SECONDS)
        started_at = time.monotonic()
        with _asked(published, view) as during:
            arguments = ("rebuild", view, "--processes", str(PROCESSES), "--json")
            casecore(stage.settings, stage.addresses, *arguments)
        seconds = time.monotonic() - started_at
    return (
        Measurement(f"rebuild {view}, the command from start to end", published.events, "events", seconds),
        latency(f"{view} answers, before", before),
        latency(f"{view} answers, while it is rebuilt", during),
    )


@contextmanager
def _asked(published: Published, view: str) -> Iterator[list[float]]:
    """Ask questions until the block ends; the list has the seconds of each answer."""
    seconds: list[float] = []
    ending = Event()
    asking = Thread(target=_ask, args=(published.stage.addresses.database, view, seconds, ending))
    asking.start()
    try:
        yield seconds
    finally:
        ending.set()
        asking.join()
    if not seconds:
        raise SystemExit(f"view {view} has answered nothing")


def _ask(database: str, view: str, seconds: list[float], ending: Event) -> None:
    question, rng = question_to(view), random.Random(7)
    with psycopg.connect(database, autocommit=True) as connection:
        ids = [row[0] for row in connection.execute(question.ids, (_ASKED * 20,))][:_ASKED]
        while not ending.wait(_LOOK_SECONDS):
            asked_at = time.perf_counter()
            connection.execute(question.query, (rng.choice(ids),)).fetchall()
            seconds.append(time.perf_counter() - asked_at)
