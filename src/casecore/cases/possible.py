"""What somebody can do with a case now, and why not with the rest: each action is decided, and not given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from casecore.cases import commands as c
from casecore.cases.decide import decide_action
from casecore.cases.state import Case
from casecore.cases.topics import TOPICS
from casecore.contract.cases import Category, Priority
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context
from casecore.decider.refusal import FieldRefusal, Refusal


class PossibleAction(NamedTuple):
    """An action on a case: `refusal` is why it is not possible, None if it is.

    `changes` is whether it would change anything: to let a case wait that waits already is possible, and
    does nothing.
    """

    verb: str
    refusal: Refusal | None
    changes: bool

    @property
    def is_open(self) -> bool:
        """Whether there is a point in doing it."""
        return self.refusal is None and self.changes


def possible_actions(case: Case, actor: GivenActor, context: Context) -> tuple[PossibleAction, ...]:
    """All that a person may ever do to a case, in the order of its life, as it would be decided.

    What depends on what somebody fills in is not refused for what is not filled in yet.
    """
    return tuple(_possible(case, actor, do, context) for do in _examples(case, actor))


def _possible(case: Case, actor: GivenActor, do: c.PlainAction, context: Context) -> PossibleAction:
    try:
        made = decide_action(case, case.reference, actor, do, context)
    except FieldRefusal:
        return PossibleAction(do.verb, None, changes=True)
    except Refusal as refusal:
        return PossibleAction(do.verb, refusal, changes=False)
    return PossibleAction(do.verb, None, changes=made is not None)


def _examples(case: Case, actor: GivenActor) -> Iterator[c.PlainAction]:
    """Each action, filled in so that it changes something where anything can be changed."""
    yield c.TakeCase(agent=actor.person)
    yield c.AssignCase(agent=_another(case.standing.agent))
    yield c.EscalateCase()
    yield c.HandBackCase()
    yield c.WaitForCustomer()
    yield c.ResumeCase()
    yield c.PostMessage(text="-")
    yield c.RecordEffort(minutes=1)
    yield c.ResolveCase(resolution_code="solved")
    yield c.ReopenCase()
    yield c.CloseCase()
    yield c.ChangePriority(priority=_another_priority(case.standing.priority))
    yield c.ReclassifyCase(category=Category.TECHNICAL_SUPPORT, topic=_another_topic(case.standing.topic))
    yield c.CancelCase(reason="-")


def _another(agent: str | None) -> str:
    return "a" if agent != "a" else "b"


def _another_priority(priority: Priority) -> Priority:
    return next(one for one in Priority if one is not priority)


def _another_topic(topic: str) -> str:
    return next(
        one.id for one in TOPICS.values() if one.id != topic and one.category is Category.TECHNICAL_SUPPORT
    )
