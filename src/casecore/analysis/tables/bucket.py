"""The tables of a range of streams: one read of the store, one fold of each case for all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import pyarrow as pa

from casecore.analysis.histories import CaseHistory, history_of
from casecore.analysis.personal import Pseudonyms
from casecore.analysis.selection import Selection
from casecore.analysis.tables.as_of import case_at
from casecore.analysis.tables.catalogue import AS_OF, EVENTS, TABLES
from casecore.analysis.tables.columns import AnyRow, table_of
from casecore.analysis.tables.events import event_rows
from casecore.analysis.tables.happenings import charges, moves_and_efforts
from casecore.clocks.instants import micros
from casecore.contract.streams import BILLING, CASES
from casecore.contract.wire import StoredEvent
from casecore.decider.stored_facts import LeftOut, fact_of
from casecore.evaluation.case_events import CaseEvents, Happened
from casecore.evaluation.histories import StreamRange
from casecore.store.streams import read_streams

_CHUNK = 8_192
"""Rows that are objects at one time: some 20 MB."""


class BucketAsked(NamedTuple):
    """What is asked of a range of streams: which tables, of which events, as of which instant."""

    tables: tuple[str, ...]
    selection: Selection
    at: datetime


class Bucket(NamedTuple):
    """The tables of a range of streams, sorted as the catalogue says; `left_out` are of a newer program."""

    tables: dict[str, pa.Table]
    left_out: tuple[str, ...]


def read_bucket(database: str, streams: StreamRange, asked: BucketAsked, names: Pseudonyms) -> Bucket:
    """The tables of a range of streams, up to its position.

    All but `_CHUNK` rows of each are in Arrow's form, some 400 bytes an event. Raises DatabaseUnavailable,
    TablesMissing and StreamUnreadable.
    """
    left_out = LeftOut()
    growing = {name: GrowingTable(name) for name in asked.tables}
    for stream in read_streams(database, *streams):
        first = stream[0].type
        if first.startswith(CASES.type_prefix):
            history = left_out.read_or_leave_out(partial(history_of, stream, asked.selection, names))
            if history is not None:
                _add_case(growing, history, asked)
        elif "charges" in growing and first.startswith(BILLING.type_prefix):
            account = left_out.read_or_leave_out(partial(_facts, stream))
            growing["charges"].add(charges(account or (), asked.at))
    return Bucket({name: table.finished() for name, table in growing.items()}, left_out.names())


def events_in(stored: Iterable[StoredEvent], selection: Selection, names: Pseudonyms) -> pa.Table:
    """The events' table of some events of cases, in any order. Raises NewerThanProgram."""
    table = GrowingTable(EVENTS)
    for event in stored:
        history = history_of([event], selection, names)
        if history is not None:
            table.add(event_rows(history))
    return table.finished()


def _facts(stream: Sequence[StoredEvent]) -> list[tuple[StoredEvent, Any]]:
    return [(stored, fact_of(stored)) for stored in stream]


def _add_case(growing: dict[str, GrowingTable], history: CaseHistory, asked: BucketAsked) -> None:
    if EVENTS in growing:
        growing[EVENTS].add(event_rows(history))
    if any(name in growing for name in AS_OF):
        found = case_at(case_events(history), micros(asked.at))
        if found is not None:
            for name, rows in (
                ("cases", [found.case]),
                ("clocks", found.clocks),
                ("holders", found.holders),
            ):
                if name in growing:
                    growing[name].add(rows)
    if "moves" in growing or "efforts" in growing:
        moves, efforts = moves_and_efforts(history, asked.at)
        for name, happened in (("moves", moves), ("efforts", efforts)):
            if name in growing:
                growing[name].add(happened)


def case_events(history: CaseHistory) -> CaseEvents:
    """A case's events as the clocks take them."""
    return CaseEvents(
        history.reference,
        tuple(
            Happened(micros(fact.occurred_at), stored.version, fact.data, micros(stored.recorded_at))
            for stored, fact in history.events
        ),
    )


class GrowingTable:
    """A table to which rows are added; what is finished is sorted."""

    def __init__(self, name: str) -> None:
        """`name` is one of the catalogue's."""
        self._kind = TABLES[name]
        self._rows: list[AnyRow] = []
        self._chunks: list[pa.Table] = []

    def add(self, rows: Collection[AnyRow] | Iterator[AnyRow]) -> None:
        """Add some rows."""
        self._rows.extend(rows)
        if len(self._rows) >= _CHUNK:
            self._to_arrow()

    def finished(self) -> pa.Table:
        """The table."""
        self._to_arrow()
        whole = pa.concat_tables(self._chunks).unify_dictionaries()
        return whole.sort_by([(name, "ascending") for name in self._kind.order]).combine_chunks()

    def _to_arrow(self) -> None:
        self._chunks.append(table_of(self._kind.schema, self._rows))
        self._rows = []
