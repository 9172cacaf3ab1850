"""The import of one table: from rows to commands to the bus."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import msgspec

from casecore.commands.batch import Answer
from casecore.commands.interface import Submitter
from casecore.commands.window import Window
from casecore.decider.command import Command, GivenActor
from casecore.decider.refusal import CommandMalformed, FieldRefusal, OccurredInTheFuture, Refusal
from casecore.imports.csv_rows import read_csv
from casecore.imports.errors import RowRejected, RowsDoNotAddUp, SourceBroken
from casecore.imports.places import PlaceCounter
from casecore.imports.reasons import reason_of
from casecore.imports.registers.tables import OCCURRED_AT, ImportTable, row_command
from casecore.imports.rejects import FieldRejects, rejects_path
from casecore.imports.source_file import SourceFile, SourceRow, open_source
from casecore.imports.summary import ImportProgress, ProgressReporter, Tally

LARGEST_ROW_CHARACTERS = 8_000
"""More than the fields of any action may hold; a full window of such rows takes 130 MB at worst."""

_PATH = re.compile(r"`\$\.(?:do\.)?(\w+)")


class TableSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a table: `rows` = `stored` + `unchanged` + `repeated` + `rejected`.

    `unchanged`: what they say was so already; `repeated`: they were imported before. `rejects` is the file
    that lists the rejected rows, if there are any. `broken_off` says at which line the file breaks off.
    """

    table: str
    rows: int
    stored: int
    unchanged: int
    repeated: int
    rejected: int
    rejects: str | None
    broken_off: str | None
    seconds: float


@dataclass
class _TableTally(Tally):
    unchanged: int = 0


class _RowUnderWay(NamedTuple):
    """A row whose command was submitted."""

    line: int
    cells: dict[str, str]
    command: Command


class _TableImport:
    """One import under way."""

    def __init__(self, table: ImportTable, bus: Submitter, actor: GivenActor, rejects: FieldRejects) -> None:
        self.tally = _TableTally()
        self.has_submitted = False
        self._table = table
        self._window = Window(self._submit, self._count)
        self._bus = bus
        self._actor = actor
        self._rejects = rejects

    def add(self, row: SourceRow, same_rows: PlaceCounter) -> None:
        """Submit a row's command. Raises the first failure of an earlier row that is not a refusal."""
        self.tally.rows += 1
        cells = row.attributes if row.case is None else {self._table.key: row.case, **row.attributes}
        try:
            _check_row(row)
            command = row_command(self._table, cells, self._actor, same_rows)
            self.has_submitted = True
            self._window.submit(command, _RowUnderWay(row.line, cells, command))
        except RowRejected as rejected:
            self._rejects.add_field(row.line, rejected.column, str(rejected), cells)

    def finish(self) -> None:
        """Wait for all answers."""
        self._window.finish()

    def _submit(self, command: Command) -> Future[Answer]:
        """Submit a command; raises RowRejected if it is refused at once."""
        try:
            return self._bus.submit(command)
        except Refusal as refusal:
            raise RowRejected(reason_of(refusal, command), _field_of(refusal)) from None

    def _count(self, row: _RowUnderWay, reply: Answer | Refusal) -> None:
        if isinstance(reply, Refusal):
            self._rejects.add_field(row.line, _field_of(reply), reason_of(reply, row.command), row.cells)
            return
        self.tally.repeated += reply.repeated
        self.tally.stored += not reply.repeated and reply.events > 0
        self.tally.unchanged += not reply.repeated and reply.events == 0


def import_table(
    path: Path,
    table: ImportTable,
    bus: Submitter,
    actor: GivenActor,
    *,
    delimiter: str = ",",
    rejects: Path | None = None,
    on_progress: Callable[[ImportProgress], None] | None = None,
) -> TableSummary:
    """Import a CSV file in UTF-8; rows that this actor imported before are answered from their receipts.

    Rejected rows are listed in `rejects`, by default FILE.rejects.csv in the same folder. `on_progress` is
    called a few times a second.

    Raises InvalidRejectsPath before anything is read; SourceBroken if a column is missing or unknown, or the
    file cannot be read, before any row was submitted; OSError; and the first failure of `bus` that is not a
    refusal, such as DatabaseUnavailable: import the file again to go on.
    """
    started_at = monotonic()
    broken_off: str | None = None
    with (
        FieldRejects(rejects or rejects_path(path), (path,)) as rejected,
        open_source(path) as source,
        PlaceCounter() as keys,
        PlaceCounter() as same_rows,
    ):
        running = _TableImport(table, bus, actor, rejected)
        report = ProgressReporter(running.tally, rejected, source, on_progress)
        try:
            for row in _rows(source, table, delimiter, keys):
                running.add(row, same_rows)
                report.now_and_then()
        except SourceBroken as error:
            if not running.has_submitted:
                raise
            broken_off = str(error)
        running.finish()
        report.now()
        return _summary(table, running.tally, rejected, broken_off, monotonic() - started_at)


def _rows(source: SourceFile, table: ImportTable, delimiter: str, keys: PlaceCounter) -> Iterator[SourceRow]:
    known = frozenset(table.columns)
    for row in read_csv(source, (table.key, *table.needed), delimiter, "utf-8", keys, is_strict=True):
        # A column with a misspelt name must not be ignored; every sound row has all columns of the header.
        unknown = row.attributes.keys() - known
        if unknown:
            what = f"has the column {min(unknown)[:100]!r}; the columns are {', '.join(table.columns)}"
            raise SourceBroken(source.name, 1, what)
        yield row


def _check_row(row: SourceRow) -> None:
    if row.problem is not None:
        raise RowRejected(row.problem)
    if row.characters() > LARGEST_ROW_CHARACTERS:
        raise RowRejected(f"the row has more than {LARGEST_ROW_CHARACTERS} characters")


def _field_of(refusal: Refusal) -> str:
    """The column that a refusal names; empty where it names none."""
    match refusal:
        case OccurredInTheFuture():
            return OCCURRED_AT
        case FieldRefusal():
            return refusal.at_fault
        case CommandMalformed(reason):
            found = _PATH.search(reason)
            return found[1] if found else ""
        case _:
            return ""


def _summary(
    table: ImportTable, tally: _TableTally, rejected: FieldRejects, broken_off: str | None, seconds: float
) -> TableSummary:
    total = tally.stored + tally.unchanged + tally.repeated + rejected.count
    if tally.rows != total:
        raise RowsDoNotAddUp(f"{tally.rows} rows were read, and {total} accounted for")
    return TableSummary(
        table=table.name,
        rows=tally.rows,
        stored=tally.stored,
        unchanged=tally.unchanged,
        repeated=tally.repeated,
        rejected=rejected.count,
        rejects=str(rejected.path) if rejected.count else None,
        broken_off=broken_off,
        seconds=round(seconds, 3),
    )
