"""Questions whose answer is a list in pages: how many rows it has at most, and after which it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Protocol, TypeAlias, TypeVar

import msgspec

from casecore.api.questions.question import Asked
from casecore.http.cursors import (
    LONGEST_PAGE,
    Limit,
    ListPage,
    cut_page,
    read_cursor,
    write_cursor,
)

RowCount: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""How many rows, or events, come before a place."""

PlaceT = TypeVar("PlaceT", bound=Any)
RowT = TypeVar("RowT")


class AskedPage(Asked, frozen=True, kw_only=True):
    """How many at most, and where the list goes on."""

    limit: Limit = 100
    cursor: str | None = None


class AskedPart(Asked, frozen=True, kw_only=True):
    """How many at most of the list within the answer, and where that goes on.

    As many as a page may have, unless less is asked for: nearly always it is the whole list.
    """

    limit: Limit = LONGEST_PAGE
    cursor: str | None = None


class Paged(Protocol):
    """The parameters of a question that has pages: an AskedPage, or one that has its fields."""

    @property
    def limit(self) -> int:
        """How many rows the page has at most."""

    @property
    def cursor(self) -> str | None:
        """Where the list goes on; None for its beginning."""


class PagedAnswer(Protocol):
    """An answer that has pages."""

    @property
    def next(self) -> str | None:
        """The cursor of the next page, None if there is none."""


def rows_for(asked: Paged) -> int:
    """How many rows are to be found for a page: one more than it has says that there is a next one."""
    return asked.limit + 1


def asked_place(asked: Paged, form: type[PlaceT]) -> PlaceT | None:
    """After which place the page begins, None for the list's beginning; raises InvalidRequest."""
    return None if asked.cursor is None else read_cursor(asked.cursor, form)


def page_of(asked: Paged, found: Sequence[RowT], place: Callable[[RowT], object]) -> ListPage[RowT]:
    """The page of the rows that were found, `rows_for` it at most; `place` is that of a row in the list."""
    return cut_page(found, asked.limit, place)


def part_by_place(
    asked: Paged, rows: Iterable[RowT], form: type[PlaceT], place: Callable[[RowT], PlaceT]
) -> ListPage[RowT]:
    """The page of rows that were all found, in the order of their places, of which no two are the same."""
    after = asked_place(asked, form)
    keyed = ((place(row), row) for row in rows)
    found = sorted((one for one in keyed if after is None or one[0] > after), key=lambda one: one[0])
    return page_of(asked, [row for _, row in found], place)


def part_by_number(asked: Paged, rows: Sequence[RowT]) -> ListPage[RowT]:
    """The page of rows that were all found, to which others may be added at their end alone."""
    before = asked_place(asked, RowCount) or 0
    return part_after(asked, rows, before, lambda number: number)


def part_after(
    asked: Paged, rows: Sequence[RowT], before: int, place: Callable[[int], object]
) -> ListPage[RowT]:
    """The page of such rows behind so many of them; `place` is that behind a number of them."""
    page = list(rows[before : before + asked.limit])
    end = before + len(page)
    return ListPage(page, write_cursor(place(end)) if end < len(rows) else None)


def next_page(answer: PagedAnswer) -> str | None:
    """Where an answer goes on."""
    return answer.next
