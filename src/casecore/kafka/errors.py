"""What can be wrong with Kafka, in the program's terms and in its client's."""

from __future__ import annotations

from kafka.errors import CorruptRecordError as CorruptRecordError
from kafka.errors import KafkaConnectionError as KafkaConnectionError
from kafka.errors import KafkaError as KafkaError
from kafka.errors import KafkaTimeoutError as KafkaTimeoutError
from kafka.errors import NoOffsetForPartitionError as NoOffsetForPartitionError
from kafka.errors import OffsetOutOfRangeError as OffsetOutOfRangeError

from casecore.errors.kinds import CasecoreError, Kind


class TopicMissing(CasecoreError):
    """A topic does not exist, or Kafka does not answer about it."""

    kind = Kind.UNAVAILABLE

    def __init__(self, topic: str, message: str = "") -> None:
        super().__init__(message or f"the topic {topic} does not exist: create it")


class TopicUnanswered(TopicMissing):
    """Kafka does not say whether the topic exists."""

    def __init__(self, topic: str, detail: str) -> None:
        super().__init__(topic, f"the topic {topic}: {detail}")


class TopicDiffers(CasecoreError):
    """A topic has other partitions or settings than those it must have."""

    kind = Kind.UNAVAILABLE
