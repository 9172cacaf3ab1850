"""A case: what it is, where it stands, what can be done now, who had it, its clocks and its timeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from casecore.app.case_actions import actions_on_case
from casecore.app.seen.case import CaseLook, CaseNotInViews, look_at_case
from casecore.app.seen.past_case import PastCase, past_case
from casecore.app.seen.resolutions import SeenResolution, look_at_resolutions
from casecore.app.seen.timeline import SeenEvent, is_known, look_at_timeline
from casecore.app.service_levels.as_of import AsOf
from casecore.app.service_levels.case_as_of import ClockInTimes, case_as_of
from casecore.cases.permissions import PERMISSIONS
from casecore.cases.possible import PossibleAction
from casecore.cases.topics import TOPICS
from casecore.clocks.explanation import Stretch
from casecore.contract.cases import State
from casecore.contract.envelope import Role
from casecore.contract.personal import Plain, Sealed, legible
from casecore.identity.identity import Scope
from casecore.web.live.unshown import about_case
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.pages.past_case import query_of, read_as_of
from casecore.web.pages.ticking import ticking_now
from casecore.web.rendering.bars import Bar
from casecore.web.rendering.clock_bars import bar_of_clock
from casecore.web.rendering.countdown import Countdown
from casecore.web.rendering.custody import Custodies, custodies_of
from casecore.web.rendering.not_now import reason_of
from casecore.web.rendering.words import WORDS
from projections.sla.queries import ClockAnswer
from projections.timeline.queries import TimelineEvent
from projections.workload.tables import CaseRow

_LAST_EVENTS, _MOST_EVENTS = 100, 1_000
"""Of a case's timeline: at first, and where all are asked for."""


class CaseAsked(PageAsked, frozen=True):
    """Which case; `done` is what was just done with it, up to which `version`.

    `at` and `recorded_by` are instants, in the page's zone unless they name one: what had happened by then,
    as it was known by then. `events` is `all` for more than the last ones.
    """

    case: str
    done: str = ""
    version: int = 0
    at: str = ""
    recorded_by: str = ""
    events: str = ""


class Promise(NamedTuple):
    """What an event of service levels is about; empty, or None, for what it does not name."""

    clock: str
    level: str | None
    percent: int | None
    policy: str


class TimelineEntry(NamedTuple):
    """An event of the timeline: `text` is what somebody wrote, empty for nothing; `is_late` is whether it was
    recorded after something that happened later.

    `resolution` is the code by which it resolved the case, `duplicate_of` the other case as whose duplicate
    it was cancelled; each is empty where there is none.
    """

    event: TimelineEvent
    text: str
    readers: tuple[str, ...]
    changed: dict[str, Any]
    is_late: bool
    promise: Promise
    resolution: str
    duplicate_of: str


class ShownClock(NamedTuple):
    """A clock, how it counts from now on, and its times as a bar, None where no time passed.

    `is_closed` is whether it stood still because its calendar was closed, at the instant that the page is of.
    """

    clock: ClockAnswer
    countdown: Countdown | None
    bar: Bar | None
    is_closed: bool


class CasePage(NamedTuple):
    """A case as it stands, or as it stood; `actions` by their verbs, `topics` all that a case can be about.

    `not_now` is why an action is not possible now, by its verb, as a word. Of an action that is never a
    customer's it is not said to a customer.

    `then` says as of when, None for now: then there are no actions. `resolution` is how it was resolved, None
    while it is not. `done` is the verb of what was just done,
    empty for nothing. `agents` are those to whom it can be assigned by name, who looks first; `readers` may
    read an internal message. `earlier` is how many events before the first of these are left out.
    """

    case: CaseRow | PastCase
    then: AsOf | None
    asked: CaseAsked
    subject: str
    resolution: SeenResolution | None
    actions: Mapping[str, PossibleAction]
    not_now: Mapping[str, str]
    events: list[TimelineEntry]
    earlier: int
    clocks: list[ShownClock]
    custodies: Custodies
    done: str
    topics: tuple[str, ...]
    agents: tuple[str, ...]
    readers: tuple[str, ...]


class _Body(msgspec.Struct):
    data: dict[str, Any]


_decode = msgspec.json.Decoder(_Body).decode
_TEXTS = ("text", "subject", "reason", "summary", "note")


def load_case(look: Look, asked: CaseAsked) -> Shown:
    """A case as it stands, or as it stood at an instant, as known by another one."""
    then = read_as_of(asked.at, asked.recorded_by, look.times.zone)
    if then is None:
        return _case_now(look, asked)
    found = case_as_of(look.app, asked.case, then, look.viewer)
    events, earlier = _events(look, asked, found.known.version)
    known = [one for one in events if is_known(one.event, then)]
    case = past_case(found.known)
    return Shown(
        title=asked.case,
        content=CasePage(
            case=case,
            then=then,
            asked=asked,
            subject=_subject(known),
            resolution=_resolution(look, case, then),
            actions={},
            not_now={},
            events=list(reversed(known)),
            earlier=earlier,
            clocks=[_clock_then(one) for one in found.clocks],
            custodies=custodies_of(found.known, found.holders),
            done="",
            topics=(),
            agents=(),
            readers=(),
        ),
        api=f"/v1/cases/{quote(asked.case, safe='')}/standing?{query_of(then)}",
        is_of_the_past=True,
    )


def _case_now(look: Look, asked: CaseAsked) -> Shown:
    seen = look_at_case(look.app, asked.case, look.viewer)
    row = seen.row
    if row is None:
        raise CaseNotInViews(asked.case)
    found = case_as_of(look.app, asked.case, AsOf(look.now), look.viewer)
    events, earlier = _events(look, asked, seen.version)
    role = look.identity.actor.role
    actions = [
        one
        for one in actions_on_case(look.app, asked.case, look.identity.actor, look.viewer)
        if role is not Role.CUSTOMER or role in PERMISSIONS[one.verb]
    ]
    return Shown(
        title=asked.case,
        content=CasePage(
            case=row,
            then=None,
            asked=asked,
            subject=_subject(events),
            resolution=_resolution(look, row, None),
            actions={one.verb: one for one in actions},
            not_now={one.verb: reason_of(one, row, role) for one in actions if not one.is_open},
            events=list(reversed(events)),
            earlier=earlier,
            clocks=_clocks(look, found.clocks),
            custodies=custodies_of(found.known, found.holders),
            done=asked.done if _is_new(asked, seen) else "",
            topics=tuple(TOPICS),
            agents=_agents(look, row, events),
            readers=_each(row.seller, row.vendor, row.partner),
        ),
        api=f"/v1/cases/{quote(asked.case, safe='')}",
        about=about_case(asked.case),
    )


def _is_new(asked: CaseAsked, seen: CaseLook) -> bool:
    """Whether what was just done is the last that happened."""
    return asked.done in WORDS["done"] and seen.version <= asked.version


def _events(look: Look, asked: CaseAsked, version: int) -> tuple[list[TimelineEntry], int]:
    """The opening, and the last events up to a version; and how many in between are left out."""
    case, most = asked.case, _MOST_EVENTS if asked.events == "all" else _LAST_EVENTS
    after = max(0, version - most)
    found = look_at_timeline(look.app, case, look.viewer, after, most).events
    opening = look_at_timeline(look.app, case, look.viewer, 0, 1).events if after else []
    return _shown([*opening, *found]), max(0, after - 1)


def _subject(events: list[TimelineEntry]) -> str:
    return next((one.text for one in events if one.event.type == "opened"), "")


def _resolution(look: Look, case: CaseRow | PastCase, then: AsOf | None) -> SeenResolution | None:
    """How it was resolved, of a case that is resolved or was closed."""
    if case.state not in (State.RESOLVED.value, State.CLOSED.value):
        return None
    return look_at_resolutions(look.app, [case.reference], look.viewer, then).get(case.reference)


def _agents(look: Look, case: CaseRow, events: list[TimelineEntry]) -> tuple[str, ...]:
    """Who looks, and those of the organisation whose turn it is that have had a part in the case."""
    there = [one.event for one in events]
    agents = [event.agent for event in there if event.holder == case.organisation]
    people = [event.person for event in there if event.organisation == case.organisation]
    return _each(look.identity.actor.person, *agents, *people)


def _each(*names: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def _shown(events: list[SeenEvent]) -> list[TimelineEntry]:
    shown: list[TimelineEntry] = []
    latest = None
    for event, body in events:
        data = _decode(body).data
        is_late = latest is not None and event.occurred_at < latest
        latest = event.occurred_at if latest is None else max(latest, event.occurred_at)
        text = next((_legible(data[name]) for name in _TEXTS if data.get(name)), "")
        readers = tuple(data.get("readers", ()))
        changed = msgspec.json.decode(event.changed)
        entry = TimelineEntry(
            event=event,
            text=text,
            readers=readers,
            changed=changed,
            is_late=is_late,
            promise=_promise(data),
            resolution=str(data.get("resolution_code", "")),
            duplicate_of=str(data.get("duplicate_of") or ""),
        )
        shown.append(entry)
    return shown


def _promise(data: dict[str, Any]) -> Promise:
    policy = data.get("policy")
    return Promise(
        clock=str(data.get("clock", "")),
        level=data.get("level"),
        percent=data.get("percent"),
        policy=str(policy["id"]) if isinstance(policy, dict) and "id" in policy else "",
    )


def _legible(value: Any) -> str:
    return legible(msgspec.convert(value, Plain | Sealed)) or ""


def _clocks(look: Look, clocks: list[ClockInTimes]) -> list[ShownClock]:
    ticks = ticking_now(look, [one.clock for one in clocks])
    return [
        ShownClock(clock, countdown, bar_of_clock(one), is_closed=False)
        for (clock, countdown), one in zip(ticks, clocks, strict=True)
    ]


def _clock_then(one: ClockInTimes) -> ShownClock:
    is_closed = bool(one.lines) and one.lines[-1].what is Stretch.CLOSED
    return ShownClock(one.clock, None, bar_of_clock(one), is_closed)


PAGES: tuple[AnyPage, ...] = (
    SitePage("/cases/{case}", "cases", (Scope.AGENT,), CaseAsked, "case.html", load_case),
)
