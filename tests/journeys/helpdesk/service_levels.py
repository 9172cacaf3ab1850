"""What policies like the help desk's say of its log, computed a second time from the documented rules.

It imports nothing of casecore or of the views, and adds up window by window of the office hours. Instants
and durations are whole seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.journeys.helpdesk.hours import Span, open_parts
from tests.journeys.helpdesk.stories import Phase, Story

FOREVER = 2**40
Seconds = int | Decimal  # computed here, or read from the program
Holder = tuple[str, str, str | None]
"""The responsible party of a case: the holder, the organisation, the agent."""


class Promise(NamedTuple):
    """One clock of a policy; targets in hours by priority, `warns_at` in percent of the target."""

    clock: str
    level: str | None
    hours: Mapping[str, int]
    pauses: bool = False
    warns_at: int | None = None


RESOLUTION = Promise(
    "resolution", None, {"low": 320, "normal": 240, "high": 160, "urgent": 80}, pauses=True, warns_at=80
)
HAND_OVER = Promise("hand_over", "level_0", dict.fromkeys(("low", "normal", "high", "urgent"), 4))
LEVEL_TIME = Promise(
    "level_time", "level_0", {"low": 240, "normal": 160, "high": 80, "urgent": 40}, pauses=True
)
"""What docs/service-levels/helpdesk-end-to-end.toml and helpdesk-level-0.toml promise."""


class Name(NamedTuple):
    """Which clock."""

    case: str
    clock: str
    level: str | None
    number: int


class Figures(NamedTuple):
    """A clock's figures; `missed_at` is when it became a miss, `warned_at` when it reached its warning.

    `warned_due_at` is when it was due then: if nothing more had happened.
    """

    priority: str
    target: Seconds
    status: str
    started_at: Seconds
    due_at: Seconds | None
    met_at: Seconds | None
    missed_at: Seconds | None
    elapsed: Seconds
    paused: Seconds
    warned_at: Seconds | None
    warned_due_at: Seconds | None = None


class _Run(NamedTuple):
    """When a clock ran; the last span ends with FOREVER while it does, else with how it stopped."""

    spans: Sequence[Span]
    end: str | None


def clocks(
    stories: Iterable[Story], at: int, promises: Sequence[Promise] = (RESOLUTION, HAND_OVER, LEVEL_TIME)
) -> dict[Name, Figures]:
    """Every clock of every case, at an instant after the last thing that happened."""
    return {
        Name(story.reference, promise.clock, promise.level, number): _figures(story, run, promise, at)
        for story in stories
        for promise in promises
        for number, run in enumerate(_runs(story, promise), start=1)
    }


def holders(story: Story, at: int) -> Counter[Holder]:
    """How long each party was responsible for a case; the sum is its age."""
    found = Counter[Holder]()
    for phase in story.phases:
        start, end = phase.start, at if phase.end is None else phase.end
        if phase.place == "resolved":
            found["resolved", phase.organisation, None] += end - start
            continue
        opened = _length(open_parts([(start, end)]))
        found[_holder(phase), phase.organisation, phase.agent] += opened
        found["outside_hours", phase.organisation, phase.agent] += end - start - opened
    return +found


def month(figures: Figures) -> date | None:
    """The month, in Berlin, in which a clock was decided; None if it is not."""
    decided_at = figures.met_at if figures.missed_at is None else figures.missed_at
    if decided_at is None:
        return None
    return datetime.fromtimestamp(int(decided_at), ZoneInfo("Europe/Berlin")).date().replace(day=1)


def _runs(story: Story, promise: Promise) -> list[_Run]:
    """When the clocks of one kind ran: a hand-over from each arrival, the others in all stays together."""
    places = ("opened", "level_0", "level_1") if promise.level is None else (promise.level,)
    stays = [list(stay) for inside, stay in groupby(story.phases, lambda s: s.place in places) if inside]
    runs = [_run(story, stay) for stay in stays]
    if promise.clock == "hand_over":
        return [_until_assigned(run, stay) for run, stay in zip(runs, stays, strict=True)]
    return [_Run([span for run in runs for span in run.spans], runs[-1].end)] if runs else []


def _run(story: Story, stay: Sequence[Phase]) -> _Run:
    start, end = stay[0].start, stay[-1].end
    if end is None:
        return _Run([(start, FOREVER)], None)
    cancelled = stay[-1] is story.phases[-1] and story.ended == "cancelled"
    return _Run([(start, end)], "cancelled" if cancelled else "met")


def _until_assigned(run: _Run, stay: Sequence[Phase]) -> _Run:
    assigned = [phase.start for phase in stay if phase.agent is not None]
    return _Run([(stay[0].start, assigned[0])], "met") if assigned else run


def _figures(story: Story, run: _Run, promise: Promise, at: int) -> Figures:
    """Judged under one priority after the other, until it is missed or nothing more is known."""
    start, stop = run.spans[0][0], run.spans[-1][1]
    waits = [span for span in _waits(story) if span[0] < stop] if promise.pauses else []
    going_on = [*run.spans[:-1], (run.spans[-1][0], FOREVER)]
    for since, until, priority in _terms(story, start, stop):
        target = promise.hours[priority] * 3_600
        due_at = _reached(going_on, waits, target)
        missed_at = None if due_at is None else _ran_past(run.spans, max(due_at, since), min(until, at))
        if missed_at is not None:
            break
    paused = run.end is None and promise.pauses and story.phases[-1].waits
    status = "missed" if missed_at is not None else run.end or ("paused" if paused else "running")
    known = [(a, min(b, at)) for a, b in run.spans]
    elapsed = _length(open_parts(known, waits))
    warned_at = None
    if promise.warns_at is not None:
        warned_at = _reached(going_on, waits, target * promise.warns_at // 100)
    warned = warned_at is not None and warned_at < stop and warned_at <= at
    return Figures(
        priority,
        target,
        status,
        start,
        None if status in ("paused", "cancelled") else due_at,
        stop if run.end == "met" else None,
        missed_at,
        elapsed,
        _length(open_parts(known)) - elapsed,
        warned_at if warned else None,
        _due_as_of(warned_at, run.spans, waits, target) if warned_at is not None and warned else None,
    )


def _due_as_of(at: int, ran: Sequence[Span], waits: Sequence[Span], target: int) -> int | None:
    """When it was due by what had happened by an instant; None if it waited then."""
    if any(start <= at < end for start, end in waits):
        return None
    begun = [span for span in ran if span[0] <= at]
    over = [span for span in waits if span[1] <= at]
    return _reached([*begun[:-1], (begun[-1][0], FOREVER)], over, target)


def _terms(story: Story, start: int, stop: int) -> Iterator[tuple[int, int, str]]:
    """From when until when which priority held; not those that ended before, or came after it stood."""
    changes = [(0, story.priorities[0][1]), *story.priorities[1:], (FOREVER, "")]
    for (since, priority), (until, _) in pairwise(changes):
        if until > start and (since <= start or since < stop):
            yield since, until, priority


def _waits(story: Story) -> list[Span]:
    return [(s.start, FOREVER if s.end is None else s.end) for s in story.phases if s.waits]


def _reached(spans: Sequence[Span], waits: Sequence[Span], duration: int) -> int | None:
    """The first instant at which so much was counted; None if that lies beyond the calendar."""
    left = duration
    for start, end in open_parts(spans, waits):
        if end - start >= left:
            return start + left
        left -= end - start
    return None


def _ran_past(spans: Sequence[Span], due_at: int, until: int) -> int | None:
    """When it first ran past an instant; None if it did not until another one."""
    for start, end in spans:
        if max(due_at, start) < min(end, until):
            return max(due_at, start)
    return None


def _length(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in spans)


def _holder(phase: Phase) -> str:
    if phase.waits:
        return "customer"
    return "hand_over" if phase.agent is None else phase.place
