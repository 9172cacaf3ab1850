"""What can be wrong with Kafka, in the program's terms and in its client's.

ClusterUnusable             no client gets anywhere with these addresses and options; also a KafkaError
├── NobodyListens           at none of the addresses
├── TlsWanted               the listener speaks TLS, and was asked in plain text
├── TlsUnknown              the listener was asked in TLS, and speaks plain text
├── ServerCertificateUntrusted, ServerCertificateExpired, ServerCertificateOfAnother
├── ClientCertificateWanted, ClientCertificateRefused
├── PasswordWanted          the listener wants to know who asks
├── PasswordUnwanted        the listener has no passwords
├── MechanismUnknown        the listener does not take this kind of password
├── PasswordWrong           the listener does not know this user with this password, or this token
└── NotAuthorised           it knows who asks, and the cluster's rules do not allow what was asked
"""

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


class ClusterUnusable(CasecoreError, KafkaError):  # type: ignore[misc]
    """Kafka cannot be used from here; the message says why, and what an operator can do."""

    kind = Kind.UNAVAILABLE

    def __str__(self) -> str:
        return Exception.__str__(self)


class NobodyListens(ClusterUnusable):
    """There is no server at any of the addresses."""


class TlsWanted(ClusterUnusable):
    """The server encrypts, and was asked in plain text."""


class TlsUnknown(ClusterUnusable):
    """The server does not encrypt, and was asked in TLS."""


class ServerCertificateUntrusted(ClusterUnusable):
    """Nobody who is trusted has signed the server's certificate."""


class ServerCertificateExpired(ClusterUnusable):
    """The server's certificate is not valid any more, or not yet."""


class ServerCertificateOfAnother(ClusterUnusable):
    """The server's certificate names another server."""


class ClientCertificateWanted(ClusterUnusable):
    """The server wants a certificate of its clients, and none is set."""


class ClientCertificateRefused(ClusterUnusable):
    """The server does not take the client's certificate."""


class PasswordWanted(ClusterUnusable):
    """The server wants a user and a password, and none are set."""


class PasswordUnwanted(ClusterUnusable):
    """The server has no users, and is not told passwords."""


class MechanismUnknown(ClusterUnusable):
    """The server does not take passwords in this way."""


class PasswordWrong(ClusterUnusable):
    """The server does not know this user with this password, or does not take this token."""


class NotAuthorised(ClusterUnusable):
    """The server knows who asks, and does not allow it."""
