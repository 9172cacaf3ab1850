"""What an error means to the caller, whichever part of the program or library raised it."""

from __future__ import annotations

from casecore.errors.kinds import CasecoreError, Kind


def error_kind(error: Exception) -> Kind:
    """Its kind; a defect if it is not an expected error."""
    if isinstance(error, CasecoreError):
        return error.kind
    # Imported here: they load slowly, and only a failing command needs them.
    from psycopg.errors import InsufficientPrivilege

    from casecore.kafka.errors import KafkaError
    from casecore.postgres.errors import UNAVAILABLE

    match error:
        case KafkaError():
            return Kind.UNAVAILABLE
        case OSError():
            return Kind.INVALID_INPUT
        case InsufficientPrivilege():
            return Kind.UNAVAILABLE
        case _:
            return Kind.UNAVAILABLE if isinstance(error, UNAVAILABLE) else Kind.DEFECT
