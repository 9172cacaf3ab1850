"""An address for each page of the site's own catalogue, so that none is forgotten, and who loads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote, urlencode

import psycopg

from bench.load import CUSTOMER
from bench.web.commands_beside import SELLER
from casecore.app.application import Application
from casecore.identity.identity import Scope
from casecore.web.pages.catalogue import PAGES
from casecore.web.pages.operations.drawn.customers import PACKAGES_PATH
from casecore.web.pages.operations.pictures import PICTURES, ShownPicture
from casecore.web.pages.page import AnyPage
from projections.pictures.asked import PictureFilter

OPERATIONS = "operations"
_LAST = 365
_ALL = 4 * _LAST
_FOUND: Mapping[str, str] = {
    "/cases/{case}": (
        "select reference from workload.cases where is_open and reference like 'HD-%' "
        "order by version desc, reference limit 1"
    ),
    "/money/buyers/{buyer}": "select seller from billing.settlements order by 1 limit 1",
    "/money/customers/{customer}": "select customer from billing.charges order by 1 limit 1",
    "/money/documents/{number}": "select number from billing.documents order by 1 limit 1",
    "/money/explain/{figure:path}": "select number from billing.documents order by 1 limit 1",
    "/money/packages/{package}": "select package from billing.charges order by 1 limit 1",
    "/money/parties/{party}": "select seller from billing.settlements order by 1 limit 1",
    "/money/settlements/{seller}/{year}": (
        "select seller || '/' || year from billing.settlements order by 1 limit 1"
    ),
    "/service-levels/calendars/{calendar:path}": "select 'helpdesk'",
    "/service-levels/policies/{policy:path}": "select 'helpdesk-end-to-end'",
}
_ASKED: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "/cases": (
        {},
        {"ended": "yes"},
        {"ended": "yes", "sort": "-priority"},
        {"ended": "yes", "sort": "last_move_at"},
        {"level": "level_1"},
    ),
    "/money/runs/correct": ({"document": "select number from billing.documents order by 1 limit 1"},),
}
"""What is asked of pages besides, or instead of, their bare addresses."""

_WITHOUT_ROWS: Mapping[str, str] = {"customer": CUSTOMER.organisation}
"""The log knows no effort."""

_LEFT_OUT = ("/engine-room/quarantine/{view}",)
"""Nothing is parked here, and so there is nothing to show."""

_OF_A_RUN = "/money/runs/{operation}"

_PLACE = re.compile(r"\{[^}]+\}")


class Look(NamedTuple):
    """A page to load: as whom, at which address, and whether it is one of operations."""

    page: AnyPage
    who: str
    address: str

    @property
    def is_of_operations(self) -> bool:
        """Whether it may take a second."""
        return self.page.section == OPERATIONS


PEOPLE: Mapping[str, tuple[str, tuple[Scope, ...]]] = {
    "vendor": ("vendor:vendor:vera", (Scope.AGENT, Scope.ANALYST, Scope.ACCOUNTANT, Scope.OPERATOR)),
    "seller": (f"seller:{SELLER}:Value 2", (Scope.AGENT, Scope.ANALYST)),
}
"""Who looks: the vendor sees every case, and so does the help desk, but it is held to the rule."""


def unnamed_pages() -> list[str]:
    """The paths of pages with a place that nothing here fills: none, or the row would leave them out."""
    named = {*_FOUND, *_LEFT_OUT, _OF_A_RUN}
    return [page.path for page in PAGES if _PLACE.search(page.path) and page.path not in named]


def looks(app: Application, run: str) -> Iterator[Look]:
    """Each page, by whoever may see it of PEOPLE, and with whatever is asked of it.

    `run` is the address of a run of billing.
    """
    for page in PAGES:
        if page.path in _LEFT_OUT:
            continue
        for who in _who(page):
            if page.section == OPERATIONS:
                yield from (Look(page, who, page.path + query) for query in _of_operations(app, page))
            else:
                yield from (Look(page, who, address) for address in _addresses(app.database, page, run))


def _who(page: AnyPage) -> list[str]:
    """Both where they see cases, if they may look; what is of one alone, that one."""
    if page.section in ("cases", "work") or (page.section == OPERATIONS and not page.path.endswith("/cases")):
        return [who for who, (_, scopes) in PEOPLE.items() if set(scopes) & set(page.scopes)]
    return ["seller" if page.section == "service_levels" else "vendor"]


def _addresses(database: str, page: AnyPage, run: str) -> Iterator[str]:
    if page.path == _OF_A_RUN:
        yield run
        return
    path = page.path
    if _PLACE.search(path):
        found = _first(database, _FOUND[path])
        path = path[: path.index("{")] + quote(found)
    for query in _ASKED.get(page.path, ({},)):
        given = {
            name: _first(database, value) if value.startswith("select ") else value
            for name, value in query.items()
        }
        yield path + (f"?{urlencode(given)}" if given else "")


def _of_operations(app: Application, page: AnyPage) -> Iterator[str]:
    """As they are opened, and of all days; for the cases behind a picture, those of its highest figure.

    For the packages behind fees, those of a customer who may have none.
    """
    shown = next((one for one in PICTURES if page.path == f"{one.path}/cases"), None)
    if shown is not None:
        yield _behind(app, shown)
        return
    if page.path == PACKAGES_PATH:
        yield "?" + urlencode(_WITHOUT_ROWS)
        return
    yield ""
    today = datetime.now(UTC).date()
    yield "?" + urlencode({"since": today - timedelta(days=_ALL), "until": today})


def _behind(app: Application, shown: ShownPicture) -> str:
    picture, figure = shown.picture, shown.picture.figures[0]
    today = datetime.now(UTC).date()
    which = PictureFilter(since=today - timedelta(days=_LAST), until=today)
    rows = app.ask(picture.rows, which if picture.of_days else PictureFilter(), None)
    row = max(rows, key=lambda one: getattr(one, figure), default=None)
    keys = {name: getattr(row, name) if row else _WITHOUT_ROWS[name] for name in picture.keys}
    days = {"since": which.since, "until": which.until} if picture.of_days else {}
    given = {"figure": figure, **days, **keys}
    return "?" + urlencode({name: value for name, value in given.items() if value is not None})


def _first(database: str, query: str) -> str:
    with psycopg.connect(database) as connection:
        found = connection.execute(query.encode()).fetchone()
    if found is None:
        raise SystemExit(f"nothing to show: {query}")
    return str(found[0])
