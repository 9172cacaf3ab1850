"""Cases of which something was heard that the views do not show yet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple
from uuid import UUID

import msgspec

from casecore.app.feed.pages import ShownEvent
from casecore.contract.streams import CASES, case_stream_id

GIVE_UP_SECONDS = 10.0
"""After so long a page is told all the same: a view may be far behind."""


class HeardEvent(NamedTuple):
    """An event of a case: its stream, its version, and what a page about the case hears of."""

    stream_id: UUID
    version: int
    about: str


class _Event(msgspec.Struct):
    type: str
    subject: str = ""
    streamversion: int = 0


_decode = msgspec.json.Decoder(_Event).decode


def heard_of(events: Collection[ShownEvent]) -> Iterator[HeardEvent]:
    """What events of the feed say of cases."""
    for event in events:
        found = _decode(event.text)
        if found.type.startswith(CASES.type_prefix):
            yield HeardEvent(
                stream_id=case_stream_id(found.subject),
                version=found.streamversion,
                about=about_case(found.subject),
            )


def about_case(case: str) -> str:
    """What a page about a case hears of."""
    return f"case:{case}"


class _Unshown(NamedTuple):
    about: str
    first: int
    last: int
    since: float


class UnshownCases:
    """What was heard and not told yet; of a case that never stops changing each part is told as it shows."""

    def __init__(self) -> None:
        self._cases: dict[UUID, _Unshown] = {}

    @property
    def ids(self) -> frozenset[UUID]:
        """The streams of the cases."""
        return frozenset(self._cases)

    def hear(self, events: Iterable[HeardEvent], now: float) -> None:
        """More was heard; `now` in seconds."""
        for event in events:
            known = self._cases.get(event.stream_id)
            if known is None:
                self._cases[event.stream_id] = _Unshown(event.about, event.version, event.version, now)
            else:
                last = max(known.last, event.version)
                self._cases[event.stream_id] = known._replace(last=last)

    def take_shown(self, folded: Mapping[UUID, int], now: float) -> set[str]:
        """What is to be told by now: up to which version the views have folded each case says `folded`."""
        told = set()
        for stream_id, one in tuple(self._cases.items()):
            reached = folded.get(stream_id, 0)
            if now - one.since > GIVE_UP_SECONDS:
                reached = one.last
            if reached < one.first:
                continue
            told.add(one.about)
            if reached < one.last:
                self._cases[stream_id] = one._replace(first=reached + 1, since=now)
            else:
                del self._cases[stream_id]
        return told
