"""The import of one file: from rows to commands to the bus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import msgspec

from casecore.cases.commands import CaseCommand
from casecore.commands.batch import Answer
from casecore.commands.interface import Submitter
from casecore.commands.window import Window
from casecore.contract.cases import ActivityNoted
from casecore.contract.types import EVENT_TYPES
from casecore.decider.refusal import Refusal
from casecore.imports.attempts import ACTION_OF_EVENT
from casecore.imports.csv_rows import read_csv
from casecore.imports.errors import RowRejected, SourceBroken
from casecore.imports.exported_rows import as_they_were
from casecore.imports.mapping import Mapping
from casecore.imports.places import LatestTimes, PlaceCounter
from casecore.imports.reasons import reason_of
from casecore.imports.rejects import CaseRejects, Rejects, rejects_path
from casecore.imports.source_file import SourceFile, SourceRow, open_source
from casecore.imports.summary import (
    ImportIncomplete,
    ImportProgress,
    ImportSummary,
    ProgressReporter,
    Tally,
    summarise,
)
from casecore.imports.translation import Translator
from casecore.imports.wide_rows import events_of_rows, in_order_of_time
from casecore.imports.xes import read_xes

WINDOW_BYTES = 32 * 1024 * 1024
"""Of rows and their commands under way, a character as one byte, and a command as JSON. Usual ones take a
tenth of this for a full window; at worst, with characters of four bytes, it is 150 MB in memory."""

_NOTED = next(kind.wire_name for kind in EVENT_TYPES.all if kind.struct is ActivityNoted)


class _RowUnderWay(NamedTuple):
    """A row whose command was submitted."""

    row: SourceRow
    command: CaseCommand


class _Import:
    """One import under way."""

    def __init__(
        self, bus: Submitter, translator: Translator, rejects: Rejects, latest: LatestTimes | None
    ) -> None:
        """`latest` finds rows that go back in time; None where the mapping says which order the file has."""
        self.tally = Tally()
        self._latest = latest
        self._window = Window(self._submit, self._count, most_bytes=WINDOW_BYTES, bytes_of=self._bytes_of)
        self._bus = bus
        self._translator = translator
        self._rejects = rejects
        self._encoder = msgspec.json.Encoder()

    def add(self, row: SourceRow) -> None:
        """Submit a row's command. Raises the first failure of an earlier row that is not a refusal."""
        self.tally.rows += 1
        try:
            translated = self._translator.command_for(row)
            command = translated.command
            self._window.submit(command, _RowUnderWay(row, command))
        except RowRejected as rejected:
            self._rejects.add(row, str(rejected))
            return
        self.tally.shortened_time += translated.is_time_shortened
        self.tally.truncated += translated.is_truncated
        if translated.unlisted is not None:
            self.tally.count_unlisted(translated.unlisted)
        if self._latest is not None and row.case is not None and command.occurred_at is not None:
            self.tally.went_back += self._latest.goes_back(row.case, command.occurred_at)

    def finish(self) -> None:
        """Wait for all answers."""
        self._window.finish()

    def _submit(self, command: CaseCommand) -> Future[Answer]:
        """Submit a command; raises RowRejected if it is refused at once."""
        try:
            return self._bus.submit(command)
        except Refusal as refusal:
            raise RowRejected(reason_of(refusal, command)) from None

    def _bytes_of(self, under_way: _RowUnderWay) -> int:
        return under_way.row.characters() + len(self._encoder.encode(under_way.command))

    def _count(self, under_way: _RowUnderWay, reply: Answer | Refusal) -> None:
        tally = self.tally
        if isinstance(reply, Refusal):
            self._rejects.add(under_way.row, reason_of(reply, under_way.command))
        elif reply.repeated:
            tally.repeated += 1
        else:
            tally.stored += 1
            tally.implied += reply.events - 1
            tally.actions[ACTION_OF_EVENT.get(reply.types[-1], "note")] += 1
            tally.noted += reply.types[-1] == _NOTED


def import_file(
    path: Path,
    mapping: Mapping,
    bus: Submitter,
    vendor: str,
    *,
    mapping_file: str = "the mapping",
    rejects: Path | None = None,
    on_progress: Callable[[ImportProgress], None] | None = None,
) -> ImportSummary:
    """Import a file; rows that were imported before are answered from their receipts, and counted so.

    `vendor` is the vendor's organisation. `mapping_file` is the mapping's path, or its name in errors.
    Rejected rows are listed in `rejects`, by default FILE.rejects.csv in the same folder. `on_progress` is
    called a few times a second.

    Raises InvalidMapping and InvalidRejectsPath before anything is read; SourceBroken if there is no row to
    read; ImportIncomplete if the file breaks off, after the rows before were imported; OSError; and as soon
    as it is known the first failure of `bus` that is not a refusal, such as DatabaseUnavailable: import the
    file again to go on.
    """
    translator = Translator(mapping, vendor, mapping_file)
    with CaseRejects(rejects or rejects_path(path), (path, Path(mapping_file))) as rejected:
        return run_import(path, mapping, translator, bus, rejected, on_progress)


def run_import(
    path: Path,
    mapping: Mapping,
    translator: Translator,
    bus: Submitter,
    rejected: Rejects,
    on_progress: Callable[[ImportProgress], None] | None,
) -> ImportSummary:
    """Give each row of a file to a bus, and count what becomes of it; raises as `import_file` does."""
    started_at = monotonic()
    by_time = mapping.source.order == "time"
    broken: SourceBroken | None = None
    with (
        open_source(path) as source,
        PlaceCounter() as places,
        LatestTimes() as latest,
    ):
        running = _Import(bus, translator, rejected, latest if mapping.source.order is None else None)
        report = ProgressReporter(running.tally, rejected, source, on_progress)
        try:
            for row in _rows(source, mapping, translator, places):
                running.add(row)
                report.now_and_then()
        except SourceBroken as error:
            # It is not a log at all, or its first rows may be in the part that is missing: nothing was done.
            if by_time or not running.tally.rows:
                raise
            broken = error
        running.finish()
        report.now()
        summary = summarise(
            mapping.source.name,
            running.tally,
            rejected,
            places.cases(),
            source.notes,
            monotonic() - started_at,
        )
    if broken is not None:
        raise ImportIncomplete(summary, broken) from broken
    return summary


def _rows(
    source: SourceFile, mapping: Mapping, translator: Translator, places: PlaceCounter
) -> Iterator[SourceRow]:
    """The rows to import, in the order that the mapping asks for; [[row]] makes several of one."""
    rows = rows_of_file(source, mapping, places)
    if mapping.row:
        rows = events_of_rows(rows, mapping.row)
    if mapping.source.order != "time":
        yield from rows
    elif mapping.row:
        yield from in_order_of_time(rows, translator.time_of, None)
    else:
        with PlaceCounter() as by_time:
            yield from in_order_of_time(rows, translator.time_of, by_time)


def rows_of_file(source: SourceFile, mapping: Mapping, places: PlaceCounter) -> Iterator[SourceRow]:
    """The rows of a file in its order, each as one."""
    given = mapping.source
    if given.format == "xes":
        rows = read_xes(source, given.case, places)
        return as_they_were(rows) if given.casecore_export else rows
    times = [entry.time for entry in mapping.row]
    columns = (given.case, *(times or (given.activity_attribute, given.time_attribute)))
    return read_csv(source, columns, given.delimiter or ",", given.encoding or "utf-8", places)
