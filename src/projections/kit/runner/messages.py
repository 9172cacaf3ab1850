"""What a runner's protocol asks for, and what it learns: the whole language between it and its driver.

A request is answered by one of the reports that its text names, or by an error that ends the membership.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from casecore.kafka.partitions import Partition
from casecore.kafka.records import KafkaRecord
from projections.kit.fold.outcome import FoldOutcome
from projections.kit.fold.records import ParsedRecord
from projections.kit.tables.claims import Claimed

# Reports: what happened. `at_seconds` is the monotonic clock.


class Joined(NamedTuple):
    """The group knows this runner; the topics have these ids."""

    ids: Mapping[str, str]
    at_seconds: float


class Polled(NamedTuple):
    """Records, each partition's in order; and what the group and Kafka say meanwhile.

    `assigned` are this runner's partitions now, `rebalanced` whether any were given or taken since the poll
    before, `ids` the topics' ids as far as they are known.
    """

    records: Sequence[KafkaRecord]
    assigned: Sequence[Partition]
    rebalanced: bool
    ids: Mapping[str, str]
    at_seconds: float


class OffsetsLost(NamedTuple):
    """A partition does not hold the offset from which it is to be read on."""

    detail: str
    ids: Mapping[str, str]


class BatchSettled(NamedTuple):
    """What the batch in flight led to; empty if there was none."""

    outcomes: Sequence[FoldOutcome]


class Taken(NamedTuple):
    """The partitions belong to this runner in the database, and are read on from these places."""

    places: Sequence[Claimed]
    at_seconds: float


class OffsetsFound(NamedTuple):
    """The offsets after the last committed record, and those that the consumer has come to."""

    ends: Mapping[Partition, int]
    positions: Mapping[Partition, int]


class Counted(NamedTuple):
    """How much is in quarantine."""

    keys: int
    records: int


class Done(NamedTuple):
    """It was done."""


class PostgresUnavailable(NamedTuple):
    """PostgreSQL cannot be reached, does not answer, or takes no writes; it may do so again."""

    what: str
    at_seconds: float


class BrokersUnavailable(NamedTuple):
    """Kafka does not answer."""

    what: str


RunnerReport: TypeAlias = (
    Joined
    | Polled
    | OffsetsLost
    | BatchSettled
    | Taken
    | OffsetsFound
    | Counted
    | Done
    | PostgresUnavailable
    | BrokersUnavailable
)


# Requests: what to do.


class Join(NamedTuple):
    """Join the group as a reader of these topics; answered by Joined. Raises TopicMissing."""

    topics: Sequence[str]


class Poll(NamedTuple):
    """Wait a moment for records; answered by Polled or OffsetsLost."""


class Settle(NamedTuple):
    """Wait for the batch in flight; answered by BatchSettled or PostgresUnavailable.

    Raises Fenced where another runner has taken a partition over, and StateUnreadable.
    """


class Claim(NamedTuple):
    """Take partitions over in the database; answered by Taken or PostgresUnavailable. Raises ViewOutdated."""

    ids: Mapping[str, str]
    partitions: Sequence[Partition]


class Resume(NamedTuple):
    """Read on from these offsets; answered by Done."""

    places: Mapping[Partition, int]


class Submit(NamedTuple):
    """Begin to fold and write these, in one transaction with their offsets; answered by Done."""

    records: Sequence[ParsedRecord]


class Release(NamedTuple):
    """Stop reading, and leave the database; answered by Done. `trouble`, if any, is what to complain of."""

    trouble: str = ""


class LookUpOffsets(NamedTuple):
    """Ask for the ends of partitions, and for the positions of some.

    Answered by OffsetsFound or BrokersUnavailable.
    """

    ends_of: Sequence[Partition]
    positions_of: Sequence[Partition]


class Check(NamedTuple):
    """Ask PostgreSQL for nothing; answered by Done or PostgresUnavailable."""


class Count(NamedTuple):
    """Count what is in quarantine; answered by Counted or PostgresUnavailable."""


WriterRequest: TypeAlias = Claim | Submit | Settle | Check | Count
"""What is asked of PostgreSQL."""

RunnerRequest: TypeAlias = Join | Poll | Resume | LookUpOffsets | Release | WriterRequest
