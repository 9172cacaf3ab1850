"""Cursors: the place at which a list goes on, as a text that callers keep and do not read.

It names the last row that was answered, by what the list is sorted by: rows that come or go meanwhile move no
other row to another page.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, NamedTuple, TypeAlias, TypeVar

import msgspec

from casecore.http.problems import InvalidRequest

LONGEST_PAGE = 1_000
"""Rows of a page, however many are asked for."""

Limit: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=LONGEST_PAGE)]
"""How many rows a page has at most."""

PlaceT = TypeVar("PlaceT")
RowT = TypeVar("RowT")

_NUL = b"\\u0000"
_encode = msgspec.json.Encoder().encode


class ListPage(NamedTuple, Generic[RowT]):
    """A page of a list, and the cursor of the next one; None at the list's end."""

    rows: list[RowT]
    next: str | None


def cut_page(found: Sequence[RowT], limit: int, place_of: Callable[[RowT], object]) -> ListPage[RowT]:
    """The page of at most `limit` rows, of which there is one more at least unless the list ends."""
    rows, more = list(found[:limit]), len(found) > limit
    return ListPage(rows, write_cursor(place_of(rows[-1])) if more else None)


def write_cursor(place: object) -> str:
    """A place as a cursor."""
    return urlsafe_b64encode(_encode(place)).decode().rstrip("=")


def read_cursor(text: str, form: type[PlaceT]) -> PlaceT:
    """The place of a cursor; raises InvalidRequest for what that no list answered."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        place = msgspec.json.decode(raw, type=form)
    except (ValueError, msgspec.DecodeError):
        raise not_of_this_list() from None
    if _NUL in raw:  # no text of PostgreSQL's has it
        raise not_of_this_list()
    return place


def not_of_this_list() -> InvalidRequest:
    """The error for a cursor that another list answered, or nobody."""
    return InvalidRequest("the cursor is not one of this list: ask for its first page again")
