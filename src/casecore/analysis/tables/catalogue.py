"""The tables that there are: what each is about, its columns, and in which order its rows stand in a file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import pyarrow as pa

from casecore.analysis.tables.as_of import CaseAtRow, ClockAtRow, HolderAtRow
from casecore.analysis.tables.columns import schema_of
from casecore.analysis.tables.events import EventRow
from casecore.analysis.tables.happenings import CHARGES, EFFORTS, MOVES


class HistoryTable(NamedTuple):
    """A table of a history, sorted by the columns `order`; else a case's rows are as the fold gives them."""

    about: str
    schema: pa.Schema
    order: tuple[str, ...]


EVENTS, CASES = "events", "cases"
AS_OF = (CASES, "clocks", "holders")
"""The tables that are folded for an instant and a knowledge."""

TABLES: Mapping[str, HistoryTable] = MappingProxyType(
    {
        EVENTS: HistoryTable("Every event of every case.", schema_of(EventRow), ("case", "version")),
        CASES: HistoryTable("Each case as it stood at the instant.", schema_of(CaseAtRow), ("case",)),
        "clocks": HistoryTable(
            "Each clock of each case at the instant.",
            schema_of(ClockAtRow),
            ("case",),
        ),
        "holders": HistoryTable(
            "Who had each case for how long, adding up to its age at the instant.",
            schema_of(HolderAtRow),
            ("case",),
        ),
        "moves": HistoryTable(
            "Each change of a case's state by the instant. came_in less went_out, summed, is the backlog.",
            MOVES,
            ("case", "version"),
        ),
        "efforts": HistoryTable("Each effort recorded by the instant.", EFFORTS, ("case", "version")),
        "charges": HistoryTable(
            "Each package's maintenance fee for a period, as it stood at the instant.",
            CHARGES,
            ("package", "number"),
        ),
    }
)
"""By name; `events` is what the rest is folded from, `charges` apart."""
