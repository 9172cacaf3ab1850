"""Questions whose answer is a list in pages: how many rows it has at most, and after which it goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from casecore.api.questions.question import Asked
from casecore.http.cursors import Limit, ListPage, cut_page, read_cursor

PlaceT = TypeVar("PlaceT")
RowT = TypeVar("RowT")


class AskedPage(Asked, frozen=True, kw_only=True):
    """How many at most, and where the list goes on."""

    limit: Limit = 100
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


def next_page(answer: PagedAnswer) -> str | None:
    """Where an answer goes on."""
    return answer.next
