"""What PostgreSQL's errors mean to a caller: it is not there, or its tables are not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from casecore.errors.kinds import CasecoreError, Kind

UNAVAILABLE = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
"""PostgreSQL is unavailable, silent or read-only, or has ended the session; it may answer again."""

_MISSING = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InvalidSchemaName,
)


class DatabaseUnavailable(CasecoreError):
    """PostgreSQL does not answer. Whether the last command was stored is unknown: send it again, same id."""

    kind = Kind.UNAVAILABLE


class TablesMissing(CasecoreError):
    """The database has no tables of casecore yet: create them."""

    kind = Kind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("the database has no tables of casecore yet: create them")


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Raise DatabaseUnavailable or TablesMissing in place of psycopg's errors that mean so."""
    try:
        with mapped_unavailable():
            yield
    except _MISSING as error:
        raise TablesMissing from error


@contextmanager
def mapped_unavailable() -> Iterator[None]:
    """Raise DatabaseUnavailable in place of psycopg's errors that mean so."""
    try:
        yield
    except UNAVAILABLE as error:
        raise unavailable(error) from error


def unavailable(error: Exception) -> DatabaseUnavailable:
    """The error that says so, with PostgreSQL's own words."""
    return DatabaseUnavailable(f"PostgreSQL does not answer: {error}")
