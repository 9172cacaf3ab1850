"""A record of a topic, for all who read or fold records; nothing of Kafka's client is loaded for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class KafkaRecord(NamedTuple):
    """A committed record, undecoded: as Kafka hands it out, or as the quarantine or the log has kept it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Iterable[tuple[str, bytes | None]]
