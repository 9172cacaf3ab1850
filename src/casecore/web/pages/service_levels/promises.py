"""What is promised today: each policy with its targets, how far it was kept, and the calendars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date

from casecore.contract.service_levels import Policy
from casecore.service_levels.book import Book, PublishedCalendar
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.pages.service_levels.book import SCOPES, SECTION, seen_book, standing_of
from casecore.web.pages.service_levels.weeks import WeekLine, week_lines
from casecore.web.rendering.language import locale_of
from casecore.web.rendering.shares import percent, share_met
from casecore.web.rendering.words import N_
from projections.pictures.asked import PictureFilter
from projections.sla.pictures import PromiseMonth, promises_kept

_PER_PAGE = 25
_MONTHS = 3
_BERLIN = ZoneInfo("Europe/Berlin")


class PromisesShownOf(PageAsked, frozen=True):
    """The page goes on after the policy `after`."""

    after: str = ""


class PromiseShown(NamedTuple):
    """A policy as it is in force, or else its last version; `standing` says which."""

    policy: Policy
    standing: str


class CalendarShown(NamedTuple):
    """The last version of a calendar."""

    published: PublishedCalendar
    week: Sequence[WeekLine]


class KeptShown(NamedTuple):
    """How far a promise was kept in each of the last months: as text, and how many clocks that is of."""

    organisation: str
    level: str
    clock: str
    months: Sequence[tuple[str, int]]


class PromisesShown(NamedTuple):
    """What is promised; `next` is the policy after which the next page begins, empty if there is none."""

    promises: Sequence[PromiseShown]
    calendars: Sequence[CalendarShown]
    kept: Sequence[KeptShown]
    months: Sequence[str]
    kept_api: str
    next: str


def load_promises(look: Look, asked: PromisesShownOf) -> Shown:
    """The promises of the organisation of who looks."""
    book = seen_book(look)
    names = sorted(name for name in book.policies if name > asked.after)
    page = names[:_PER_PAGE]
    months = _last_months(look.now.astimezone(_BERLIN).date())
    kept = look.app.ask(promises_kept, PictureFilter(since=months[0]), look.viewer)
    locale = locale_of(look.times.language)
    return Shown(
        title=N_("Service levels"),
        content=PromisesShown(
            promises=[_promise(book, name, look) for name in page],
            calendars=[
                CalendarShown(versions[-1], week_lines(versions[-1].calendar, look.times.language))
                for _, versions in sorted(book.calendars.items())
            ],
            kept=_kept(kept, months, look.times.language),
            months=[format_date(one, "MMM y", locale=locale) for one in months],
            kept_api=f"/v1/service-levels/promises-kept?since={months[0]}",
            next=page[-1] if len(names) > len(page) else "",
        ),
        api="/v1/policies",
    )


def _promise(book: Book, name: str, look: Look) -> PromiseShown:
    versions = [one.policy for one in book.policies[name]]
    policy = book.in_force(name, look.now) or versions[-1]
    return PromiseShown(policy, standing_of(policy, versions, look.now))


def _last_months(today: date) -> list[date]:
    months = [today.replace(day=1)]
    while len(months) < _MONTHS:
        first = months[0]
        months.insert(
            0, first.replace(year=first.year - (first.month == 1), month=(first.month - 2) % 12 + 1)
        )
    return months


def _kept(found: Sequence[PromiseMonth], months: Sequence[date], language: str) -> list[KeptShown]:
    """The figures of each promise, month by month."""
    counts: dict[tuple[str, str, str], dict[date, tuple[int, int]]] = {}
    for one in found:
        by_month = counts.setdefault((one.organisation, one.level, one.clock), {})
        by_month[one.month] = one.met, one.missed
    return [
        KeptShown(*promise, [_text(by_month.get(month, (0, 0)), language) for month in months])
        for promise, by_month in sorted(counts.items())
    ]


def _text(counts: tuple[int, int], language: str) -> tuple[str, int]:
    share: Decimal | None = share_met(*counts)
    return percent(language, share), sum(counts)


PAGES: tuple[AnyPage, ...] = (
    SitePage(
        "/service-levels", SECTION, SCOPES, PromisesShownOf, "service_levels/promises.html", load_promises
    ),
)
