"""What holds for every decider, whatever it decides; `tests.decider.spec` checks it at each use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pickle import dumps
from typing import TypeVar
from uuid import UUID

from casecore.contract.envelope import Actor, EventData, Fact, Role
from casecore.contract.types import EVENT_TYPES
from casecore.decider.command import Command
from casecore.decider.decider import Context, Decider, Decision
from casecore.decider.refusal import FieldRefusal, Refusal

StateT = TypeVar("StateT")
CommandT = TypeVar("CommandT", bound=Command)

NO_ID = UUID(int=0)


def checked(decider: Decider[StateT, CommandT]) -> Decider[StateT, CommandT]:
    """The decider, held to the laws with each command and each fact."""
    return replace(
        decider, decide=partial(lawful_decision, decider), evolve=partial(lawful_evolution, decider)
    )


def lawful_decision(
    decider: Decider[StateT, CommandT], state: StateT | None, command: CommandT, context: Context
) -> Decision:
    """The decision; raises the Refusal. It is the same twice, and nothing that was given changes.

    A refusal has a code and a text, which names the field at fault and has no placeholder left.
    """
    before = dumps((state, command, context))
    first = _outcome(decider, state, command, context)
    as_answered = dumps(first)
    second = _outcome(decider, state, command, context)
    assert dumps((state, command, context)) == before, "decide has changed what it was given"
    assert first == second, "decide has answered the same command in two ways"
    assert dumps(first) == as_answered, "decide has changed an answer that it gave before"
    if isinstance(first, Decision):
        return first
    text = str(first)
    assert first.code != Refusal.code, f"the refusal has no code of its own: {text}"
    # A dataclass without a docstring gets its signature as one.
    is_said = text and not text.startswith(f"{type(first).__name__}(")
    assert is_said, f"the refusal has no text: {first.code}"
    assert "{" not in text, f"the refusal's text has a placeholder: {text}"
    if isinstance(first, FieldRefusal):
        assert first.at_fault in text, f"the refusal does not name {first.at_fault}: {text}"
    raise first


def lawful_evolution(
    decider: Decider[StateT, CommandT], state: StateT | None, fact: Fact[EventData]
) -> StateT:
    """The state after a fact: the same after its JSON is read again. The state before does not change."""
    body = EVENT_TYPES.encode(fact)
    read = EVENT_TYPES.decode(EVENT_TYPES.name_of(fact.data), body)
    assert read == fact, "the fact is not the same when it is read again"
    assert EVENT_TYPES.encode(read) == body, "the fact is not written the same way again"
    before = dumps(state)
    after = decider.evolve(state, fact)
    as_made = dumps(after)
    assert decider.evolve(state, read) == after, "evolve has made two states of the same fact"
    assert dumps(after) == as_made, "evolve has changed a state that it made before"
    assert dumps(state) == before, "evolve has changed the state before"
    return after


def plain_fact(event: EventData, at: datetime) -> Fact[EventData]:
    """A fact of an event that the system stored."""
    actor = Actor("somebody", "somewhere", Role.SYSTEM)
    return Fact(occurred_at=at, actor=actor, command_id=NO_ID, correlation_id=NO_ID, data=event)


def facts_of(command: Command, decision: Decision, context: Context) -> Iterator[Fact[EventData]]:
    """The facts of a decision, as the command bus stores them."""
    last = len(decision.events) - 1
    for place, data in enumerate(decision.events):
        yield Fact(
            occurred_at=context.occurred_at,
            actor=command.actor.as_actor(),
            command_id=command.command_id,
            correlation_id=command.correlation_id or command.command_id,
            causation_id=command.causation_id,
            implied=place < decision.implied,
            source=decision.source if place == last else None,
            data=data,
        )


def _outcome(
    decider: Decider[StateT, CommandT], state: StateT | None, command: CommandT, context: Context
) -> Decision | Refusal:
    try:
        return decider.decide(state, command, context)
    except Refusal as refusal:
        return refusal
