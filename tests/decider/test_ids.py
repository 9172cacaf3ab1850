"""An id is made of visible characters in NFC; what was stored under an earlier rule goes on."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.app.deciders import DECIDERS
from casecore.cases.commands import AssignCase, CaseCommand, OpenCase, PostMessage, TakeCase
from casecore.commands.admission import Admission
from casecore.commands.batch import Answer, decide_batch
from casecore.contract.cases import Audience, Category
from casecore.contract.envelope import Role
from casecore.contract.parties import PartyRole
from casecore.contract.streams import case_stream_id
from casecore.decider.command import Command, GivenActor
from casecore.decider.ids import check_ids, fault_of_id
from casecore.decider.own_runs import BILLING_RUN
from casecore.decider.refusal import CommandMalformed
from casecore.licences.commands import ActivateLicence, LicenceCommand
from casecore.parties.commands import PartyCommand, RegisterParty
from casecore.service_levels.calendar_checks import name_faults
from casecore.store.records import Loaded, NewEvent, Receipt

INVISIBLE = [
    "tag\U000e0041", "\u3164", "\u115f", "\u2800", "a\u034f", "x\ufe0f", "\u17b4", "\U0001d173", "\u08e2",
]  # fmt: skip
"""As ../shared/strangers/commands/invisible_ids.txt has them."""

IDA = GivenActor(person="ida", organisation="nord", role=Role.SELLER)
START = datetime(2026, 3, 2, tzinfo=UTC)
TECHNICAL = Category.TECHNICAL_SUPPORT

REGISTERING = RegisterParty(
    roles=(PartyRole.CUSTOMER,), name="A", street="Kai 1", postal_code="24103", city="Kiel", country="DE"
)
ACTIVATING = ActivateLicence(
    customer="praxis", seller="nord", licence_type="viewer", program_version="8", effective_on=START.date()
)

admission = Admission(DECIDERS)


def opening(customer: str = "praxis-ost", case: str = "C-1", actor: GivenActor = IDA) -> CaseCommand:
    do = OpenCase(customer=customer, seller="nord", category=TECHNICAL, topic="activation")
    return CaseCommand(command_id=uuid4(), actor=actor, case=case, do=do)


def assigning(agent: str, case: str = "C-1", actor: GivenActor = IDA) -> CaseCommand:
    return CaseCommand(command_id=uuid4(), actor=actor, case=case, do=AssignCase(agent=agent))


def refused(command: Command, is_new: bool = True) -> str:
    """What it is refused with, when it is admitted or when it is decided."""
    with pytest.raises(CommandMalformed) as found:
        check_ids(admission.admit(command).command, is_new)
    return str(found.value)


@pytest.mark.parametrize("text", INVISIBLE)
@pytest.mark.parametrize("command", [lambda text: opening(customer=text), lambda text: opening(case=text)])
def test_an_id_that_looks_like_another_is_refused(text: str, command: Callable[[str], Command]) -> None:
    said = refused(command(text))
    assert "visible characters" in said
    assert "U+" in said
    assert "regex" not in said
    assert "\\u2028-" not in said


@pytest.mark.parametrize("control", ["\x1b", "a\x00b", "\u202e", " a", "a ", ""])
def test_what_was_refused_before_is_refused_in_words(control: str) -> None:
    said = refused(opening(customer=control))
    assert "regex" not in said
    assert "$.do.customer" in said
    assert "visible characters" in said or "length" in said


def test_an_id_is_in_nfc_and_the_refusal_says_how_that_is() -> None:
    assert unicodedata.normalize("NFC", "e\u0301") == "\xe9"
    said = refused(opening(customer="caf" + "e\u0301"))
    assert "not in Unicode's form NFC, which is 'caf\\xe9'" in said
    assert fault_of_id("caf\xe9") is None


def test_every_id_of_a_command_is_looked_at() -> None:
    nobody = GivenActor(person="i\u3164", organisation="nord", role=Role.SELLER)
    assert "$.actor.person" in refused(opening(actor=nobody))
    assert "$.do.agent" in refused(assigning("i\u3164"), is_new=False)
    do = PostMessage(text="x", audience=Audience.INTERNAL, readers=("nord", "n\ufe0f"))
    message = CaseCommand(command_id=uuid4(), actor=IDA, case="C-1", do=do)
    assert "$.do.readers[1]" in refused(message, is_new=False)


def test_free_text_may_hold_what_it_likes() -> None:
    do = PostMessage(text="\u3164e\u0301\ufe0f")
    check_ids(CaseCommand(command_id=uuid4(), actor=IDA, case="C-1", do=do), is_new=False)


@pytest.mark.parametrize("text", INVISIBLE)
def test_work_on_what_is_stored_goes_on(text: str) -> None:
    # Given a case with such a reference from before this rule, then people go on with it,
    check_ids(assigning("vera", case=text), is_new=False)
    # and a run of the program with what it finds stored
    assert admission.admit(assigning("vera", case=text)).command.case == text
    check_ids(opening(customer=text, actor=BILLING_RUN), is_new=True)


@pytest.mark.parametrize("text", INVISIBLE)
def test_an_import_brings_visible_ids_whatever_organisation_its_mapping_names(text: str) -> None:
    importer = GivenActor(person="import:desk", organisation="casecore", role=Role.SYSTEM)
    assert "$.do.customer" in refused(opening(customer=text, actor=importer))


@pytest.mark.parametrize("name", [".", ".."])
def test_what_an_address_cannot_hold_names_nothing_new(name: str) -> None:
    found = decided(opening(case=name))
    assert isinstance(found, CommandMalformed)
    assert f"the new id is '{name}', which no address can hold" in str(found)
    # A case that is called so already is worked on
    before = decide_batch([admission.admit(opening())], Loaded([], {}, START), {}, "vendor").events
    stored = [event._replace(stream_id=case_stream_id(name)) for event in before]
    take = CaseCommand(command_id=uuid4(), actor=IDA, case=name, do=TakeCase())
    assert isinstance(decided(take, events=stored), Answer)
    # Nor is it a name of a party, a package, a calendar or a policy; an agent may be called so
    for command in (
        PartyCommand(command_id=uuid4(), actor=IDA, party=name, do=REGISTERING),
        LicenceCommand(command_id=uuid4(), actor=IDA, package=name, do=ACTIVATING),
    ):
        assert isinstance(decided(command), CommandMalformed)
    assert any("no address" in fault for fault in name_faults({"id": name, "organisation": "nord"}, 1))
    assert not list(name_faults({"id": name, "organisation": name}, 2))


@pytest.mark.parametrize("name", ["...", ".a", "a.", "%2e", "../x", "x/.."])
def test_other_names_with_dots_are_names(name: str) -> None:
    assert isinstance(decided(opening(case=name)), Answer)


@given(st.text(min_size=1, max_size=20))
def test_an_id_without_a_fault_is_seen_and_is_the_same_in_nfc(text: str) -> None:
    if fault_of_id(text) is None:
        assert unicodedata.normalize("NFC", text) == text.strip() == text
        assert not {unicodedata.category(one) for one in text} & {"Cc", "Cf", "Zl", "Zp"}


def decided(command: Command, *receipts: Receipt, events: Sequence[NewEvent] = ()) -> Answer | Exception:
    """The answer of the bus to a command on a stream with these events."""
    loaded = Loaded(list(events), {receipt.command_id: receipt for receipt in receipts}, START)
    (answer,) = decide_batch([admission.admit(command)], loaded, {}, "vendor").answers
    return answer


def test_a_command_that_was_stored_before_is_answered_as_it_was_then() -> None:
    # Given a command with an id that nobody sees
    command = opening(customer="\u3164")
    # When it is given for the first time, it is refused
    assert isinstance(decided(command), CommandMalformed)
    # When it was stored under the earlier rule, and is given again, it is answered
    admitted = admission.admit(command)
    receipt = Receipt(command.command_id, admitted.content_hash, admitted.stream_id, 1, 1)
    assert decided(command, receipt) == Answer(command.command_id, admitted.stream_id, 1, 1, repeated=True)
