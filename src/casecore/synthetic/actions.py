"""What a step of the log is in a case of the business, by the case's state: which party does what."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Literal, NamedTuple, assert_never

from casecore.cases import commands as c
from casecore.cases.state import Case
from casecore.cases.topics import TOPICS
from casecore.contract.cases import Audience, Category, Level, Priority, State
from casecore.synthetic.draws import Draws, Weighted
from casecore.synthetic.names import AGENTS, ANSWERS, INTERNAL, MESSAGES, SUMMARIES
from casecore.synthetic.shapes import LogStep, read_shapes


class Performer(Enum):
    """Which party acts: the customer, or an agent of the level that has the case then."""

    CUSTOMER = "customer"
    LEVEL = "level"


class PlannedAction(NamedTuple):
    """An action of a party: after a `share` of the hour that follows, or if it is `waited_for`, of all the
    time up to the next step; at once if the share is 0."""

    performer: Performer
    do: c.PlainAction
    share: float = 0.0
    waited_for: bool = False


# What the log does not record: it has one level, few hand-overs, and no messages.
STRAIGHT_TO_THE_VENDOR, UP, BACK = 0.5, 0.4, 0.35
"""The shares of level 1 topics that skip level 0, and of cases that change hands by going up, or back."""
NAMED_AT_ONCE, MESSAGE_SENT, ASKED_INSIDE, COUNTED = 0.7, 0.4, 0.5, 0.7
"""How often taking names the agent, a message follows, an escalation is explained, and effort recorded."""
ANSWERED, RESUMED = 0.6, 0.15
"""How often the customer's answer ends a waiting, and how often the agent; else the next move ends it."""

_CODES = Weighted[c.ResolutionCode](
    {"solved": 70, "explained": 12, "workaround": 10, "no_fault_found": 5, "cannot_be_solved": 3}
)
_LAST = 0.98
"""The share of the time after which the next step is near."""


def actions_of(step: LogStep, case: Case, earlier: str | None, draws: Draws) -> list[PlannedAction]:
    """The actions that a step is in a case that has not ended, in order.

    `earlier` is the reference of another case, of which this one may be a duplicate.
    """
    match step:
        case LogStep.OPEN:
            return []
        case LogStep.PRIORITY:
            priority = draws.weighted(_OTHER_PRIORITIES[case.standing.priority])
            return [PlannedAction(Performer.LEVEL, c.ChangePriority(priority=priority))]
        case LogStep.TAKE:
            return _take(case, draws)
        case LogStep.WAIT:
            return _wait(case, draws)
        case LogStep.ESCALATE | LogStep.HAND_BACK | LogStep.RESOLVE:
            return [*_begin(case, draws), *_finish(step, case, draws)]
        case LogStep.CLOSE:
            return _close(case, draws)
        case LogStep.CANCEL:
            return _cancel(case, earlier, draws)
        case LogStep.NOTE:
            return [_inside(case, draws) if draws.chance(0.5) else _message(draws)]
        case _:
            assert_never(step)


def _priorities(but: Priority) -> Weighted[Priority]:
    given = read_shapes().priorities
    return Weighted({priority: given[priority.value] for priority in Priority if priority is not but})


_OTHER_PRIORITIES = {priority: _priorities(but=priority) for priority in Priority}


def _take(case: Case, draws: Draws) -> list[PlannedAction]:
    """The first such step takes the case; with a further one it changes hands."""
    standing = case.standing
    if standing.state is State.OPENED:
        topic = TOPICS[standing.topic]
        if topic.level is Level.LEVEL_1 and draws.chance(STRAIGHT_TO_THE_VENDOR):
            return [PlannedAction(Performer.CUSTOMER, c.EscalateCase()), *_arrive(draws)]
        message = [_message(draws)._replace(share=draws.share())] if draws.chance(MESSAGE_SENT) else []
        if draws.chance(NAMED_AT_ONCE):
            return [*_begin(case, draws), *message]
        return [PlannedAction(Performer.LEVEL, c.TakeCase()), *_arrive(draws), *message]
    if standing.state is State.RESOLVED:
        return _begin(case, draws)
    if standing.level is Level.LEVEL_0 and draws.chance(UP):
        return _escalate(case, draws)
    if standing.level is Level.LEVEL_1 and draws.chance(BACK):
        return _hand_back(case, draws)
    return [_assign(draws, standing.agent)]


def _finish(
    step: Literal[LogStep.ESCALATE, LogStep.HAND_BACK, LogStep.RESOLVE], case: Case, draws: Draws
) -> list[PlannedAction]:
    """How the party that works on a case ends its work."""
    match step:
        case LogStep.ESCALATE:
            return _escalate(case, draws)
        case LogStep.HAND_BACK:
            return _hand_back(case, draws)
        case LogStep.RESOLVE:
            return _resolve(draws)


def _begin(case: Case, draws: Draws) -> list[PlannedAction]:
    """What the log leaves out before work on a case that no level has taken, or that was resolved."""
    if case.standing.state is State.OPENED:
        return [PlannedAction(Performer.LEVEL, c.TakeCase(agent=draws.one_of(AGENTS)))]
    if case.standing.state is State.RESOLVED:
        performer = Performer.CUSTOMER if draws.chance(0.6) else Performer.LEVEL
        return [PlannedAction(performer, c.ReopenCase(reason="It happens again")), _assign(draws)]
    return []


def _level(case: Case) -> Level:
    """The level at which the case is worked on."""
    at_first = Level.PARTNER if case.standing.category is Category.USER_SUPPORT else Level.LEVEL_0
    return case.standing.level or at_first


def _arrive(draws: Draws) -> Iterator[PlannedAction]:
    """The agent is named later; until then the case is in hand-over."""
    yield _assign(draws)._replace(share=0.5 * draws.share())


def _assign(draws: Draws, but: str | None = None) -> PlannedAction:
    return PlannedAction(
        Performer.LEVEL, c.AssignCase(agent=draws.one_of([agent for agent in AGENTS if agent != but]))
    )


def _escalate(case: Case, draws: Draws) -> list[PlannedAction]:
    explained = [_inside(case, draws)] if draws.chance(ASKED_INSIDE) else []
    up = [
        *explained,
        PlannedAction(Performer.LEVEL, c.EscalateCase(reason="A fault of the program")),
        *_arrive(draws),
    ]
    match _level(case):
        case Level.LEVEL_0:
            return up
        case Level.LEVEL_1:
            return [_inside(case, draws)]
        case Level.PARTNER:  # what turns out to be technical starts at level 0 (domain.md, rule 3)
            technical = c.ReclassifyCase(category=Category.TECHNICAL_SUPPORT, topic="troubleshooting")
            return [
                PlannedAction(Performer.LEVEL, technical),
                PlannedAction(Performer.LEVEL, c.TakeCase()),
                *up,
            ]


def _hand_back(case: Case, draws: Draws) -> list[PlannedAction]:
    if _level(case) is not Level.LEVEL_1:
        return [_message(draws)]
    return [PlannedAction(Performer.LEVEL, c.HandBackCase(reason="The fault is mended")), *_arrive(draws)]


def _wait(case: Case, draws: Draws) -> list[PlannedAction]:
    if case.standing.waiting_since is not None:
        return [_message(draws)]
    waiting = [*_begin(case, draws), PlannedAction(Performer.LEVEL, c.WaitForCustomer())]
    ended = draws.share()
    if ended < ANSWERED:
        answer = c.PostMessage(text=draws.one_of(ANSWERS))
        waiting.append(
            PlannedAction(Performer.CUSTOMER, answer, share=_LAST * draws.share(), waited_for=True)
        )
    elif ended < ANSWERED + RESUMED:
        waiting.append(PlannedAction(Performer.LEVEL, c.ResumeCase(), share=_LAST, waited_for=True))
    return waiting


def _resolve(draws: Draws) -> list[PlannedAction]:
    code = draws.weighted(_CODES)
    summary = draws.one_of(SUMMARIES) if draws.chance(0.5) else None
    resolved = PlannedAction(Performer.LEVEL, c.ResolveCase(resolution_code=code, summary=summary))
    if not draws.chance(COUNTED):
        return [resolved]
    # Most take minutes, a few take hours.
    minutes = 5 * (1 + int(36 * draws.share() ** 3))
    return [PlannedAction(Performer.LEVEL, c.RecordEffort(minutes=minutes)), resolved]


def _close(case: Case, draws: Draws) -> list[PlannedAction]:
    closed = PlannedAction(Performer.CUSTOMER if draws.chance(0.25) else Performer.LEVEL, c.CloseCase())
    if case.standing.state is State.RESOLVED:
        return [closed]
    return [
        *_begin(case, draws),
        PlannedAction(Performer.LEVEL, c.ResolveCase(resolution_code="unstated")),
        closed,
    ]


def _cancel(case: Case, earlier: str | None, draws: Draws) -> list[PlannedAction]:
    reopened = _begin(case, draws) if case.standing.state is State.RESOLVED else []
    if earlier is not None and draws.chance(0.5):
        return [*reopened, PlannedAction(Performer.LEVEL, c.CancelCase(duplicate_of=earlier))]
    return [*reopened, PlannedAction(Performer.CUSTOMER, c.CancelCase(reason="It was a mistake"))]


def _message(draws: Draws) -> PlannedAction:
    return PlannedAction(Performer.LEVEL, c.PostMessage(text=draws.one_of(MESSAGES)))


def _inside(case: Case, draws: Draws) -> PlannedAction:
    """A message that the organisations of the case may read, and the customer may not."""
    readers = tuple(dict.fromkeys(party for party in (case.seller, case.vendor, case.partner) if party))
    text = draws.one_of(INTERNAL)
    return PlannedAction(
        Performer.LEVEL, c.PostMessage(text=text, audience=Audience.INTERNAL, readers=readers)
    )
