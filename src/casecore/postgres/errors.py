"""What PostgreSQL's errors mean to a caller: it is not there, or its tables are not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from casecore.errors.kinds import CasecoreError, Kind

UNAVAILABLE = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
"""PostgreSQL does not answer, takes no writes, or has ended the session; a new session may succeed."""

_STALE_PLAN = "RevalidateCachedQuery"
"""Where PostgreSQL finds that a table was altered under a prepared statement; a new session may succeed."""

_MISSING = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InvalidSchemaName,
)


class DatabaseError(CasecoreError):
    """The database cannot be used, now or as it is."""

    kind = Kind.UNAVAILABLE


class DatabaseUnavailable(DatabaseError):
    """PostgreSQL does not answer. Whether the last command was stored is unknown: send it again, same id."""


class TablesMissing(DatabaseError):
    """The database has no tables of casecore yet: create them."""

    is_public = True

    def __init__(self) -> None:
        super().__init__("the database has no tables of casecore yet: create them")


class AccessDenied(DatabaseError):
    """The login lacks a privilege; the message has PostgreSQL's own words, which name the table."""


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Raise a DatabaseError in place of psycopg's errors that mean so."""
    try:
        with mapped_unavailable():
            yield
    except _MISSING as error:
        raise TablesMissing from error
    except psycopg.errors.InsufficientPrivilege as error:
        denied = error.diag.message_primary or error
        raise AccessDenied(f"{denied}: grant it to the login, or use another one") from error


@contextmanager
def mapped_unavailable() -> Iterator[None]:
    """Raise DatabaseUnavailable in place of psycopg's errors that mean so."""
    try:
        yield
    except UNAVAILABLE as error:
        raise unavailable(error) from error
    except psycopg.errors.FeatureNotSupported as error:
        if error.diag.source_function != _STALE_PLAN:
            raise
        raise unavailable(error) from error


def unavailable(error: Exception) -> DatabaseUnavailable:
    """The error that says so, with PostgreSQL's own words."""
    if isinstance(error, psycopg.errors.DiskFull):
        what = "PostgreSQL's disk is full: free some space there, then try again, with the same command id"
        return DatabaseUnavailable(f"{what} ({error.diag.message_primary or error})")
    return DatabaseUnavailable(f"PostgreSQL does not answer: {error}")
