"""The cases behind a figure of a picture, as a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple, get_type_hints
from urllib.parse import urlencode

import msgspec

from casecore.app.pictures.catalogue import Picture
from casecore.http.problems import InvalidRequest
from casecore.identity.identity import Scope
from casecore.web.pages.operations.asked import OfCases, filter_of, query_of, span_of
from casecore.web.pages.operations.pictures import PICTURES, ShownPicture
from casecore.web.pages.page import AnyPage, Look, Shown, SitePage
from casecore.web.rendering.reader import PageReader
from casecore.web.rendering.words import N_
from projections.pictures.asked import Behind, CaseBehind
from projections.workload.pictures import MovedDays

_PER_PAGE = 100
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
    """The cases: `keys` say of which row they are, `times` whether a case counts more than once."""

    asked: OfFigure
    shown: ShownPicture
    figure: str
    keys: Sequence[str]
    cases: Sequence[CaseBehind]
    counts_more: bool
    picture_href: str
    next: str | None


def load_behind(look: Look, asked: OfFigure, shown: ShownPicture) -> Shown:
    """The cases behind a figure; raises InvalidRequest."""
    picture = shown.picture
    if asked.figure not in picture.figures:
        possible = ", ".join(picture.figures)
        raise InvalidRequest(f"figure is {asked.figure[:50]!r}; possible are: {possible}")
    keys = {name: _key(picture, name, getattr(asked, name)) for name in picture.keys}
    which = filter_of(asked, look)
    if picture.of_days:
        days = span_of(asked, look, MovedDays(None, None), by_month=shown.by_month)
        which = which._replace(since=days.since, until=days.until)
    behind = Behind(asked.figure, keys, _PER_PAGE + 1, asked.after)
    found = look.app.ask(picture.cases, which, behind, look.viewer)
    cases = found[:_PER_PAGE]
    given = {name: value for name, value in msgspec.structs.asdict(asked).items() if value}
    path = f"{shown.path}/cases"
    more = f"{path}?{urlencode({**given, 'after': cases[-1].reference})}" if len(found) > _PER_PAGE else None
    content = CasesBehindPage(
        asked=asked,
        shown=shown,
        figure=asked.figure,
        keys=[_key_text(PageReader(look.times.language), name, value) for name, value in keys.items()],
        cases=cases,
        counts_more=any(one.times != 1 for one in cases),
        picture_href=shown.path + query_of(_of_cases(asked, picture)),
        next=more,
    )
    given.pop("after", None)
    # A key that is empty is one of the row, as the level of a case as a whole is.
    given |= {name: getattr(asked, name) for name, value in keys.items() if value is not None}
    return Shown(N_("Cases behind a figure"), content, f"/v1/{picture.path}/cases?{urlencode(given)}")


def _of_cases(asked: OfFigure, picture: Picture) -> OfCases:
    """The picture's own filters: not those that are the row's."""
    names = {name for name in OfCases.__struct_fields__ if name not in picture.keys}
    return OfCases(**{name: getattr(asked, name) for name in names})


def _key(picture: Picture, name: str, text: str) -> str | int | date | None:
    kind: Any = get_type_hints(picture.row)[name]
    if not text and type(None) in getattr(kind, "__args__", ()):
        return None
    try:
        return msgspec.convert(text, kind, strict=False)  # type: ignore[no-any-return]
    except msgspec.ValidationError:
        raise InvalidRequest(
            f"{name} is {text[:50]!r}: follow a link of the picture {picture.name}"
        ) from None


def _key_text(reader: PageReader, name: str, value: str | int | date | None) -> str:
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
        case "level", "":
            return reader.gettext("whole case")
        case "place", _:
            return ""
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
