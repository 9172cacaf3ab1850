"""Which events of cases an analysis reads, and how much it says of people."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from casecore.contract.cases import CaseEvent
from casecore.contract.envelope import Fact


class Selection(NamedTuple):
    """Which events of cases: all, or those that this names, up to a position of the log that is said apart.

    `source` is the other system from which they were imported; `imported_rows_only` leaves out what no row
    of it says: moves that an import implied, and what was recorded here. `occurred_until` is included.
    """

    source: str | None = None
    occurred_until: datetime | None = None
    imported_rows_only: bool = False
    personal: bool = False
    """Whether names and free texts are said; else people have pseudonyms, and free texts are left out."""

    @property
    def is_whole(self) -> bool:
        """Whether it has every event, so that a case can be folded from it."""
        return self.source is None and self.occurred_until is None and not self.imported_rows_only

    def takes(self, fact: Fact[CaseEvent]) -> bool:
        """Whether it has this event."""
        source = fact.source
        if self.source is not None and (source is None or source.name != self.source):
            return False
        if self.imported_rows_only and (source is None or fact.implied):
            return False
        return self.occurred_until is None or fact.occurred_at <= self.occurred_until
