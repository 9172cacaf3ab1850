"""Questions to a view: SQL with named parameters, answered as rows of a NamedTuple."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TypeVar

from psycopg.rows import class_row

from casecore.postgres.connection import Connection
from casecore.postgres.limits import EXPORT, VIEW_READER, Limits
from projections.kit.projection import AnyProjection
from projections.kit.reading.session import open_for_answer

_FETCHED = 2_000
"""Rows in memory at one time where an answer may be as long as the table."""

AnswerT = TypeVar("AnswerT", bound=tuple[object, ...])

_NOTHING: Mapping[str, object] = MappingProxyType({})


def fetch_all(
    connection: Connection, answer: type[AnswerT], query: str, given: Mapping[str, object] = _NOTHING
) -> list[AnswerT]:
    """Every row that a query gives in a session; its columns are the fields of `answer`."""
    with connection.cursor(row_factory=class_row(answer)) as cursor:
        return cursor.execute(query, given).fetchall()


def fetch_first(
    connection: Connection, answer: type[AnswerT], query: str, given: Mapping[str, object] = _NOTHING
) -> AnswerT | None:
    """The first row that a query gives in a session, or None."""
    with connection.cursor(row_factory=class_row(answer)) as cursor:
        return cursor.execute(query, given).fetchone()


def ask(
    database: str,
    projection: AnyProjection,
    answer: type[AnswerT],
    query: str,
    given: Mapping[str, object] = _NOTHING,
    limits: Limits = VIEW_READER,
) -> list[AnswerT]:
    """Every row that a query gives, in a session of its own.

    Raises ViewMissing, ViewOutdated and DatabaseUnavailable.
    """
    with open_for_answer(database, projection, limits) as connection:
        return fetch_all(connection, answer, query, given)


def ask_first(
    database: str,
    projection: AnyProjection,
    answer: type[AnswerT],
    query: str,
    given: Mapping[str, object] = _NOTHING,
) -> AnswerT | None:
    """The first row that a query gives, or None, in a session of its own. Raises as `ask`."""
    with open_for_answer(database, projection) as connection:
        return fetch_first(connection, answer, query, given)


def limits_for(limit: int | None) -> Limits:
    """The limits of a session that gives so many rows; the reader of all of them may take long."""
    return EXPORT if limit is None else VIEW_READER


def ask_in_pieces(
    database: str,
    projection: AnyProjection,
    answer: type[AnswerT],
    query: str,
    given: Mapping[str, object],
    limits: Limits,
) -> Iterator[AnswerT]:
    """The rows that a query gives, read as they are asked for: an answer may be as long as a table.

    Raises as `ask`, at the first row.
    """
    with (
        open_for_answer(database, projection, limits) as connection,
        connection.transaction(),
        connection.cursor("answer", row_factory=class_row(answer)) as cursor,
    ):
        cursor.itersize = _FETCHED
        cursor.execute(query, given)
        yield from cursor
