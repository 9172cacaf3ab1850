"""What lists of money share: filters that are read from their address, and the addresses that follow."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import quote, urlencode

import msgspec

from casecore.contract.billing import VatCategory
from casecore.decider.business_day import EARLIEST, LATEST
from casecore.http.problems import InvalidRequest
from casecore.identity.identity import Scope
from casecore.web.pages.page import PageAsked

SECTION = "money"
SCOPES = (Scope.ACCOUNTANT,)
PER_PAGE = 50
_RATE = re.compile(r"[0-9]{1,2}(\.[0-9]{1,2})?")
_NOT_FILTERS = frozenset({"cursor", "done"})


def year_in(text: str) -> int | None:
    """A year, None for none; raises InvalidRequest."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and EARLIEST.year <= int(text[:9]) <= LATEST.year):
        raise InvalidRequest(
            f"{text[:20]!r} is not a year: give one of {EARLIEST.year} to {LATEST.year}", "year"
        )
    return int(text)


def day_in(name: str, text: str) -> date | None:
    """A day, None for none; raises InvalidRequest."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(f"{text[:20]!r} is not a day: give one such as 2026-03-31", name) from None


def tax_in(category: str, percent: str) -> tuple[str | None, str | None]:
    """A category of tax and a rate in percent, each None for none; raises InvalidRequest."""
    categories = [one.value for one in VatCategory]
    if category and category not in categories:
        possible = ", ".join(categories)
        raise InvalidRequest(f"category is {category[:50]!r}; possible are: {possible}", "category")
    if percent and _RATE.fullmatch(percent) is None:
        raise InvalidRequest(f"{percent[:20]!r} is not a rate: give one such as 19 or 5.5", "percent")
    return category or None, percent or None


def filters_of(asked: PageAsked) -> dict[str, str]:
    """The filters that are given, by their names, which are those of the API."""
    given = msgspec.structs.asdict(asked)
    return {name: str(value) for name, value in given.items() if value and name not in _NOT_FILTERS}


def address(path: str, filters: dict[str, str]) -> str:
    """A path with filters."""
    return f"{path}?{urlencode(filters)}" if filters else path


def next_address(path: str, asked: PageAsked, cursor: str | None) -> str | None:
    """The address of the next page of a list; None at its end."""
    return None if cursor is None else address(path, {**filters_of(asked), "cursor": cursor})


def in_path(name: str) -> str:
    """A name as a part of a path."""
    return quote(name, safe="")
