"""Who gives a command, as people write it: ROLE:ORGANISATION:PERSON."""

from __future__ import annotations

from casecore.contract.envelope import Role
from casecore.decider.command import AN_ID, GivenActor
from casecore.decider.ids import fault_of_given_id
from casecore.errors.kinds import InvalidInput


class ActorMissing(InvalidInput):
    """Nobody is named who gives the command."""

    def __init__(self) -> None:
        super().__init__("who gives the command? Name ROLE:ORGANISATION:PERSON, or set CASECORE_ACTOR")


_ROLES = tuple(role.value for role in Role if role is not Role.SYSTEM)
"""The roles in which people and other programs act."""


def parse_actor(text: str) -> GivenActor:
    """ROLE:ORGANISATION:PERSON as an actor; raises ActorMissing and InvalidInput.

    In the role system only this program itself acts, with actors that its code names.
    """
    if not text:
        raise ActorMissing
    parts = text.split(":", 2)
    right = f"give ROLE:ORGANISATION:PERSON, with a role of {', '.join(_ROLES)}"
    if parts[0] == Role.SYSTEM.value:
        raise InvalidInput(
            f"{text!r} is the system, in whose role only the installation's own runs and its importer act: "
            f"{right}"
        )
    if len(parts) != 3 or parts[0] not in _ROLES or not all(parts):
        raise InvalidInput(f"{text!r} is not an actor: {right}")
    return GivenActor(person=parts[2], organisation=parts[1], role=Role(parts[0]))


def parse_on_behalf_of(text: str) -> GivenActor | None:
    """ROLE:ORGANISATION:PERSON as who asked for what the system does; None if nobody is named.

    Raises InvalidInput, also for ids that no command may have: a run would find them out only on its way.
    """
    if not text:
        return None
    named = parse_actor(text)
    check_actor_ids(named)
    return named


def check_actor_ids(actor: GivenActor) -> None:
    """Raise InvalidInput for an organisation or a person that is not an id, and say what one is."""
    for what, value in (("organisation", actor.organisation), ("person", actor.person)):
        if fault_of_given_id(value) is not None:
            raise InvalidInput(f"the {what} is {value[:120]!a}: {AN_ID} is needed")
