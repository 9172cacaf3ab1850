"""The import of one file: rows to commands to the bus, with a bounded number on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from pathlib import Path
from time import monotonic
from typing import Protocol

from casecore.cases.commands import CaseCommand
from casecore.commands.batch import Answer
from casecore.contract.cases import ActivityNoted
from casecore.contract.types import EVENT_TYPES
from casecore.decider.refusal import CommandIdReused, Refusal
from casecore.imports.csv_rows import read_csv
from casecore.imports.errors import RowRejected, SourceBroken
from casecore.imports.mapping import Mapping
from casecore.imports.places import PlaceCounter
from casecore.imports.rejects import RejectsFile, rejects_path
from casecore.imports.source_file import SourceFile, SourceRow, open_source
from casecore.imports.summary import ImportIncomplete, ImportSummary, Progress, Report, Tally, summarise
from casecore.imports.translation import Translator
from casecore.imports.xes import read_xes

WINDOW = 2_000
"""Commands on the way: several of the bus's batches, so that it never waits for the file; about 10 MB."""

_NOTED = next(kind.wire_name for kind in EVENT_TYPES.all if kind.struct is ActivityNoted)


class Bus(Protocol):
    """What the importer needs of the command bus; it answers in order within a case."""

    def submit(self, command: CaseCommand) -> Future[Answer]: ...


class _Import:
    """One import under way."""

    def __init__(self, bus: Bus, translator: Translator, rejects: RejectsFile) -> None:
        self.tally = Tally()
        self._bus = bus
        self._translator = translator
        self._rejects = rejects
        self._on_the_way: deque[tuple[SourceRow, Future[Answer]]] = deque()

    def give(self, row: SourceRow) -> None:
        """Send a row on its way, and wait for the oldest one where too many are."""
        self.tally.rows += 1
        try:
            translation = self._translator.command_for(row)
            future = self._bus.submit(translation.command)
        except (RowRejected, Refusal) as reason:
            self._reject(row, reason)
            return
        if translation.unlisted is not None:
            self.tally.count_unlisted(translation.unlisted)
        self._on_the_way.append((row, future))
        if len(self._on_the_way) >= WINDOW:
            self._settle_half()

    def finish(self) -> None:
        """Wait for all that is on the way."""
        while self._on_the_way:
            self._settle()

    def _settle_half(self) -> None:
        # One sleep for many answers; meanwhile the other half keeps the bus busy.
        wait((self._on_the_way[WINDOW // 2][1],))
        for _ in range(WINDOW // 2):
            self._settle()

    def _settle(self) -> None:
        row, future = self._on_the_way.popleft()
        try:
            answer = future.result()
        except Refusal as refusal:
            self._reject(row, refusal)
            return
        tally = self.tally
        if answer.repeated:
            tally.repeated += 1
            return
        tally.stored += 1
        tally.implied += answer.events - 1
        tally.noted += answer.types[-1] == _NOTED

    def _reject(self, row: SourceRow, reason: Exception) -> None:
        if isinstance(reason, CommandIdReused):
            text = "this row was imported before with another content: the file or its mapping has changed"
        else:
            text = str(reason)
        self._rejects.add(row, text)


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

    Rejected rows are listed in `rejects`, by default FILE.rejects.csv beside the file. Raises MappingWrong
    before anything is read; ImportIncomplete, after what came before was imported, where the file breaks
    off; OSError; and what the bus raises when its store is away: import the file again to go on.
    """
    started_at = monotonic()
    translator = Translator(mapping, vendor, mapping_file)
    broken: SourceBroken | None = None
    with (
        open_source(path) as source,
        PlaceCounter() as places,
        RejectsFile(rejects or rejects_path(path)) as rejected,
    ):
        running = _Import(bus, translator, rejected)
        report = Report(running.tally, rejected, source, on_progress)
        try:
            for row in _rows(source, mapping, places):
                running.give(row)
                report.now_and_then()
        except SourceBroken as error:
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
