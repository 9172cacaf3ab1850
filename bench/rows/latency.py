"""From a command's answer to its row in the timeline, at a steady rate, with relay and all views at work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from functools import partial
from itertools import islice
from threading import Event, Lock, Thread
from uuid import UUID

import psycopg

from bench.findings import Findings, Options, Row, Verdict, latency
from bench.load import whole_cases
from bench.servers import folded, process, wait
from bench.stages import Stage, Stages
from casecore.app.deciders import DECIDERS
from casecore.cases.commands import CaseCommand
from casecore.commands.batch import Answer
from casecore.commands.bus import CommandBus
from casecore.contract.streams import CASES
from projections.catalogue import VIEWS

PER_SECOND = 500
GOAL_MEDIAN_MS, GOAL_P99_MS = 50, 250
ANSWERED = "from the call to the answer"
VISIBLE = "from the answer to the row in the timeline"
_OPEN_AT_ONCE = 500
_WARM_SECONDS = 5
_LOOK_SECONDS = 0.002
_LIMIT_SECONDS = 60
_SEEN = """select case_id, version from timeline.events
join unnest(%s::uuid[], %s::bigint[]) as asked (id, number) on case_id = id and version = number"""


class Watch:
    """When each version of a case was answered, and when its row was first seen."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[tuple[UUID, int], float] = {}
        self.seconds: list[float] = []

    def answered(self, stream_id: UUID, version: int) -> None:
        """The answer has come."""
        with self._lock:
            self._waiting[stream_id, version] = time.perf_counter()

    def look(self, connection: psycopg.Connection) -> None:
        """See which rows exist now; the time after the query counts, so that it is never too early."""
        with self._lock:
            asked = list(self._waiting)
        if not asked:
            return
        ids, versions = [one for one, _ in asked], [number for _, number in asked]
        found = connection.execute(_SEEN, (ids, versions), prepare=True).fetchall()
        now = time.perf_counter()
        with self._lock:
            self.seconds += [now - self._waiting.pop((case_id, version)) for case_id, version in found]

    @property
    def is_done(self) -> bool:
        """Whether every row was seen."""
        with self._lock:
            return not self._waiting


def measure(stages: Stages, options: Options) -> Findings:
    """Once, for as long as all runs of another row."""
    stage = stages.stage("latency")
    commands = options.sized(10 * options.runs * PER_SECOND, 1_000)
    given = whole_cases(_OPEN_AT_ONCE, "T")
    with ExitStack() as running:
        for arguments in (("relay",), *(("project", view) for view in sorted(VIEWS))):
            running.enter_context(process(stage.settings, stage.addresses, *arguments))
        bus = running.enter_context(CommandBus(stage.addresses.database, DECIDERS, "vendor"))
        bus.submit(next(given)).result()
        _wait_for_views(stage)
        _give(bus, islice(given, _WARM_SECONDS * PER_SECOND), Watch(), [])
        answered, watch = _measured(stage, bus, islice(given, commands))
    call, row = latency(ANSWERED, answered), latency(VISIBLE, watch.seconds)
    verdicts = (
        Verdict("answer to row, median", row.median_ms, GOAL_MEDIAN_MS, "ms", at_most=True),
        Verdict("answer to row, 99th percentile", row.p99_ms, GOAL_P99_MS, "ms", at_most=True),
    )
    note = (
        f"{PER_SECOND} commands a second, each at its own time, whether or not the earlier ones are answered."
    )
    return Findings((), (call, row), verdicts, {}, (note,))


ROW = Row("latency", "From a command's answer to its row", measure)


def _wait_for_views(stage: Stage) -> None:
    views = [name for name, view in VIEWS.items() if CASES in view.kinds]
    wait("the views have begun", lambda: all(folded(stage.addresses, view) > 0 for view in views))


def _measured(stage: Stage, bus: CommandBus, commands: Iterator[CaseCommand]) -> tuple[list[float], Watch]:
    watch, ending, answered = Watch(), Event(), list[float]()
    watcher = Thread(target=_watch, args=(stage, watch, ending))
    watcher.start()
    try:
        _give(bus, commands, watch, answered)
        gives_up_at = time.monotonic() + _LIMIT_SECONDS
        while not watch.is_done and time.monotonic() < gives_up_at:
            time.sleep(_LOOK_SECONDS)
        if not watch.is_done:
            raise SystemExit(f"some rows were not there {_LIMIT_SECONDS} seconds after the last answer")
    finally:
        ending.set()
        watcher.join()
    return answered, watch


def _give(bus: CommandBus, commands: Iterator[CaseCommand], watch: Watch, answered: list[float]) -> None:
    """Give each command at its time, and wait for the last answer."""
    futures: list[Future[Answer]] = []
    began_at = time.perf_counter()
    for number, command in enumerate(commands):
        time.sleep(max(began_at + number / PER_SECOND - time.perf_counter(), 0))
        future = bus.submit(command)
        future.add_done_callback(partial(_note, time.perf_counter(), watch, answered))
        futures.append(future)
    for future in futures:
        future.result()


def _note(given_at: float, watch: Watch, answered: list[float], future: Future[Answer]) -> None:
    answer = future.result()
    answered.append(time.perf_counter() - given_at)
    watch.answered(answer.stream_id, answer.version)


def _watch(stage: Stage, watch: Watch, ending: Event) -> None:
    with psycopg.connect(stage.addresses.database, autocommit=True) as connection:
        while not ending.wait(_LOOK_SECONDS):
            watch.look(connection)
