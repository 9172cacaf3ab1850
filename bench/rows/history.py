"""Histories as tables: an export, again with what is new, and what is asked of it, beside bare reads."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa

from bench.findings import Findings, Options, Row, Verdict, median_rate
from bench.histories import fill
from bench.measurements import Measurement
from bench.mining import OURS, POLARS, measure_mining, mining_verdicts
from bench.servers import casecore
from bench.stages import SEED, Stage, Stages
from casecore.analysis import open_history
from casecore.cases.topics import TOPICS
from casecore.service_levels.policy_file import load_policy

EVENTS, MORE_EVENTS, FEWER_EVENTS = 1_000_000, 10_000, 100_000
_POLICY = Path("docs/service-levels/vendor-end-to-end.toml")

_EVENTS_ONLY = "export of events, the command from start to end"
_ALL = "export of all tables, the command from start to end"
_AGAIN = "export again with the new events, the command from start to end"
_WHAT_IF = "what-if, from the export"
_AS_OF = "all cases as of a day, from the export"
_ARROW = "events as an Arrow table, from the store"
_COPY = "peer: COPY of the same rows to CSV"
_RAW = "peer: psycopg, the same rows undecoded, as an Arrow table"
_GOALS = {_EVENTS_ONLY: 25.0, _ALL: 60.0, _WHAT_IF: 12.0, _AS_OF: 3.0}
"""Seconds for a million events, on two cores."""


def measure(stages: Stages, options: Options) -> Findings:
    """Everything once in each run, in turn; the stores are filled once."""
    stage, count = stages.with_cases("history", options.sized(EVENTS, 20_000))
    fewer, few = stages.with_cases("fewer", options.sized(FEWER_EVENTS, 5_000))
    more = options.sized(MORE_EVENTS, 500)
    measurements: list[Measurement] = []
    for run in range(options.runs):
        folder = stages.home / "exports"
        measurements += _of_store(stage, folder, count + run * more, more, SEED + 1 + run)
        measurements += _small(fewer, few)
        shutil.rmtree(folder)
    return Findings(
        measurements,
        (),
        [*_verdicts(measurements), *mining_verdicts(measurements)],
        {_EVENTS_ONLY: _COPY, _ALL: _COPY, _ARROW: _RAW, **dict(zip(OURS, POLARS, strict=True))},
        ("COPY and psycopg neither decode an event, nor name people by pseudonyms, nor sort by case.",),
    )


ROW = Row("history", "Histories as tables: exports, and what is asked of them", measure)


def _of_store(stage: Stage, folder: Path, count: int, more: int, seed: int) -> list[Measurement]:
    """An export, questions to it, and the export after `more` events were added, which another seed makes."""

    def export(name: str, *options: str) -> None:
        casecore(stage.settings, stage.addresses, "export", str(folder / name), *options)

    database = stage.addresses.database
    found = [
        _timed(_COPY, count, lambda: _copy(database)),
        _timed(_EVENTS_ONLY, count, lambda: export("events", "--tables", "events")),
        _timed(_ALL, count, lambda: export("all")),
    ]
    history = open_history(folder / "all")
    day = history.last_at - timedelta(days=60)
    found.append(_timed(_AS_OF, count, lambda: history.cases(at=day)))
    found.append(_timed(_WHAT_IF, count, lambda: history.what_if(load_policy(_POLICY, TOPICS))))
    found += measure_mining(folder / "all" / "latest" / "events", count, runs=1)
    added = fill(database, more, seed, [load_policy(_POLICY, TOPICS)])
    found.append(_timed(_AGAIN, added, lambda: export("events", "--tables", "events")))
    return found


def _small(stage: Stage, count: int) -> list[Measurement]:
    """A table of a smaller store."""
    database = stage.addresses.database
    return [
        _timed(_RAW, count, lambda: _raw(database)),
        _timed(_ARROW, count, lambda: open_history(database).events),
    ]


def _timed(name: str, count: int, do: Callable[[], Any]) -> Measurement:
    started_at = time.monotonic()
    do()
    return Measurement(name, count, "events", time.monotonic() - started_at)


def _copy(database: str) -> None:
    query = (
        "copy (select notification_id, originator_id, originator_version, topic, recorded_at, "
        "convert_from(state, 'UTF8') from casecore.stored_events order by originator_id, originator_version) "
        "to stdout (format csv)"
    )
    with psycopg.connect(database) as connection, connection.cursor().copy(query) as copy:
        for _ in copy:
            pass


def _raw(database: str) -> pa.Table:
    query = (
        "select notification_id, originator_id::text, originator_version, topic, recorded_at, "
        "convert_from(state, 'UTF8') from casecore.stored_events"
    )
    with psycopg.connect(database) as connection:
        rows = connection.execute(query).fetchall()
    names = ("position", "case_id", "version", "type", "recorded_at", "body")
    return pa.table(dict(zip(names, map(pa.array, zip(*rows, strict=True)), strict=True)))


def _verdicts(measurements: Sequence[Measurement]) -> list[Verdict]:
    million = [
        Verdict(
            f"{name}, for {EVENTS:,} events",
            EVENTS / median_rate(measurements, name),
            goal,
            "s",
            at_most=True,
        )
        for name, goal in _GOALS.items()
    ]
    return [
        *million,
        Verdict(
            f"{_AGAIN}, for {MORE_EVENTS:,}",
            MORE_EVENTS / median_rate(measurements, _AGAIN),
            2.0,
            "s",
            at_most=True,
        ),
        Verdict(
            f"{_ARROW}, {FEWER_EVENTS:,}",
            FEWER_EVENTS / median_rate(measurements, _ARROW),
            2.0,
            "s",
            at_most=True,
        ),
    ]
