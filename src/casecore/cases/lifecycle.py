"""The lifecycle of a case: one table of transitions, from which the diagram in docs/domain.md is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from transitions import Machine, MachineError

from casecore.cases.refusals import IllegalMove
from casecore.cases.topics import TOPICS
from casecore.contract.cases import Category, Level, Standing, State


class Transition(NamedTuple):
    """One row: a trigger, from where to where, and under which condition (a method of `_Subject`)."""

    trigger: str
    source: State
    target: State
    condition: str | None = None


AT_WORK = frozenset({State.RESELLER_L0, State.ESCALATED_L1, State.PARTNER_SUPPORT})
ENDED = frozenset({State.CLOSED, State.CANCELLED})

TRANSITIONS: tuple[Transition, ...] = (
    Transition("take", State.OPENED, State.RESELLER_L0, "technical"),
    Transition("take", State.OPENED, State.PARTNER_SUPPORT, "user_support"),
    Transition("escalate", State.OPENED, State.ESCALATED_L1, "level_1_topic"),
    Transition("escalate", State.RESELLER_L0, State.ESCALATED_L1),
    Transition("hand_back", State.ESCALATED_L1, State.RESELLER_L0),
    Transition("resolve", State.RESELLER_L0, State.RESOLVED),
    Transition("resolve", State.ESCALATED_L1, State.RESOLVED),
    Transition("resolve", State.PARTNER_SUPPORT, State.RESOLVED),
    Transition("close", State.RESOLVED, State.CLOSED),
    Transition("reopen", State.RESOLVED, State.RESELLER_L0, "was_at_level_0"),
    Transition("reopen", State.RESOLVED, State.ESCALATED_L1, "was_at_level_1"),
    Transition("reopen", State.RESOLVED, State.PARTNER_SUPPORT, "was_with_partner"),
    Transition("reclassify", State.OPENED, State.OPENED),
    Transition("reclassify", State.RESELLER_L0, State.OPENED),
    Transition("reclassify", State.ESCALATED_L1, State.OPENED),
    Transition("reclassify", State.PARTNER_SUPPORT, State.OPENED),
    Transition("cancel", State.OPENED, State.CANCELLED),
    Transition("cancel", State.RESELLER_L0, State.CANCELLED),
    Transition("cancel", State.ESCALATED_L1, State.CANCELLED),
    Transition("cancel", State.PARTNER_SUPPORT, State.CANCELLED),
)

LEVEL_AT = {
    State.RESELLER_L0: Level.LEVEL_0,
    State.ESCALATED_L1: Level.LEVEL_1,
    State.PARTNER_SUPPORT: Level.PARTNER,
}


@dataclass
class _Subject:
    """What a transition's condition looks at; `state` belongs to the machine."""

    state: str
    standing: Standing

    def technical(self) -> bool:
        return self.standing.category is Category.TECHNICAL_SUPPORT

    def user_support(self) -> bool:
        return self.standing.category is Category.USER_SUPPORT

    def level_1_topic(self) -> bool:
        topic = TOPICS.get(self.standing.topic)
        return topic is not None and topic.level is Level.LEVEL_1

    def was_at_level_0(self) -> bool:
        return self.standing.level is Level.LEVEL_0

    def was_at_level_1(self) -> bool:
        return self.standing.level is Level.LEVEL_1

    def was_with_partner(self) -> bool:
        return self.standing.level is Level.PARTNER


def _build_machine() -> Machine:
    machine = Machine(
        model=None,
        states=[state.value for state in State],
        initial=State.OPENED.value,
        auto_transitions=False,
    )
    for row in TRANSITIONS:
        machine.add_transition(row.trigger, row.source.value, row.target.value, conditions=row.condition)
    return machine


_machine = _build_machine()


def state_after(standing: Standing, trigger: str) -> State:
    """The state to which a trigger leads; raises IllegalMove, which names the legal triggers."""
    subject = _Subject(standing.state.value, standing)
    try:
        moved = _machine.events[trigger].trigger(subject)
    except MachineError:
        moved = False
    if not moved:
        raise IllegalMove(trigger, standing.state.value, legal_triggers(standing))
    return State(subject.state)


def legal_triggers(standing: Standing) -> tuple[str, ...]:
    """The triggers that can move a case with this standing, in the order of the table."""
    subject = _Subject(standing.state.value, standing)
    legal = (
        row.trigger
        for row in TRANSITIONS
        if row.source is standing.state and (row.condition is None or getattr(subject, row.condition)())
    )
    return tuple(dict.fromkeys(legal))


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.OPENED.value}: open"]
    for row in TRANSITIONS:
        condition = f" [{row.condition.replace('_', ' ')}]" if row.condition else ""
        lines.append(f"    {row.source.value} --> {row.target.value}: {row.trigger}{condition}")
    lines += [f"    {state.value} --> [*]" for state in State if state in ENDED]
    return "\n".join(lines)
