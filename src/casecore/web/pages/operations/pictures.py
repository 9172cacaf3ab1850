"""The twelve pictures as the page shows them: their names, what they are good for, and how they are drawn."""

from __future__ import annotations

from typing import NamedTuple

from casecore.app.pictures import catalogue as of_app
from casecore.app.pictures.catalogue import Picture
from casecore.http.problems import InvalidRequest
from casecore.identity.identity import Scope
from casecore.web.pages.operations.asked import (
    DaysShown,
    OfCases,
    filter_of,
    moved_of,
    query_of,
    span_of,
)
from casecore.web.pages.operations.drawn.arrivals import draw_arrivals
from casecore.web.pages.operations.drawn.customers import draw_effort
from casecore.web.pages.operations.drawn.daily import draw_flow, draw_states
from casecore.web.pages.operations.drawn.holding import draw_ages, draw_due, draw_held, draw_load
from casecore.web.pages.operations.drawn.monthly import draw_hand_overs, draw_times
from casecore.web.pages.operations.drawn.shares import draw_first_level, draw_promises
from casecore.web.pages.operations.sketch import Draws, PictureSubject, Sketch
from casecore.web.pages.page import Look
from casecore.web.rendering.reader import PageReader
from casecore.web.rendering.words import N_
from projections.pictures.asked import PictureFilter
from projections.workload.pictures import MovedDays

DEFAULT_TARGET = 95.0
_HUNDRED = 100


class ShownPicture(NamedTuple):
    """A picture on the page: `about` says how to read it, `by_month` whether its days are whole years."""

    picture: Picture
    title: str
    about: str
    draws: Draws
    by_month: bool = False

    @property
    def path(self) -> str:
        """Where it is."""
        return f"/operations/{self.picture.name}"

    @property
    def has_target(self) -> bool:
        """Whether it is compared with a target."""
        return self.picture is of_app.PROMISES_KEPT

    @property
    def not_filtered(self) -> tuple[str, ...]:
        """What the address may say for other pictures, and does not matter to this one."""
        days = () if self.picture.of_days else ("days",)
        return days if self.has_target else (*days, "target")


class Drawn(NamedTuple):
    """A picture with what it is of."""

    which: PictureFilter
    days: DaysShown
    sketch: Sketch


PICTURES = (
    ShownPicture(
        of_app.DUE_BY_HOLDER,
        N_("What falls due"),
        N_("Open cases by who has them, each by its most pressing promise. Red needs somebody now."),
        draw_due,
    ),
    ShownPicture(
        of_app.BACKLOG_FLOW,
        N_("Backlog and its flow"),
        N_("While more comes in than goes out, the backlog grows. Days are in Europe/Berlin."),
        draw_flow,
    ),
    ShownPicture(
        of_app.PROMISES_KEPT,
        N_("Promises kept"),
        N_("Of the promises decided in a month, how many were met. A point leads to those that were missed."),
        draw_promises,
        by_month=True,
    ),
    ShownPicture(
        of_app.HELD_TIMES,
        N_("Where the time goes"),
        N_("Who had the cases opened on these days, and how long: the parts add up to the age of the cases."),
        draw_held,
        by_month=True,
    ),
    ShownPicture(
        of_app.OPEN_AGES,
        N_("Age of what is open"),
        N_("How long open cases have been open, and at which level they are now."),
        draw_ages,
    ),
    ShownPicture(
        of_app.AGENT_LOAD,
        N_("Load of agents"),
        N_("Who has how many open cases, and what nobody has. Hatched cases wait for the customer."),
        draw_load,
    ),
    ShownPicture(
        of_app.ARRIVALS,
        N_("When cases come in"),
        N_("Cases opened or reopened, by weekday and hour in Europe/Berlin. Stronger colour: more of them."),
        draw_arrivals,
        by_month=True,
    ),
    ShownPicture(
        of_app.FIRST_LEVEL,
        N_("First-level resolution"),
        N_("Of a seller's technical cases resolved in a month, how many never went to level 1."),
        draw_first_level,
        by_month=True,
    ),
    ShownPicture(
        of_app.HAND_OVERS,
        N_("Hand-overs and reopenings"),
        N_("How often cases go up to level 1 and come back, and how many are reopened."),
        draw_hand_overs,
        by_month=True,
    ),
    ShownPicture(
        of_app.CLOCK_TIMES,
        N_("How long it takes"),
        N_("In opening hours, without waiting for the customer."),
        draw_times,
        by_month=True,
    ),
    ShownPicture(
        of_app.CUMULATIVE_FLOW,
        N_("Cumulative flow"),
        N_("Cases in each state at the end of each day. A band that widens is where work piles up."),
        draw_states,
    ),
    ShownPicture(
        of_app.CUSTOMER_EFFORT,
        N_("Effort and fees"),
        N_("Hours spent on a customer's cases, beside the maintenance fees of its packages that fell due."),
        draw_effort,
        by_month=True,
    ),
)
"""In the order in which people use them."""


def draw_picture(shown: ShownPicture, look: Look, asked: OfCases, moved: MovedDays | None = None) -> Drawn:
    """A picture of what is asked; raises InvalidRequest and what its query raises.

    `moved` is when anything happened to these cases, if that is known already.
    """
    picture = shown.picture
    which, days = filter_of(asked, look), DaysShown()
    if picture.of_days:
        days = span_of(asked, look, moved or moved_of(look, which), by_month=shown.by_month)
        which = which._replace(since=days.since, until=days.until)
    subject = PictureSubject(
        app=look.app,
        viewer=look.viewer,
        is_accountant=look.identity.has(Scope.ACCOUNTANT),
        picture=picture,
        rows=look.app.ask(picture.rows, which, look.viewer),
        which=which,
        span=days,
        reader=PageReader(look.times.language),
        times=look.times,
        target=target_of(asked),
        narrow=lambda since, until: shown.path + query_of(asked, since=since, until=until, wall=""),
    )
    return Drawn(which, days, shown.draws(subject))


def target_of(asked: OfCases) -> float:
    """The share of hundred to compare with; raises InvalidRequest."""
    if not asked.target:
        return DEFAULT_TARGET
    try:
        found = float(asked.target.replace(",", "."))
    except ValueError:
        found = -1.0
    if not 0 <= found <= _HUNDRED:
        raise InvalidRequest(f"target is {asked.target[:50]!r}: write a number from 0 to 100, such as 95")
    return found
