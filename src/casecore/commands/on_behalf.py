"""A bus for those that act as the system: it names on whose behalf they do."""

from __future__ import annotations

from concurrent.futures import Future

from msgspec.structs import replace

from casecore.commands.batch import Answer
from casecore.commands.interface import Bus, Submitter
from casecore.contract.envelope import Role
from casecore.decider.command import Command, GivenActor


class OnBehalfSubmitter:
    """Hands commands over to another submitter; those of the system name on whose behalf they are given."""

    def __init__(self, inner: Submitter, on_behalf_of: GivenActor) -> None:
        self._inner = inner
        self._on_behalf_of = on_behalf_of

    def submit(self, command: Command) -> Future[Answer]:
        """As that of a Submitter."""
        return self._inner.submit(self.named(command))

    def named(self, command: Command) -> Command:
        """The command with on whose behalf it is given; that of a person is the person's own."""
        if command.actor.role is not Role.SYSTEM:
            return command
        return replace(command, on_behalf_of=self._on_behalf_of)


class OnBehalfBus(OnBehalfSubmitter):
    """The same for a bus."""

    def __init__(self, inner: Bus, on_behalf_of: GivenActor) -> None:
        super().__init__(inner, on_behalf_of)
        self._bus = inner

    def give(self, command: Command) -> Answer:
        """As that of a Bus."""
        return self._bus.give(self.named(command))


def submitter_for(inner: Submitter, on_behalf_of: GivenActor | None) -> Submitter:
    """What submits on somebody's behalf; on nobody's, it is the submitter itself."""
    return inner if on_behalf_of is None else OnBehalfSubmitter(inner, on_behalf_of)


def bus_for(inner: Bus, on_behalf_of: GivenActor | None) -> Bus:
    """What gives commands on somebody's behalf; on nobody's, it is the bus itself."""
    return inner if on_behalf_of is None else OnBehalfBus(inner, on_behalf_of)
