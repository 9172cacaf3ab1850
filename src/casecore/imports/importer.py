"""The import of one file: rows to commands to the bus, with a bounded number on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from pathlib import Path
from time import monotonic
from typing import NamedTuple, Protocol

import msgspec

from casecore.cases.commands import CaseCommand
from casecore.commands.batch import Answer
from casecore.contract.cases import ActivityNoted
from casecore.contract.types import EVENT_TYPES
from casecore.decider.refusal import Refusal
from casecore.imports.csv_rows import read_csv
from casecore.imports.errors import RowRejected, SourceBroken
from casecore.imports.mapping import Mapping
from casecore.imports.places import PlaceCounter
from casecore.imports.reasons import reason_of
from casecore.imports.rejects import CaseRejects, rejects_path
from casecore.imports.source_file import SourceFile, SourceRow, open_source
from casecore.imports.summary import ImportIncomplete, ImportSummary, Progress, Report, Tally, summarise
from casecore.imports.translation import Translator
from casecore.imports.xes import read_xes

WINDOW = 2_000
"""Commands on the way: several of the bus's batches, so that it never waits for the file."""
WINDOW_BYTES = 32 * 1024 * 1024
"""Of rows and their commands on the way, a character as one byte, and a command as JSON. Usual ones take a
tenth of this for a full window; at worst, with characters of four bytes, it is 150 MB in memory."""

_NOTED = next(kind.wire_name for kind in EVENT_TYPES.all if kind.struct is ActivityNoted)


class Bus(Protocol):
    """What the importer needs of the command bus; it answers in order within a case."""

    def submit(self, command: CaseCommand) -> Future[Answer]: ...


class _OnTheWay(NamedTuple):
    """A row whose command waits for its answer."""

    row: SourceRow
    command: CaseCommand
    future: Future[Answer]
    size_bytes: int


class _Import:
    """One import under way."""

    def __init__(self, bus: Bus, translator: Translator, rejects: CaseRejects) -> None:
        self.tally = Tally()
        self._bus = bus
        self._translator = translator
        self._rejects = rejects
        self._on_the_way: deque[_OnTheWay] = deque()
        self._bytes_on_the_way = 0
        self._has_failed = False
        self._encoder = msgspec.json.Encoder()

    def give(self, row: SourceRow) -> None:
        """Send a row on its way, and wait for the oldest ones where too many are.

        Raises the first failure of an earlier row that is no refusal, as soon as it is known.
        """
        if self._has_failed:
            self.finish()
        self.tally.rows += 1
        try:
            translation = self._translator.command_for(row)
        except RowRejected as reason:
            self._rejects.add(row, str(reason))
            return
        command = translation.command
        try:
            future = self._bus.submit(command)
        except Refusal as refusal:
            self._rejects.add(row, reason_of(refusal, command))
            return
        future.add_done_callback(self._look_at)
        if translation.unlisted is not None:
            self.tally.count_unlisted(translation.unlisted)
        size_bytes = row.characters() + len(self._encoder.encode(command))
        self._on_the_way.append(_OnTheWay(row, command, future, size_bytes))
        self._bytes_on_the_way += size_bytes
        while len(self._on_the_way) >= WINDOW or self._bytes_on_the_way >= WINDOW_BYTES:
            self._settle_half()

    def finish(self) -> None:
        """Wait for all that is on the way."""
        while self._on_the_way:
            self._settle()

    def _settle_half(self) -> None:
        # One sleep for many answers; meanwhile the other half keeps the bus busy.
        half = (len(self._on_the_way) + 1) // 2
        wait((self._on_the_way[half - 1].future,))
        for _ in range(half):
            self._settle()

    def _settle(self) -> None:
        row, command, future, size_bytes = self._on_the_way.popleft()
        self._bytes_on_the_way -= size_bytes
        try:
            answer = future.result()
        except Refusal as refusal:
            self._rejects.add(row, reason_of(refusal, command))
            return
        tally = self.tally
        if answer.repeated:
            tally.repeated += 1
            return
        tally.stored += 1
        tally.implied += answer.events - 1
        tally.noted += answer.types[-1] == _NOTED

    def _look_at(self, future: Future[Answer]) -> None:
        # In the bus's thread: the row is settled in its turn, but nothing may be read any more.
        if future.cancelled() or not isinstance(future.exception(), (Refusal, type(None))):
            self._has_failed = True


def import_file(
    path: Path,
    mapping: Mapping,
    bus: Bus,
    vendor: str,
    *,
    mapping_file: str = "the mapping",
    rejects: Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> ImportSummary:
    """Import a file; rows that were imported before are answered from their receipts, and counted so.

    `mapping_file` is the mapping's path, or what it is called in errors. Rejected rows are listed in
    `rejects`, by default FILE.rejects.csv beside the file. Raises InvalidMapping and InvalidRejectsPath
    before anything is read; SourceBroken where there is no row to read; ImportIncomplete, after what came
    before was imported, where the file breaks off; OSError; and at once the first failure of `bus` that is no
    refusal, such as DatabaseUnavailable: import the file again to go on.
    """
    started_at = monotonic()
    translator = Translator(mapping, vendor, mapping_file)
    broken: SourceBroken | None = None
    with (
        open_source(path) as source,
        PlaceCounter() as places,
        CaseRejects(rejects or rejects_path(path), (path, Path(mapping_file))) as rejected,
    ):
        running = _Import(bus, translator, rejected)
        report = Report(running.tally, rejected, source, on_progress)
        try:
            for row in _rows(source, mapping, places):
                running.give(row)
                report.now_and_then()
        except SourceBroken as error:
            if not running.tally.rows:  # it is no log at all: nothing was done
                raise
            broken = error
        running.finish()
        report.now()
        summary = summarise(
            mapping.source.name, running.tally, rejected, places.cases(), monotonic() - started_at
        )
    if broken is not None:
        raise ImportIncomplete(summary, broken) from broken
    return summary


def _rows(source: SourceFile, mapping: Mapping, places: PlaceCounter) -> Iterator[SourceRow]:
    given = mapping.source
    if given.format == "xes":
        return read_xes(source, given.case, places)
    columns = (given.case, given.activity, given.time)
    return read_csv(source, columns, given.delimiter or ",", given.encoding or "utf-8", places)
