"""Who gives a command, and the reference of a case that one opens."""

from __future__ import annotations

from uuid import uuid4

import pytest

from casecore.app.actors import ActorMissing, parse_actor
from casecore.app.cases import reference_of
from casecore.contract.envelope import Role
from casecore.errors.kinds import InvalidInput


def test_an_actor_is_role_organisation_and_person() -> None:
    actor = parse_actor("seller:nord:ida:2")
    assert (actor.role, actor.organisation, actor.person) == (Role.SELLER, "nord", "ida:2")


@pytest.mark.parametrize("text", ["seller", "seller:nord", "seller::ida", "boss:nord:ida", ":nord:ida"])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="give ROLE:ORGANISATION:PERSON, with a role of customer, seller"):
        parse_actor(text)


@pytest.mark.parametrize(
    "text", ["system:vendor:import", "system:casecore:billing-run", "system:x", "system"]
)
def test_nobody_is_the_system_at_a_door(text: str) -> None:
    with pytest.raises(
        InvalidInput, match="only the installation's own runs and its importer act: give ROLE"
    ):
        parse_actor(text)


def test_a_reference_follows_from_the_commands_id_and_has_no_letter_that_looks_like_a_digit() -> None:
    ids = [uuid4() for _ in range(200)]
    references = [reference_of(command_id) for command_id in ids]
    assert references == [reference_of(command_id) for command_id in ids]
    assert len(set(references)) == 200
    assert all(len(reference) == 11 and not set(reference[2:]) & set("ILOU") for reference in references)


def test_without_an_actor_it_is_said_how_to_name_one() -> None:
    with pytest.raises(ActorMissing, match="ROLE:ORGANISATION:PERSON, or set CASECORE_ACTOR"):
        parse_actor("")
