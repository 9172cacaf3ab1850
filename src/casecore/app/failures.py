"""What an error means to the caller, whichever part of the program or library raised it."""

from __future__ import annotations

import errno
import os
import sqlite3

from casecore.app.addresses import NotRunning
from casecore.errors.files import StorageUnavailable, file_error
from casecore.errors.kinds import CasecoreError, Kind
from casecore.identity.errors import InvalidIssuerFile, InvalidKeyFile

UNAVAILABLE = (
    "A part of the installation is unavailable: try again later, a command with the same Idempotency-Key."
)
"""What somebody is told who asks over a network, where the error is of the installation."""


def expected_error(error: Exception) -> CasecoreError | None:
    """The expected error that it is, or that it means; None where it is another library's, or a defect."""
    match error:
        case CasecoreError():
            return error
        case OSError():
            return file_error(error)
        case sqlite3.OperationalError():
            return _of_temporary_file(error)
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


def is_of_installation(error: Exception) -> bool:
    """Whether an error is about the installation's own files and servers: its words name paths, addresses and
    logins, and are for its log and nobody who asks over a network."""
    from casecore.kafka.errors import KafkaError
    from casecore.kafka.options import InvalidKafkaOptions
    from casecore.postgres.errors import DatabaseError

    own = (DatabaseError, KafkaError, InvalidKafkaOptions, *_OWN)
    return isinstance(error, own) or not isinstance(error, CasecoreError)


_OWN = (NotRunning, StorageUnavailable, InvalidKeyFile, InvalidIssuerFile)

_NUMBERS = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
}


def _of_temporary_file(error: sqlite3.OperationalError) -> CasecoreError | None:
    """What an import keeps on disk is in a database without a name, in the folder for temporary files."""
    code: int = getattr(error, "sqlite_errorcode", 0)  # those of the module itself have none
    number = _NUMBERS.get(code & 0xFF)  # the rest of a code says more than we need
    if number is None:
        return None
    return file_error(OSError(number, os.strerror(number)), "the folder for temporary files (TMPDIR)")
