"""The form in which somebody tries a policy, and what came out: before, after, and the cases that change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from casecore.app.seen.subjects import look_at_subjects
from casecore.app.service_levels.what_if import MOST_CHARACTERS, ChosenCalendar
from casecore.app.service_levels.what_if_runs import RunStatus, WhatIfRun, WhatIfRuns
from casecore.contract.service_levels import Policy
from casecore.errors.kinds import CasecoreError
from casecore.evaluation.whatif import ClockChange, Result
from casecore.http.problems import InvalidRequest, problem_of
from casecore.identity.identity import Scope
from casecore.service_levels.policy_text import PlacedFault, written_policy
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.pages.service_levels.book import SCOPES, SECTION, seen_book
from casecore.web.rendering.refusals import said
from casecore.web.rendering.shares import count, percent, points, share_met
from casecore.web.rendering.times import LocalTimes
from casecore.web.rendering.words import N_


class WhatIfOf(PageAsked, frozen=True):
    """The published policy with which the form begins."""

    policy: str = ""


class WhatIfForm(NamedTuple):
    """The form: its text, what can be chosen, and what is wrong with what was typed."""

    text: str
    begins_with: str
    policies: Sequence[str]
    calendars: Sequence[ChosenCalendar]
    faults: Sequence[PlacedFault]
    most_characters: int


def load_what_if(look: Look, asked: WhatIfOf, faults: Sequence[PlacedFault] = ()) -> Shown:
    """The form, with a policy in it to begin with."""
    book = seen_book(look)
    begins_with = asked.policy if asked.policy in book.policies else ""
    text = written_policy(book.policies[begins_with][-1].policy) if begins_with else ""
    return Shown(
        title=N_("What if"),
        content=WhatIfForm(
            text=text,
            begins_with=begins_with,
            policies=sorted(book.policies),
            calendars=[
                ChosenCalendar(name, one.calendar.version)
                for name, versions in sorted(book.calendars.items())
                for one in reversed(versions)
            ],
            faults=faults,
            most_characters=MOST_CHARACTERS,
        ),
    )


def read_chosen(text: str) -> ChosenCalendar | None:
    """A calendar as the form names it, such as "1 office"; None for the one that the policy names."""
    if not text:
        return None
    version, _, name = text.partition(" ")
    if not (version.isascii() and version.isdigit() and len(version) < 8 and name):
        raise InvalidRequest("the calendar is none of the form: open its page again", "calendar")
    return ChosenCalendar(name, int(version))


class RunOf(PageAsked, frozen=True):
    """Which run."""

    run: str


class SideShown(NamedTuple):
    """How a clock fares: how many were met and missed, and the share that was met, as text."""

    met: str
    missed: str
    attained: str


class ClockCompared(NamedTuple):
    """A clock before and after; `change` in points, and whether it is better, None if it is the same."""

    clock: str
    level: str | None
    before: SideShown
    after: SideShown
    change: str
    is_better: bool | None


class RunShown(NamedTuple):
    """A run, and what came out, as far as it is done.

    `percent_done` is from 0 to 100, `opens_cases` whether who looks may open the pages of cases:
    only then there are `subjects`, of those that have one.
    """

    run: str
    status: str
    policy: Policy
    at: datetime
    percent_done: int
    kept_until: datetime | None
    failure: str
    cases: str
    cases_changed: int
    compared: Sequence[ClockCompared]
    changes: Sequence[ClockChange]
    beyond_calendar: int
    left_out: Sequence[str]
    opens_cases: bool
    subjects: Mapping[str, str]


def load_run(look: Look, asked: RunOf, runs: WhatIfRuns) -> Shown:
    """How far a run is, or what came out; raises WhatIfNotKept."""
    run = runs.find(asked.run, look.identity.actor)
    language, result = look.times.language, run.result or Result()
    opens_cases = Scope.AGENT in look.identity.scopes
    listed = {one.case for one in result.changes} if opens_cases else set()
    return Shown(
        title=N_("What if"),
        content=RunShown(
            run=run.id,
            status=run.status.value,
            policy=run.policy,
            at=run.at,
            percent_done=int(run.share * 100),
            kept_until=run.kept_until,
            failure=_failure(run, look.times),
            cases=count(language, result.cases),
            cases_changed=result.cases_changed,
            compared=_compared(result, language),
            changes=result.changes,
            beyond_calendar=result.uncovered,
            left_out=result.left_out,
            opens_cases=opens_cases,
            subjects=look_at_subjects(look.app, listed, look.viewer),
        ),
        api=f"/v1/service-levels/what-ifs/{run.id}",
    )


def _failure(run: WhatIfRun, times: LocalTimes) -> str:
    if run.status is not RunStatus.FAILED or run.error is None:
        return ""
    detail = problem_of(run.error).detail
    if not isinstance(run.error, CasecoreError):
        return detail
    return said(times.language, run.error, detail, times.zone)


def _compared(result: Result, language: str) -> list[ClockCompared]:
    found = []
    for (clock, level), before, after in result.clocks():
        was, now = (share_met(one.get("met", 0), one.get("missed", 0)) for one in (before, after))
        found.append(
            ClockCompared(
                clock=clock,
                level=level,
                before=_side(before, language),
                after=_side(after, language),
                change=points(language, was, now),
                is_better=None if was is None or now is None or was == now else now > was,
            )
        )
    return found


def _side(statuses: dict[str, int], language: str) -> SideShown:
    met, missed = statuses.get("met", 0), statuses.get("missed", 0)
    return SideShown(count(language, met), count(language, missed), percent(language, share_met(met, missed)))


FORM: AnyPage = SitePage(
    "/service-levels/what-if", SECTION, SCOPES, WhatIfOf, "service_levels/what_if.html", load_what_if
)


def run_page(runs: WhatIfRuns) -> AnyPage:
    """The page of a run: it is there while this server keeps it."""
    load = partial(load_run, runs=runs)
    return SitePage(f"{FORM.path}/{{run}}", SECTION, SCOPES, RunOf, "service_levels/what_if_run.html", load)


PAGES: tuple[AnyPage, ...] = (FORM,)
