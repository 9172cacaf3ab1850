"""What a step of the log is in a case of the business, as the case stands: who does what."""

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
from casecore.synthetic.shapes import Step, read_shapes


class Who(Enum):
    """Who does it: the customer, or an agent of the level whose turn it is then."""

    CUSTOMER = "customer"
    TURN = "turn"


class Deed(NamedTuple):
    """Something done: at once, or after a share of the hour that follows, or where it is `waited_for`, of all
    the time up to the next step."""

    who: Who
    do: c.PlainAction
    share: float = 0.0
    waited_for: bool = False


# What the log does not tell; it knows one level, few hand-overs, and no messages.
STRAIGHT_TO_THE_VENDOR, UP, BACK = 0.5, 0.4, 0.35
"""Of level 1 topics when they are opened; of cases that somebody else takes in charge, by their level."""
NAMED_AT_ONCE, TOLD, ASKED_INSIDE, COUNTED = 0.7, 0.4, 0.5, 0.7
"""How often taking names the agent, a message follows, an escalation is explained, and effort recorded."""
ANSWERED, RESUMED = 0.6, 0.15
"""How often a waiting ends by the customer's answer, and by the agent; else the next move ends it."""

_CODES = Weighted[c.ResolutionCode](
    {"solved": 70, "explained": 12, "workaround": 10, "no_fault_found": 5, "cannot_be_solved": 3}
)
_LAST = 0.98
"""Shortly before the next step."""


def deeds(step: Step, case: Case, earlier: str | None, draws: Draws) -> list[Deed]:
    """What a step is in a case that has not ended, in order; `earlier` is the reference of another case."""
    match step:
        case Step.OPEN:
            return []
        case Step.PRIORITY:
            priority = draws.weighted(_OTHER_PRIORITIES[case.standing.priority])
            return [Deed(Who.TURN, c.ChangePriority(priority=priority))]
        case Step.TAKE:
            return _take(case, draws)
        case Step.WAIT:
            return _wait(case, draws)
        case Step.ESCALATE | Step.HAND_BACK | Step.RESOLVE:
            return [*_begin(case, draws), *_finish(step, case, draws)]
        case Step.CLOSE:
            return _close(case, draws)
        case Step.CANCEL:
            return _cancel(case, earlier, draws)
        case Step.NOTE:
            return [_inside(case, draws) if draws.chance(0.5) else _tell(draws)]
        case _:
            assert_never(step)


def _priorities(but: Priority) -> Weighted[Priority]:
    given = read_shapes().priorities
    return Weighted({priority: given[priority.value] for priority in Priority if priority is not but})


_OTHER_PRIORITIES = {priority: _priorities(but=priority) for priority in Priority}


def _take(case: Case, draws: Draws) -> list[Deed]:
    """The first one takes the case; with a further one it changes hands."""
    standing = case.standing
    if standing.state is State.OPENED:
        topic = TOPICS[standing.topic]
        if topic.level is Level.LEVEL_1 and draws.chance(STRAIGHT_TO_THE_VENDOR):
            return [Deed(Who.CUSTOMER, c.EscalateCase()), *_arrive(draws)]
        told = [_tell(draws)._replace(share=draws.share())] if draws.chance(TOLD) else []
        if draws.chance(NAMED_AT_ONCE):
            return [*_begin(case, draws), *told]
        return [Deed(Who.TURN, c.TakeCase()), *_arrive(draws), *told]
    if standing.state is State.RESOLVED:
        return _begin(case, draws)
    if standing.level is Level.LEVEL_0 and draws.chance(UP):
        return _escalate(case, draws)
    if standing.level is Level.LEVEL_1 and draws.chance(BACK):
        return _hand_back(case, draws)
    return [_assign(draws, standing.agent)]


def _finish(
    step: Literal[Step.ESCALATE, Step.HAND_BACK, Step.RESOLVE], case: Case, draws: Draws
) -> list[Deed]:
    """How somebody who works on a case is done with it."""
    match step:
        case Step.ESCALATE:
            return _escalate(case, draws)
        case Step.HAND_BACK:
            return _hand_back(case, draws)
        case Step.RESOLVE:
            return _resolve(draws)


def _begin(case: Case, draws: Draws) -> list[Deed]:
    """What the log leaves out where somebody works on a case that nobody has, or that was resolved."""
    if case.standing.state is State.OPENED:
        return [Deed(Who.TURN, c.TakeCase(agent=draws.one_of(AGENTS)))]
    if case.standing.state is State.RESOLVED:
        who = Who.CUSTOMER if draws.chance(0.6) else Who.TURN
        return [Deed(who, c.ReopenCase(reason="It happens again")), _assign(draws)]
    return []


def _level(case: Case) -> Level:
    """Where the case is once somebody works on it."""
    at_first = Level.PARTNER if case.standing.category is Category.USER_SUPPORT else Level.LEVEL_0
    return case.standing.level or at_first


def _arrive(draws: Draws) -> Iterator[Deed]:
    """Until an agent is named the case is in hand-over."""
    yield _assign(draws)._replace(share=0.5 * draws.share())


def _assign(draws: Draws, but: str | None = None) -> Deed:
    return Deed(Who.TURN, c.AssignCase(agent=draws.one_of([agent for agent in AGENTS if agent != but])))


def _escalate(case: Case, draws: Draws) -> list[Deed]:
    explained = [_inside(case, draws)] if draws.chance(ASKED_INSIDE) else []
    up = [*explained, Deed(Who.TURN, c.EscalateCase(reason="A fault of the program")), *_arrive(draws)]
    match _level(case):
        case Level.LEVEL_0:
            return up
        case Level.LEVEL_1:
            return [_inside(case, draws)]
        case Level.PARTNER:  # what turns out to be technical starts at level 0 (domain.md, rule 3)
            technical = c.ReclassifyCase(category=Category.TECHNICAL_SUPPORT, topic="troubleshooting")
            return [Deed(Who.TURN, technical), Deed(Who.TURN, c.TakeCase()), *up]


def _hand_back(case: Case, draws: Draws) -> list[Deed]:
    if _level(case) is not Level.LEVEL_1:
        return [_tell(draws)]
    return [Deed(Who.TURN, c.HandBackCase(reason="The fault is mended")), *_arrive(draws)]


def _wait(case: Case, draws: Draws) -> list[Deed]:
    if case.standing.waiting_since is not None:
        return [_tell(draws)]
    waiting = [*_begin(case, draws), Deed(Who.TURN, c.WaitForCustomer())]
    ended = draws.share()
    if ended < ANSWERED:
        answer = c.PostMessage(text=draws.one_of(ANSWERS))
        waiting.append(Deed(Who.CUSTOMER, answer, share=_LAST * draws.share(), waited_for=True))
    elif ended < ANSWERED + RESUMED:
        waiting.append(Deed(Who.TURN, c.ResumeCase(), share=_LAST, waited_for=True))
    return waiting


def _resolve(draws: Draws) -> list[Deed]:
    code = draws.weighted(_CODES)
    summary = draws.one_of(SUMMARIES) if draws.chance(0.5) else None
    resolved = Deed(Who.TURN, c.ResolveCase(resolution_code=code, summary=summary))
    if not draws.chance(COUNTED):
        return [resolved]
    # Most take minutes, a few take hours.
    minutes = 5 * (1 + int(36 * draws.share() ** 3))
    return [Deed(Who.TURN, c.RecordEffort(minutes=minutes)), resolved]


def _close(case: Case, draws: Draws) -> list[Deed]:
    closed = Deed(Who.CUSTOMER if draws.chance(0.25) else Who.TURN, c.CloseCase())
    if case.standing.state is State.RESOLVED:
        return [closed]
    return [*_begin(case, draws), Deed(Who.TURN, c.ResolveCase(resolution_code="unstated")), closed]


def _cancel(case: Case, earlier: str | None, draws: Draws) -> list[Deed]:
    reopened = _begin(case, draws) if case.standing.state is State.RESOLVED else []
    if earlier is not None and draws.chance(0.5):
        return [*reopened, Deed(Who.TURN, c.CancelCase(duplicate_of=earlier))]
    return [*reopened, Deed(Who.CUSTOMER, c.CancelCase(reason="It was a mistake"))]


def _tell(draws: Draws) -> Deed:
    return Deed(Who.TURN, c.PostMessage(text=draws.one_of(MESSAGES)))


def _inside(case: Case, draws: Draws) -> Deed:
    """A message that the organisations of the case may read, and the customer may not."""
    readers = tuple(dict.fromkeys(party for party in (case.seller, case.vendor, case.partner) if party))
    text = draws.one_of(INTERNAL)
    return Deed(Who.TURN, c.PostMessage(text=text, audience=Audience.INTERNAL, readers=readers))
