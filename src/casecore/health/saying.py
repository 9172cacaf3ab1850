"""What a health check says of an error: it answers whoever asks, and so in fixed words.

An error's own may name addresses, logins, files and SQL: they are for the log of the process.
"""

from __future__ import annotations

import psycopg

from casecore.errors.kinds import CasecoreError
from casecore.kafka.errors import KafkaError, TopicUnanswered
from casecore.postgres.errors import DatabaseError, DatabaseUnavailable

POSTGRESQL_UNAVAILABLE = "PostgreSQL does not answer; the log has its words"
KAFKA_UNAVAILABLE = "Kafka does not answer; the log has its words"


def said_of(error: Exception) -> str:
    """What anybody may hear of an error."""
    match error:
        case DatabaseUnavailable() if isinstance(error.__cause__, psycopg.errors.DiskFull):
            return "PostgreSQL's disk is full"
        case DatabaseUnavailable() | psycopg.Error():
            return POSTGRESQL_UNAVAILABLE
        case CasecoreError() if error.is_public:
            return str(error)
        case DatabaseError():
            return f"the database cannot be used ({error.code}); the log has its words"
        case KafkaError() | TopicUnanswered():
            return KAFKA_UNAVAILABLE
        case CasecoreError():
            return f"{error.code.replace('_', ' ')}; the log has its words"
        case _:
            return "it has a fault; the log has its words"
