"""What can go wrong with a local server, as types whose messages say what to do.

LocalServerError
├── Busy                   another command is starting or stopping the same installation
├── PostgresUnusable       PostgreSQL cannot be started, reached or stopped here
├── KafkaUnusable          Kafka's files could not be downloaded or its data folder prepared
├── KafkaPortTaken         the port kept for Kafka is in use by something else
├── KafkaNotReady          Kafka did not answer in time
└── ProcessesUnusable      the supervisor did not start, or runs something else
"""

from __future__ import annotations

from casecore.errors.kinds import CasecoreError, Kind


class LocalServerError(CasecoreError):
    """A local server cannot be used; the message says why and what to do about it."""

    kind = Kind.UNAVAILABLE


class Busy(LocalServerError):
    """Another command is starting or stopping the same installation."""


class PostgresUnusable(LocalServerError):
    """PostgreSQL cannot be started, reached or stopped on this machine."""


class KafkaUnusable(LocalServerError):
    """Kafka's files could not be downloaded, or its data folder could not be prepared."""


class KafkaPortTaken(LocalServerError):
    """The port that was kept for Kafka is in use by something else."""


class KafkaNotReady(LocalServerError):
    """Kafka did not answer within the limit."""


class ProcessesUnusable(LocalServerError):
    """The supervisor did not start, or it already runs other programs."""
