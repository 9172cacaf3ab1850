"""Stored events as facts, on the side that decides: what only a newer program can read is named as that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar
from uuid import UUID

import msgspec

from casecore.contract.envelope import EventData, Fact
from casecore.contract.types import EVENT_TYPES, UnknownType
from casecore.contract.wire import subject_of
from casecore.contract.words import NewerEvent
from casecore.decider.refusal import NewerThanProgram
from casecore.errors.kinds import CasecoreError, Kind

ReadT = TypeVar("ReadT")


class StreamUnreadable(CasecoreError):
    """An event of a stream cannot be read by this program, and is not newer either; the message says why."""

    kind = Kind.UNAVAILABLE

    def __init__(self, stream_id: UUID, version: int, why: str) -> None:
        super().__init__(f"event {version} of stream {stream_id} cannot be read: {why}")
        self.stream_id, self.version = stream_id, version


class Undecoded(Protocol):
    """An event as it is stored, with its place in its stream."""

    @property
    def stream_id(self) -> UUID: ...
    @property
    def version(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def body(self) -> bytes: ...


class LeftOut:
    """What a reader of many streams leaves out and names, since only a newer program can read it."""

    def __init__(self, on_new: Callable[[str], None] = lambda _: None) -> None:
        """`on_new` gets the name of each, once."""
        self._on_new = on_new
        self._newer: dict[UUID, NewerThanProgram] = {}

    def __contains__(self, stream_id: UUID) -> bool:
        return stream_id in self._newer

    def read_or_leave_out(self, read: Callable[[], ReadT]) -> ReadT | None:
        """What a stream is read as; None if only a newer program can read it: then it is left out."""
        try:
            return read()
        except NewerThanProgram as newer:
            self.leave_out(newer)
            return None

    def leave_out(self, newer: NewerThanProgram) -> None:
        """Name a stream as left out."""
        if newer.stream_id not in self._newer:
            self._newer[newer.stream_id] = newer
            self._on_new(newer.about)

    def all(self) -> tuple[NewerThanProgram, ...]:
        """What each stream that was left out would have raised."""
        return tuple(self._newer.values())

    def check(self, about: str) -> None:
        """Raise NewerThanProgram if something about this one was left out: its answer would lack that."""
        for newer in self._newer.values():
            if newer.about == about:
                raise newer

    def names(self) -> tuple[str, ...]:
        """What was left out as people know it: cases, packages and parties, in the order of their names."""
        return tuple(sorted({newer.about for newer in self._newer.values()}))


def fact_of(stored: Undecoded) -> Fact[EventData]:
    """What a stored event says.

    Raises NewerThanProgram, which names the case, package or party, also for a type that this program does
    not know: a view may pass over it, a decision may not. Raises StreamUnreadable for a body that is not of
    its type.
    """
    try:
        return EVENT_TYPES.decode(stored.type, stored.body)
    except (NewerEvent, UnknownType) as newer:
        about = subject_of(stored.body) or f"stream {stored.stream_id}"
        raise NewerThanProgram(
            about=about, stream_id=stored.stream_id, version=stored.version, reason=str(newer)
        ) from None
    except msgspec.ValidationError as wrong:
        raise StreamUnreadable(stored.stream_id, stored.version, str(wrong)) from wrong
