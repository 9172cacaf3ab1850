"""Places in a store's log."""

from __future__ import annotations

from casecore.analysis.errors import PositionUnknown
from casecore.store.latest import LogHead
from casecore.store.log import LogReader


def head_of(database: str, position: int | None = None) -> LogHead:
    """The last event of a store's log up to a position; None: of all. Raises PositionUnknown for a later one.

    Raises DatabaseUnavailable and TablesMissing.
    """
    with LogReader(database, waits=False) as log:
        head = log.head()
        if position is None:
            return head
        if not 0 <= position <= head.position:
            raise PositionUnknown(position, head.position)
        return log.head_at(position)
