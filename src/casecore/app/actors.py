"""Who gives a command, as people write it: ROLE:ORGANISATION:PERSON."""

from __future__ import annotations

from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.errors.kinds import InvalidInput


class ActorMissing(InvalidInput):
    """Nobody is named who gives the command."""

    def __init__(self) -> None:
        super().__init__("who gives the command? Name ROLE:ORGANISATION:PERSON, or set CASECORE_ACTOR")


def parse_actor(text: str) -> GivenActor:
    """ROLE:ORGANISATION:PERSON as an actor; raises ActorMissing and InvalidInput."""
    if not text:
        raise ActorMissing
    parts = text.split(":", 2)
    roles = ", ".join(role.value for role in Role)
    if len(parts) != 3 or parts[0] not in {role.value for role in Role} or not all(parts):
        raise InvalidInput(f"{text!r} is not an actor: give ROLE:ORGANISATION:PERSON, with a role of {roles}")
    return GivenActor(person=parts[2], organisation=parts[1], role=Role(parts[0]))
