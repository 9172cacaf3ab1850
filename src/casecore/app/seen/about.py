"""What an event of a case is about, beyond its type: of its body what people are told in a few words."""

from __future__ import annotations

from datetime import datetime

import msgspec

from casecore.clocks.instants import micros
from casecore.clocks.revisions import LATE_AFTER
from casecore.contract.envelope import Source


class AboutClock(msgspec.Struct, frozen=True):
    """The clock that an event is about, if it is about one."""

    clock: str | None = None
    level: str | None = None
    percent: int | None = None


class Asking(msgspec.Struct, frozen=True):
    """For whom the system acted."""

    person: str


class EventAbout(msgspec.Struct, frozen=True):
    """What of an event's body says what happened: its clock, who asked for it, and the row it is from."""

    data: AboutClock
    on_behalf_of: Asking | None = None
    source: Source | None = None


read_about = msgspec.json.Decoder(EventAbout).decode
"""Reads an event's body as JSON; raises msgspec.DecodeError."""


class LateMarks:
    """Says of the events of a case, one after the other as they were recorded, which were recorded late."""

    def __init__(self) -> None:
        self._known_since: datetime | None = None
        self._last: datetime | None = None

    def is_late(self, occurred_at: datetime, recorded_at: datetime, is_imported: bool) -> bool:
        """Whether the next event was recorded long after it happened, or after something that happened later.

        What happened before the case was recorded at all could not be recorded in time: of that, only the
        opening counts, and what came out of order. What is imported is not late: its system had it in time.
        """
        last, known_since = self._last, None if self._last is None else self._known_since
        self._known_since = self._known_since or recorded_at
        self._last = occurred_at if last is None else max(last, occurred_at)
        if is_imported:
            return False
        if last is not None and occurred_at < last:
            return True
        after = micros(recorded_at) - micros(occurred_at)
        return after > LATE_AFTER and (known_since is None or known_since < occurred_at)
