"""Defects between the topics and the views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from projections import catalogue
from projections.kit.fold.fold import Fold
from projections.kit.fold.outcome import FoldOutcome, KeyState
from projections.kit.fold.records import ParsedRecord, RecordPlace
from projections.kit.fold.verdicts import NO_VERDICTS, Verdict
from projections.kit.tables import offsets, storage
from projections.kit.tables.storage import Storage

_fold = Fold.fold


def offsets_before_the_rows() -> None:
    """The offsets are committed in a transaction of their own, before the rows."""

    def write(self: Storage, outcome: FoldOutcome) -> None:
        self.advance(outcome.offsets)
        _write_rows(self, outcome)

    Storage.write = write  # type: ignore[method-assign]


def rows_before_the_offsets() -> None:
    """The rows are committed in a transaction of their own, before the offsets."""

    def write(self: Storage, outcome: FoldOutcome) -> None:
        _write_rows(self, outcome)
        self.advance(outcome.offsets)

    Storage.write = write  # type: ignore[method-assign]


def no_fencing() -> None:
    """Every writer may move the offsets, wherever they are and whichever owner has taken them over."""
    offsets.ADVANCE = offsets.ADVANCE.replace(
        "where o.owner = %(owner)s and o.next_offset <= t.next_offset", "where %(owner)s::uuid is not null"
    )


def parked_key_lets_through() -> None:
    """A record whose case is parked is applied as if nothing stood before it."""

    def fold(
        self: Fold,
        records: Sequence[ParsedRecord],
        key_states: Mapping[UUID, KeyState],
        verdicts: Mapping[RecordPlace, Verdict] = NO_VERDICTS,
    ) -> FoldOutcome:
        freed = {
            key: h._replace(parked=False, any_next=h.parked or h.any_next) for key, h in key_states.items()
        }
        return _fold(self, records, freed, verdicts)

    Fold.fold = fold  # type: ignore[method-assign]


def rows_by_the_clock() -> None:
    """A row has the time of its writing instead of its event's recorded_at."""
    timeline = catalogue.VIEWS["timeline"]
    event_rows = timeline.event_rows

    def dated(before: Any, event: Any, after: Any) -> list[Any]:
        return [row._replace(recorded_at=datetime.now(UTC)) for row in event_rows(before, event, after)]

    object.__setattr__(timeline, "event_rows", dated)


def _write_rows(self: Storage, outcome: FoldOutcome) -> None:
    with self._connection.transaction(), self._connection.cursor() as cursor:
        storage.write_outcome(cursor, self._projection, self._schema, outcome, self._diff)
    self._remember(outcome.states)
    self._diff.remember(outcome.derived)
