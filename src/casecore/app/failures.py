"""What an error means to the caller, whichever part of the program or library raised it."""

from __future__ import annotations

from casecore.errors.files import file_error
from casecore.errors.kinds import CasecoreError, Kind


def expected_error(error: Exception) -> CasecoreError | None:
    """The expected error that it is, or that it means; None where it is another library's, or a defect."""
    match error:
        case CasecoreError():
            return error
        case OSError():
            return file_error(error)
        case _:
            return None


def error_kind(error: Exception) -> Kind:
    """Its kind; a defect if it is not an expected error."""
    expected = expected_error(error)
    if expected is not None:
        return expected.kind
    # Imported here: they load slowly, and only a failing command needs them.
    from psycopg.errors import InsufficientPrivilege

    from casecore.kafka.errors import KafkaError
    from casecore.postgres.errors import UNAVAILABLE

    match error:
        case KafkaError():
            return Kind.UNAVAILABLE
        case InsufficientPrivilege():
            return Kind.UNAVAILABLE
        case _:
            return Kind.UNAVAILABLE if isinstance(error, UNAVAILABLE) else Kind.DEFECT
