"""A partition of a topic, and which one a key belongs to."""

from __future__ import annotations

from typing import NamedTuple

from kafka.partitioner import murmur2


class Partition(NamedTuple):
    """One partition of one topic."""

    topic: str
    number: int

    def __str__(self) -> str:
        return f"{self.topic}[{self.number}]"


class Span(NamedTuple):
    """The offsets of the first and the last record of a row of them in a partition."""

    first: int
    last: int


def partition_of_key(key: bytes, partitions: int) -> int:
    """The partition of a key among so many, as Kafka's own clients choose it."""
    hashed: int = murmur2(key)
    return (hashed & 0x7FFFFFFF) % partitions
