"""The few topics, partitions and streams of a simulated run: enough for every fault."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from casecore.contract.streams import (
    CASES,
    PARTIES,
    StreamKind,
    case_stream_id,
    party_stream_id,
    topic_name,
)
from casecore.kafka.partitions import Partition
from casecore.relay.place import partition_number

PREFIX = "simulated"
PARTITIONS = tuple(
    Partition(topic_name(PREFIX, kind), number)
    for kind, numbers in ((CASES, (2, 9, 11)), (PARTIES, (2, 9)))
    for number in numbers
)
"""The partitions to which the streams below go, out of twelve for each topic."""


def _taken(kind: StreamKind, stream_of: Callable[[str], UUID], count: int) -> list[str]:
    numbers = {at.number for at in PARTITIONS if at.topic == topic_name(PREFIX, kind)}
    return [f"X-{n}" for n in range(100) if partition_number(stream_of(f"X-{n}")) in numbers][:count]


CASE_REFERENCES = _taken(CASES, case_stream_id, 5)
PARTY_IDS = _taken(PARTIES, party_stream_id, 2)
