"""The list of cases: filtered, sorted, page by page; each filter is in its address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec
from msgspec import structs

from casecore.app.seen.known_names import Names, names_in_cases
from casecore.app.seen.resolutions import SeenResolution, look_at_resolutions
from casecore.app.seen.subjects import look_at_subjects
from casecore.cases.topics import TOPICS
from casecore.contract.cases import Category, Level, Priority, State
from casecore.contract.envelope import Instant
from casecore.http.problems import InvalidRequest
from casecore.identity.identity import Scope
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.rendering.words import N_
from projections.workload.case_list import CaseFilter, CaseOrder, CasePlace, list_cases, place_of
from projections.workload.known_names import spelling_of
from projections.workload.tables import CaseRow

_PER_PAGE = 50
_TYPED = ("organisation", "agent", "customer", "seller")
"""Filters that are names, which somebody types."""
_SORTS = ("-opened_at", "opened_at", "-last_move_at", "last_move_at", "-priority", "priority")


class CasesAsked(PageAsked, frozen=True):
    """Which cases: open ones, unless a state or `ended` is given; an empty filter does not matter.

    `reference` leads to the case with it. A page goes on after the case `after`, which has `value`.
    """

    state: str = ""
    level: str = ""
    organisation: str = ""
    agent: str = ""
    customer: str = ""
    seller: str = ""
    topic: str = ""
    category: str = ""
    priority: str = ""
    waiting: str = ""
    ended: str = ""
    sort: str = "-opened_at"
    after: str = ""
    value: str = ""


class ActiveFilter(NamedTuple):
    """A filter of the list, and the address of the list without it."""

    name: str
    value: str
    without: str


class CasesShown(NamedTuple):
    """A page of the list; `subjects` and `resolutions` by reference, of the cases that have one.

    `known` are names that can be filled in, by what they are.

    `next` is the address of the next page, None if there is none.
    """

    cases: list[CaseRow]
    subjects: Mapping[str, str]
    asked: CasesAsked
    active: list[ActiveFilter]
    topics: tuple[str, ...]
    resolutions: Mapping[str, SeenResolution]
    known: Names
    next: str | None


def load_cases(look: Look, asked: CasesAsked) -> Shown:
    """A page of the list."""
    order = CaseOrder(_one_of("sort", asked.sort, _SORTS).removeprefix("-"), asked.sort.startswith("-"))
    found = look.app.ask(list_cases, _filter(asked, order), look.viewer)
    if not found and not asked.after:
        asked = _as_it_is_written(look, asked)
        found = look.app.ask(list_cases, _filter(asked, order), look.viewer)
    cases, more = found[:_PER_PAGE], len(found) > _PER_PAGE
    filters = {name: value for name, value in structs.asdict(asked).items() if value}
    for name in ("after", "value"):
        filters.pop(name, None)
    return Shown(
        title=N_("Cases"),
        content=CasesShown(
            cases=cases,
            subjects=look_at_subjects(look.app, [one.reference for one in cases], look.viewer),
            asked=asked,
            resolutions=look_at_resolutions(
                look.app, [one.reference for one in cases if one.resolved_at], look.viewer
            ),
            known=names_in_cases(look.app, look.viewer),
            topics=_topics(asked.topic),
            active=[
                ActiveFilter(name, str(value), _path(filters, without=name))
                for name, value in filters.items()
                if name != "sort"
            ],
            next=_next(filters, place_of(cases[-1], order)) if more else None,
        ),
        api=_api(filters),
        about="cases",
    )


def _filter(asked: CasesAsked, order: CaseOrder) -> CaseFilter:
    return CaseFilter(
        state=_word("state", asked.state, State),
        level=_word("level", asked.level, Level),
        organisation=asked.organisation or None,
        agent=asked.agent or None,
        customer=asked.customer or None,
        seller=asked.seller or None,
        topic=asked.topic or None,
        category=_word("category", asked.category, Category),
        priority=_word("priority", asked.priority, Priority),
        waiting={"": None, "yes": True, "no": False}[_one_of("waiting", asked.waiting, ("", "yes", "no"))],
        open_only=not asked.ended and not asked.state,
        order=order,
        limit=_PER_PAGE + 1,
        after=_place(asked, order),
    )


def _as_it_is_written(look: Look, asked: CasesAsked) -> CasesAsked:
    """The same with names as cases have them, where somebody typed them in another letter case."""
    typed = {name: value for name in _TYPED if (value := getattr(asked, name))}
    written = {name: look.app.ask(spelling_of, name, value, look.viewer) for name, value in typed.items()}
    return structs.replace(asked, **{name: found for name, found in written.items() if found})


def _topics(asked: str) -> tuple[str, ...]:
    """What a case can be about, and what is asked for, which a newer program may know."""
    return tuple(dict.fromkeys((*TOPICS, *([asked] if asked else ()))))


def _path(filters: dict[str, Any], without: str) -> str:
    left = {name: value for name, value in filters.items() if name != without}
    return "/cases" + ("?" + urlencode(left) if left else "")


def _next(filters: dict[str, Any], place: CasePlace) -> str:
    value = place.value if isinstance(place.value, int) else place.value.isoformat()
    return "/cases?" + urlencode({**filters, "after": place.reference, "value": value})


def _place(asked: CasesAsked, order: CaseOrder) -> CasePlace | None:
    if not asked.after:
        return None
    try:
        if order.column == "priority":
            return CasePlace(int(asked.value), asked.after)
        return CasePlace(msgspec.convert(asked.value, Instant), asked.after)
    except (ValueError, msgspec.ValidationError):
        raise InvalidRequest("this page of the list cannot be found: begin at its first page") from None


def _api(filters: dict[str, Any]) -> str:
    query = dict(filters)
    if "waiting" in query:
        query["waiting"] = "true" if query["waiting"] == "yes" else "false"
    if "ended" in query:
        query["ended"] = "true"
    return "/v1/cases" + ("?" + urlencode(query) if query else "")


def _one_of(name: str, given: str, allowed: tuple[str, ...]) -> str:
    if given not in allowed:
        raise InvalidRequest(f"{name} is {given[:50]!r}; possible are: {', '.join(filter(None, allowed))}")
    return given


def _word(name: str, given: str, words: type[State | Level | Category | Priority]) -> str | None:
    return _one_of(name, given, ("", *(str(one.value) for one in words))) or None


PAGES: tuple[AnyPage, ...] = (
    SitePage("/cases", "cases", (Scope.AGENT,), CasesAsked, "cases.html", load_cases),
)
