"""What a runner's logic asks for and what it is told: the whole language between it and whoever performs it.

A request is answered by one of the reports named beside it, or by an error that ends the membership.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from casecore.kafka.partitions import Partition
from projections.kit.fold.outcome import Outcome
from projections.kit.fold.records import Claimed, Reading, Record

# What happened. `at_seconds` is the monotonic clock.


class Joined(NamedTuple):
    """The group knows us; the topics have these ids."""

    ids: Mapping[str, str]
    at_seconds: float


class Polled(NamedTuple):
    """Records, each partition's in order; and what the group and Kafka say meanwhile.

    `assigned` are our partitions now, `rebalanced` whether they were given or taken since the poll before,
    `ids` the topics' ids as far as they are known.
    """

    records: Sequence[Record]
    assigned: Sequence[Partition]
    rebalanced: bool
    ids: Mapping[str, str]
    at_seconds: float


class OffsetsLost(NamedTuple):
    """A partition does not hold the offset at which it is read on."""

    detail: str
    ids: Mapping[str, str]


class Settled(NamedTuple):
    """What the batch in flight led to; empty if there was none."""

    outcomes: Sequence[Outcome]


class Taken(NamedTuple):
    """The partitions are ours in the database, and are read on from these places."""

    places: Sequence[Claimed]
    at_seconds: float


class Looked(NamedTuple):
    """The offsets after the last committed record, and those that the consumer has come to."""

    ends: Mapping[Partition, int]
    positions: Mapping[Partition, int]


class Counted(NamedTuple):
    """How much stands in quarantine."""

    keys: int
    records: int


class Done(NamedTuple):
    """It was done."""


class PostgresAway(NamedTuple):
    """PostgreSQL is away, does not answer, or takes no writes, and may do so again."""

    what: str
    at_seconds: float


class KafkaAway(NamedTuple):
    """Kafka does not answer."""

    what: str


Report: TypeAlias = (
    Joined | Polled | OffsetsLost | Settled | Taken | Looked | Counted | Done | PostgresAway | KafkaAway
)


# What to do.


class Join(NamedTuple):
    """Join the group as a reader of these topics; answered by Joined. Raises TopicMissing."""

    topics: Sequence[str]


class Poll(NamedTuple):
    """Wait a moment for records; answered by Polled or OffsetsLost."""


class Settle(NamedTuple):
    """Wait for the batch in flight; answered by Settled or PostgresAway.

    Raises Fenced where another has taken a partition over, and StateUnreadable.
    """


class Claim(NamedTuple):
    """Take partitions over in the database; answered by Taken or PostgresAway. Raises ViewOutdated."""

    ids: Mapping[str, str]
    partitions: Sequence[Partition]


class Resume(NamedTuple):
    """Read on from these offsets; answered by Done."""

    places: Mapping[Partition, int]


class Submit(NamedTuple):
    """Begin to fold and write these, in one transaction with their offsets; answered by Done."""

    readings: Sequence[Reading]


class Release(NamedTuple):
    """Stop reading, and leave the database; answered by Done. `trouble`, if any, is what to complain of."""

    trouble: str = ""


class Look(NamedTuple):
    """Ask for the ends of partitions, and for the positions of some; answered by Looked or KafkaAway."""

    ends_of: Sequence[Partition]
    positions_of: Sequence[Partition]


class Check(NamedTuple):
    """Ask PostgreSQL for nothing; answered by Done or PostgresAway."""


class Count(NamedTuple):
    """Count what stands in quarantine; answered by Counted or PostgresAway."""


WriterRequest: TypeAlias = Claim | Submit | Settle | Check | Count
"""What is asked of PostgreSQL."""

Request: TypeAlias = Join | Poll | Resume | Look | Release | WriterRequest
