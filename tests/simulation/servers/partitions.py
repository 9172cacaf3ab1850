"""The simulated partitions: lists of entries; readers see those that are committed and stable."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import Enum
from typing import NamedTuple

from casecore.contract.wire import Headers, StoredEvent
from casecore.kafka.partitions import Partition


class Fenced(Exception):
    """A producer with a newer epoch has replaced this one, or its transaction has been ended."""


class Status(Enum):
    """The status of an entry."""

    OPEN = "open"
    COMMITTED = "committed"
    ABORTED = "aborted"
    MARKER = "marker"


class Record(NamedTuple):
    """A record, as a consumer returns it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Made(NamedTuple):
    """A record to be sent: an event and the record's content; a filler has no event."""

    event: StoredEvent | None
    key: bytes | None
    value: bytes
    headers: Headers


class Entry:
    """A record or a marker in a partition; `foreign` if no relay wrote the record."""

    __slots__ = ("event", "foreign", "record", "status")

    def __init__(
        self, event: StoredEvent | None, record: Record | None, status: Status, foreign: bool = False
    ) -> None:
        self.event = event
        self.record = record
        self.status = status
        self.foreign = foreign


class Log:
    """A partition's log. A reader of committed records sees nothing behind an open entry."""

    def __init__(self, at: Partition) -> None:
        self.at = at
        self.entries: list[Entry] = []
        self.begin = 0
        self.open_from: dict[int, int] = {}  # by producer id
        self.epochs: dict[int, int] = {}

    @property
    def stable(self) -> int:
        """The last stable offset."""
        return min(self.open_from.values()) if self.open_from else len(self.entries)

    def append(self, producer: int, epoch: int, made: Sequence[Made]) -> int:
        """Append records of a transaction; returns the first one's offset."""
        if epoch < self.epochs.get(producer, 0):
            raise Fenced(f"{self.at} knows a newer epoch than {epoch}")
        self.epochs[producer] = epoch
        first = len(self.entries)
        self.open_from.setdefault(producer, first)
        for event, key, value, headers in made:
            record = Record(*self.at, len(self.entries), key, value, headers)
            self.entries.append(Entry(event, record, Status.OPEN))
        return first

    def append_foreign(self, made: Made) -> None:
        """Append a record of another program, which knows nothing of transactions."""
        record = Record(*self.at, len(self.entries), made.key, made.value, made.headers)
        self.entries.append(Entry(made.event, record, Status.COMMITTED, foreign=True))

    def mark(self, producer: int, epoch: int, status: Status) -> None:
        """Append a marker, which ends all that its producer has open here, also of an earlier transaction."""
        self.epochs[producer] = max(epoch, self.epochs.get(producer, 0))
        first = self.open_from.pop(producer, len(self.entries))
        for entry in self.entries[first:]:
            if entry.status is Status.OPEN:
                entry.status = status
        self.entries.append(Entry(None, None, Status.MARKER))

    def committed(self, start: int = 0, end: int | None = None) -> list[Entry]:
        """The entries that a reader of committed records finds between two offsets."""
        end = self.stable if end is None else min(end, self.stable)
        return [e for e in self.entries[max(start, self.begin) : end] if e.status is Status.COMMITTED]

    def published(self) -> list[Entry]:
        """Of these, the ones that a relay wrote."""
        return [entry for entry in self.committed() if not entry.foreign]


class Topic:
    """A topic with its id: a topic that is created again has another id."""

    def __init__(self, name: str, topic_id: str, partitions: Collection[Partition]) -> None:
        self.name = name
        self.id = topic_id
        self.logs = {at: Log(at) for at in partitions if at.topic == name}
