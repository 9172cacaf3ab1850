"""Given, when, then for every decider: given what happened, when a command comes, then events, or a refusal.

    spec = DeciderSpec(PARTIES, vendor="vendor", now=NOON)
    spec.given(register()).when(change(city="Bonn")).then(PartyChanged)
    spec.given(register()).when(register()).then_nothing()
    spec.given().when(change()).then_refused(PartyUnknown, "register it first", at_fault="party")

Each command and event is checked against the laws of every decider too (`tests.decider.laws`); long random
histories that are about something else say `is_checked=False`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from msgspec.structs import replace

from casecore.contract.envelope import EventData, Fact
from casecore.decider.command import Command, GivenActor
from casecore.decider.decider import NOTHING, Context, Decider, Decision
from casecore.decider.refusal import Refusal
from tests.decider.laws import checked, facts_of, plain_fact

StateT = TypeVar("StateT")
CommandT = TypeVar("CommandT", bound=Command)
EventT = TypeVar("EventT", bound=EventData)

Related: TypeAlias = Mapping[UUID, Any]


@dataclass(frozen=True)
class DeciderSpec(Generic[StateT, CommandT]):
    """The specification of one decider, at the time `now`.

    A command without a time happens `pace` after the latest one before it, the first at `first_at` (or now).
    `read` finds the value of a name in an event; `law` checks what holds for the state after each of them.
    `registered_only` is as in the Context.
    """

    decider: Decider[StateT, CommandT]
    vendor: str
    now: datetime
    first_at: datetime | None = None
    pace: timedelta = timedelta(0)
    read: Callable[[EventData, str], object] = getattr
    law: Callable[[StateT, EventData], None] = lambda *_: None
    is_checked: bool = True
    registered_only: bool = False

    def given(
        self, *history: EventData | CommandT, state: StateT | None = None, related: Related = NOTHING
    ) -> Given[StateT, CommandT]:
        """A stream after events and accepted commands, from a state on; `related` are the other streams."""
        stream = Given(self, state, related)
        for one in history:
            stream.happened(one) if isinstance(one, EventData) else stream.accept(one)
        return stream


class Given(Generic[StateT, CommandT]):
    """A stream with a history; it takes one command after the other, and is asked what followed from each."""

    def __init__(self, spec: DeciderSpec[StateT, CommandT], state: StateT | None, related: Related) -> None:
        self.state = state
        self.related = related
        self.decision = Decision(())
        self.refusal: Refusal | None = None
        self._spec = spec
        self._decider = checked(spec.decider) if spec.is_checked else spec.decider
        self._next_at = spec.first_at or spec.now
        self._is_expected = False

    def happened(self, event: EventData) -> None:
        """The stream has this event too."""
        self._evolve(plain_fact(event, self._next_at))

    def when(self, command: CommandT) -> Given[StateT, CommandT]:
        """A command comes. A refusal leaves the state as it is, and must be expected before the next one."""
        assert self.refusal is None or self._is_expected, f"refused: {self.refusal}"
        self.decision, self.refusal, self._is_expected = Decision(()), None, False
        spec = self._spec
        at = command.occurred_at or self._next_at
        self._next_at = max(self._next_at, at + spec.pace)
        # As the bus does: a decider sees the streams that it names, and no others.
        related = {each: self.related.get(each) for each in self._decider.related_streams(command)}
        context = Context(spec.now, at, spec.vendor, related, spec.registered_only)
        try:
            self.decision = self._decider.decide(self.state, command, context)
        except Refusal as refusal:
            self.refusal = refusal
        for fact in facts_of(command, self.decision, context):
            self._evolve(fact)
        return self

    def attempt(self, command: CommandT) -> tuple[EventData, ...] | None:
        """The events that a command leads to; None if it is refused, which is as expected."""
        self.when(command)
        self._is_expected = True
        return self.decision.events if self.refusal is None else None

    def accept(self, command: CommandT) -> tuple[EventData, ...]:
        """The events that a command leads to; raises the Refusal."""
        return self.when(command).made()

    def made(self) -> tuple[EventData, ...]:
        """The events that followed; raises the Refusal."""
        if self.refusal is not None:
            self._is_expected = True
            raise self.refusal
        return self.decision.events

    def then(self, *expected: EventData | type[EventData], **values: object) -> Given[StateT, CommandT]:
        """These events followed, or events of these types; the last one has these values."""
        assert self.refusal is None, f"refused: {self.refusal}"
        made = self.decision.events
        assert len(made) == len(expected), made
        for event, one in zip(made, expected, strict=True):
            assert type(event) is one if isinstance(one, type) else event == one, event
        for name, value in values.items():
            assert self._spec.read(made[-1], name) == value, name
        return self

    def then_one(self, kind: type[EventT]) -> EventT:
        """The one event that followed, which is of this type."""
        [made] = self.then(kind).decision.events
        assert isinstance(made, kind)
        return made

    def then_nothing(self) -> Given[StateT, CommandT]:
        """No event followed, since nothing changes."""
        return self.then()

    def then_refused(self, kind: type[Refusal], *words: str, **fields: object) -> Given[StateT, CommandT]:
        """It was refused for that reason; the text has these words, and the refusal these fields."""
        assert self.refusal is not None, f"made {self.decision.events}"
        assert type(self.refusal) is kind, self.refusal
        assert all(word in str(self.refusal) for word in words), str(self.refusal)
        for name, value in fields.items():
            assert getattr(self.refusal, name) == value, name
        self._is_expected = True
        return self

    def _evolve(self, fact: Fact[EventData]) -> None:
        self.state = self._decider.evolve(self.state, fact)
        self._spec.law(self.state, fact.data)


def by(actor: GivenActor, command: CommandT) -> CommandT:
    """The command, given by this actor."""
    return replace(command, actor=actor)
