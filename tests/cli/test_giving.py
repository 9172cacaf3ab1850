"""What people type is read exactly, or refused with what would be right."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from casecore.cli.giving import read_actor, read_instant, read_uuid, reference_of
from casecore.contract.envelope import Role
from casecore.errors.kinds import InvalidInput


def test_an_actor_is_role_organisation_and_person() -> None:
    actor = read_actor("seller:nord:ida:2")
    assert (actor.role, actor.organisation, actor.person) == (Role.SELLER, "nord", "ida:2")


@pytest.mark.parametrize("text", ["seller", "seller:nord", "seller::ida", "boss:nord:ida", ":nord:ida"])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="give ROLE:ORGANISATION:PERSON, with a role of customer, seller"):
        read_actor(text)


def test_an_instant_has_an_offset_and_becomes_utc() -> None:
    assert read_instant("2026-03-02T10:30:00+01:00") == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    with pytest.raises(InvalidInput, match="names no offset from UTC: write 2026-03-02T10:30:00Z"):
        read_instant("2026-03-02T10:30:00")
    with pytest.raises(InvalidInput, match="is no instant"):
        read_instant("monday")


def test_a_uuid_is_one() -> None:
    with pytest.raises(InvalidInput, match="--command-id 'seven' is no UUID"):
        read_uuid("--command-id", "seven")


def test_a_reference_follows_from_the_commands_id_and_has_no_letter_that_looks_like_a_digit() -> None:
    ids = [uuid4() for _ in range(200)]
    references = [reference_of(command_id) for command_id in ids]
    assert references == [reference_of(command_id) for command_id in ids]
    assert len(set(references)) == 200
    assert all(len(reference) == 11 and not set(reference[2:]) & set("ILOU") for reference in references)


def test_without_an_actor_it_is_said_how_to_name_one() -> None:
    with pytest.raises(InvalidInput, match="Say --as ROLE:ORGANISATION:PERSON, or set CASECORE_ACTOR"):
        read_actor("")
