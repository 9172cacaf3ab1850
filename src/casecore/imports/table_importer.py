"""The import of one table: rows to commands to the bus, with a bounded number on the way."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import NamedTuple, Protocol

import msgspec

from casecore.commands.batch import Answer
from casecore.decider.command import Command, GivenActor
from casecore.decider.refusal import CommandMalformed, FieldRefusal, OccurredInTheFuture, Refusal
from casecore.imports.csv_rows import read_csv
from casecore.imports.errors import RowRejected, RowsDoNotAddUp, SourceBroken
from casecore.imports.places import PlaceCounter
from casecore.imports.reasons import reason_of
from casecore.imports.rejects import FieldRejects, rejects_path
from casecore.imports.source_file import SourceFile, SourceRow, open_source
from casecore.imports.summary import Progress, Report, Tally
from casecore.imports.tables import OCCURRED_AT, CellWrong, Table, row_command

WINDOW = 2_000
"""Commands on the way: several of the bus's batches, so that it never waits for the file."""
LARGEST_ROW_CHARACTERS = 8_000
"""More than the fields of any action may hold; a full window of such rows takes 130 MB at worst."""

_PATH = re.compile(r"`\$\.(?:do\.)?(\w+)")


class Bus(Protocol):
    """What the importer needs of the command bus; it answers in order within a stream."""

    def submit(self, command: Command) -> Future[Answer]: ...


class TableSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a table: `rows` = `stored` + `unchanged` + `repeated` + `rejected`.

    `unchanged`: what they say held already; `repeated`: they were imported before. `rejects` is the file
    that lists the rejected rows, if there are any. `broken_off` says where the file could not be read on.
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


class _OnTheWay(NamedTuple):
    """A row whose command waits for its answer."""

    line: int
    cells: dict[str, str]
    command: Command
    future: Future[Answer]


class _TableImport:
    """One import under way."""

    def __init__(self, table: Table, bus: Bus, actor: GivenActor, rejects: FieldRejects) -> None:
        self.tally = _TableTally()
        self.has_given = False
        self._table = table
        self._bus = bus
        self._actor = actor
        self._rejects = rejects
        self._on_the_way: deque[_OnTheWay] = deque()

    def give(self, row: SourceRow, same_rows: PlaceCounter) -> None:
        """Send a row on its way, and wait for the oldest ones where too many are.

        Raises the first failure of an earlier row that is no refusal.
        """
        self.tally.rows += 1
        cells = row.attributes if row.case is None else {self._table.key: row.case, **row.attributes}
        try:
            _check_row(row)
            command = row_command(self._table, cells, self._actor, same_rows)
        except RowRejected as wrong:
            column = wrong.column if isinstance(wrong, CellWrong) else ""
            self._rejects.add_field(row.line, column, str(wrong), cells)
            return
        self.has_given = True
        try:
            future = self._bus.submit(command)
        except Refusal as refusal:
            self._reject(row.line, cells, command, refusal)
            return
        self._on_the_way.append(_OnTheWay(row.line, cells, command, future))
        if len(self._on_the_way) >= WINDOW:
            # One sleep for many answers; meanwhile the other half keeps the bus busy.
            self._settle(WINDOW // 2)

    def finish(self) -> None:
        """Wait for all that is on the way."""
        self._settle(len(self._on_the_way))

    def _settle(self, count: int) -> None:
        if count:
            wait((self._on_the_way[count - 1].future,))
        for _ in range(count):
            line, cells, command, future = self._on_the_way.popleft()
            try:
                answer = future.result()
            except Refusal as refusal:
                self._reject(line, cells, command, refusal)
                continue
            self.tally.repeated += answer.repeated
            self.tally.stored += not answer.repeated and answer.events > 0
            self.tally.unchanged += not answer.repeated and answer.events == 0

    def _reject(self, line: int, cells: dict[str, str], command: Command, refusal: Refusal) -> None:
        self._rejects.add_field(line, _field_of(refusal), reason_of(refusal, command), cells)


def import_table(
    path: Path,
    table: Table,
    bus: Bus,
    actor: GivenActor,
    *,
    delimiter: str = ",",
    rejects: Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> TableSummary:
    """Import a CSV file in UTF-8; rows that this actor imported before are answered from their receipts.

    Rejected rows are listed in `rejects`, by default FILE.rejects.csv beside the file. Raises
    InvalidRejectsPath before anything is read; SourceBroken where a column is missing or unknown, or the file
    cannot be read, and nothing was given yet; OSError; and the first failure of `bus` that is no refusal,
    such as DatabaseUnavailable: import the file again to go on.
    """
    started_at = monotonic()
    broken_off: str | None = None
    with (
        open_source(path) as source,
        PlaceCounter() as keys,
        PlaceCounter() as same_rows,
        FieldRejects(rejects or rejects_path(path), (path,)) as rejected,
    ):
        running = _TableImport(table, bus, actor, rejected)
        report = Report(running.tally, rejected, source, on_progress)
        try:
            for row in _rows(source, table, delimiter, keys):
                running.give(row, same_rows)
                report.now_and_then()
        except SourceBroken as error:
            if not running.has_given:
                raise
            broken_off = str(error)
        running.finish()
        report.now()
        return _summary(table, running.tally, rejected, broken_off, monotonic() - started_at)


def _rows(source: SourceFile, table: Table, delimiter: str, keys: PlaceCounter) -> Iterator[SourceRow]:
    known = frozenset(table.columns)
    for row in read_csv(source, (table.key, *table.needed), delimiter, "utf-8", keys):
        # A misspelt name must not leave its column unread; every sound row has all columns of the header.
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
        case FieldRefusal():
            return refusal.at_fault
        case OccurredInTheFuture():
            return OCCURRED_AT
        case CommandMalformed(reason):
            found = _PATH.search(reason)
            return found[1] if found else ""
        case _:
            return ""


def _summary(
    table: Table, tally: _TableTally, rejected: FieldRejects, broken_off: str | None, seconds: float
) -> TableSummary:
    told = tally.stored + tally.unchanged + tally.repeated + rejected.count
    if tally.rows != told:
        raise RowsDoNotAddUp(f"{tally.rows} rows were read, and {told} accounted for")
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
