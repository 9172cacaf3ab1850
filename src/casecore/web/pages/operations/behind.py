"""The cases behind a figure of a picture, as a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple, get_type_hints

import msgspec

from casecore.app.pictures.catalogue import Picture
from casecore.app.seen.subjects import look_at_subjects
from casecore.http.problems import InvalidRequest
from casecore.identity.identity import Scope
from casecore.web.pages.operations.asked import DaysShown, OfCases, api_of, days_of, filter_of, query_of
from casecore.web.pages.operations.chips import FilterChip, chips_of, span_text
from casecore.web.pages.operations.pictures import PICTURES, ShownPicture
from casecore.web.pages.page import AnyPage, Look, Shown, SitePage
from casecore.web.rendering.reader import PageReader
from casecore.web.rendering.times import duration
from casecore.web.rendering.words import N_
from projections.pictures.asked import Behind, CaseBehind, PictureFilter
from projections.pictures.sql import within
from projections.workload.picture_queries import AGES

_PER_PAGE = 100
_COUNTS = N_("Counts")
_AMOUNTS = {"seconds": N_("Time held"), "minutes": N_("Effort")}
"""Figures that are no number of cases, and what a case's part of one is called."""
_KINDS = {"level": "level", "clock": "clock", "holder": "holder", "state": "state"}


class OfFigure(OfCases, frozen=True):
    """Which figure, in which row: what a picture's rows have is in them; `after` is where the page begins."""

    figure: str = ""
    agent: str = ""
    day: str = ""
    month: str = ""
    weekday: str = ""
    hour: str = ""
    level: str = ""
    clock: str = ""
    holder: str = ""
    state: str = ""
    place: str = ""
    after: str = ""


class CasesBehindPage(NamedTuple):
    """The cases: `keys` say of which row they are, `whole` how much the figure is, empty if nobody knows.

    `amounts` says how much of it each case is, where that is not one; `may_open` is whether the reader may
    look at cases: only then there are `subjects`, of those that have one.
    """

    asked: OfFigure
    shown: ShownPicture
    figure: str
    keys: Sequence[str]
    chips: Sequence[FilterChip]
    cases: Sequence[CaseBehind]
    amount_name: str
    amounts: Sequence[str]
    whole: str
    may_open: bool
    subjects: Mapping[str, str]
    picture_href: str
    next: str | None


def load_behind(look: Look, asked: OfFigure, shown: ShownPicture) -> Shown:
    """The cases behind a figure; raises InvalidRequest."""
    picture, reader = shown.picture, PageReader(look.times.language)
    if asked.figure not in picture.figures:
        possible = ", ".join(picture.figures)
        raise InvalidRequest(f"figure is {asked.figure[:50]!r}; possible are: {possible}")
    keys = {name: _key(picture, name, getattr(asked, name)) for name in picture.keys}
    which = filter_of(asked, look)
    if picture.of_days:
        days = days_of(asked)
        which = which._replace(since=days.since, until=days.until)
    behind = Behind(asked.figure, keys, _PER_PAGE + 1, asked.after)
    found = look.app.ask(picture.cases, which, behind, look.viewer)
    cases = found[:_PER_PAGE]
    path, amount = f"{shown.path}/cases", _amount(asked.figure, reader)
    is_one_each = all(one.times == 1 for one in cases) and asked.figure not in _AMOUNTS
    is_all = not asked.after and len(found) <= _PER_PAGE
    whole = sum(one.times for one in cases) if is_all else _whole(look, picture, which, behind)
    may_open = look.identity.has(Scope.AGENT)
    listed = [one.reference for one in cases] if may_open else []
    content = CasesBehindPage(
        asked=asked,
        shown=shown,
        figure=asked.figure,
        keys=[text for name, value in keys.items() if (text := _key_text(reader, name, value, which))],
        chips=chips_of(asked, path, reader, (*picture.keys, *_of_row(keys, picture), *shown.not_filtered)),
        cases=cases,
        amount_name="" if is_one_each else reader.gettext(_AMOUNTS.get(asked.figure, _COUNTS)),
        amounts=[amount(one.times) for one in cases],
        whole="" if whole is None else amount(whole),
        may_open=may_open,
        subjects=look_at_subjects(look.app, listed, look.viewer),
        picture_href=shown.path + query_of(_of_cases(asked, picture)),
        next=None if len(found) <= _PER_PAGE else path + query_of(asked, after=cases[-1].reference),
    )
    title = f"{reader.gettext(shown.title)}: {reader.word('figure', asked.figure)}"
    return Shown(title, content, api_of(picture, which, behind))


def _whole(look: Look, picture: Picture, which: PictureFilter, behind: Behind) -> int | None:
    """The figure as the picture has it; None if its row is not among those that it shows."""
    day = behind.keys.get("day")
    if isinstance(day, date):
        which = within(which, day, day)
    elif "day" in behind.keys:
        return _of_several_days(look.app.ask(picture.rows, which, look.viewer), behind.figure)
    for row in look.app.ask(picture.rows, which, look.viewer):
        if all(getattr(row, name) == value for name, value in behind.keys.items()):
            return int(getattr(row, behind.figure))
    return None


def _of_several_days(rows: Sequence[Any], figure: str) -> int:
    """What came in or went out on any of them; what was open at the end of the last."""
    found = [int(getattr(row, figure)) for row in rows]
    return found[-1] if figure == "open" and found else sum(found)


def _amount(figure: str, reader: PageReader) -> Callable[[int], str]:
    match figure:
        case "seconds":
            return duration
        case "minutes":
            return lambda minutes: f"{reader.number(minutes)} min"
        case _:
            return reader.number


def _of_cases(asked: OfFigure, picture: Picture) -> OfCases:
    """The picture's own filters: not those that are the row's."""
    names = {name for name in OfCases.__struct_fields__ if name not in picture.keys}
    return OfCases(**{name: getattr(asked, name) for name in names})


def _key(picture: Picture, name: str, text: str) -> str | int | date | None:
    kind: Any = get_type_hints(picture.row)[name]
    if not text and (name in picture.optional or type(None) in getattr(kind, "__args__", ())):
        return None
    try:
        return msgspec.convert(text, kind, strict=False)  # type: ignore[no-any-return]
    except msgspec.ValidationError:
        raise InvalidRequest(
            f"{name} is {text[:50]!r}: follow a link of the picture {picture.name}"
        ) from None


def _of_row(keys: Mapping[str, object], picture: Picture) -> tuple[str, ...]:
    """What says of which row the cases are, and is no filter of theirs: of several days, these days."""
    return ("target", "days") if any(keys[name] is None for name in picture.optional) else ("target",)


def _key_text(reader: PageReader, name: str, value: str | int | date | None, which: PictureFilter) -> str:
    match name, value:
        case "month", date():
            return reader.month(value)
        case _, date():
            return reader.day(value)
        case "weekday", int():
            return reader.weekday(min(max(value, 1), 7))
        case "hour", int():
            return f"{value:02d}:00–{value:02d}:59"
        case "agent", None:
            return reader.gettext("nobody")
        case _, None:
            return span_text(DaysShown(which.since, which.until), reader)
        case "level", "":
            return reader.gettext("whole case")
        case "place", int():
            return reader.word("age", AGES[value - 1]) if 0 < value <= len(AGES) else ""
        case _, str() if name in _KINDS:
            return reader.word(_KINDS[name], value)
        case _:
            return str(value)


PAGES: tuple[AnyPage, ...] = tuple(
    SitePage(
        f"{one.path}/cases",
        "operations",
        (Scope.ANALYST,),
        OfFigure,
        "operations/behind.html",
        partial(load_behind, shown=one),
    )
    for one in PICTURES
)
