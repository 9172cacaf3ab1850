"""What tests order of an export."""

from __future__ import annotations

from datetime import datetime

from casecore.analysis.selection import Selection
from casecore.analysis.snapshot.order import Order
from casecore.analysis.sources import store_source
from casecore.analysis.tables.catalogue import TABLES

ALL = Selection()
"""Every event, without personal data."""


def order_of(
    database: str,
    *tables: str,
    selection: Selection = ALL,
    at: datetime | None = None,
    position: int | None = None,
) -> Order:
    """An order of these tables of a store; all, if none is named."""
    source = store_source(database, selection, position)
    return Order(
        database, source.key, source.position, at or source.last_at, tables or tuple(TABLES), selection
    )
