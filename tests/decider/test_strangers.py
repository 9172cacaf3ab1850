"""Whoever has no part in something hears the same whether it exists or not, but for the reference it gave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from casecore.app.deciders import DECIDERS
from casecore.billing.fees.commands import (
    AgreeFee,
    EndFeeAgreement,
    FeeAgreementCommand,
    WithdrawFeeAgreement,
)
from casecore.cases import commands as c
from casecore.commands.admission import Admission
from casecore.commands.batch import Answer, StreamState, decide_batch
from casecore.contract.cases import Category, Priority
from casecore.contract.envelope import Role
from casecore.contract.fees import FeeForEachCase, FeeService
from casecore.contract.parties import PartyRole
from casecore.contract.service_levels import Clock
from casecore.decider.command import Command, GivenActor
from casecore.decider.refusal import Refusal
from casecore.licences.commands import (
    ActivateLicence,
    AssignLicence,
    CancelLicence,
    ChangeLicence,
    LicenceCommand,
    VoidLicence,
)
from casecore.parties.commands import ChangeParty, PartyCommand, RegisterParty
from casecore.store.records import Loaded

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
VENDORS_AGENT = GivenActor("vera", "vendor", Role.VENDOR)
SELLERS_AGENT = GivenActor("ida", "nord", Role.SELLER)
TECHNICAL = Category.TECHNICAL_SUPPORT
OPENING = c.OpenCase(customer="praxis", seller="nord", category=TECHNICAL, topic="activation")
NEXT_YEAR = date(2027, 1, 1)
NOTE = c.ServiceLevelNote(
    what="missed",
    clock=Clock.RESOLUTION,
    number=1,
    policy_id="gold",
    policy_version=1,
    organisation="vendor",
    target_seconds=60,
)
ON_CASES: list[c.CaseAction] = [
    c.TakeCase(),
    c.AssignCase(agent="sam"),
    c.EscalateCase(),
    c.HandBackCase(),
    c.WaitForCustomer(),
    c.ResumeCase(),
    c.PostMessage(text="Hello"),
    c.ChangePriority(priority=Priority.LOW),
    c.ReclassifyCase(category=TECHNICAL, topic="flying"),
    c.RecordEffort(minutes=5),
    c.ResolveCase(resolution_code="solved"),
    c.ReopenCase(),
    c.CloseCase(),
    c.CancelCase(),
    c.PinPolicy(policy="gold", reason="tried"),
    c.ImportActivity(source=c.GivenSource(name="desk", case="1", place=1, activity="x"), opening=OPENING),
    c.NoteServiceLevel(after_facts=1, note=NOTE),
]
ON_PACKAGES = [
    ChangeLicence(seats=2),
    ChangeLicence(),
    AssignLicence(seller="ost", from_on=NEXT_YEAR),
    CancelLicence(from_on=NEXT_YEAR),
    VoidLicence(),
]
GIVEN = {"name": "Nord", "street": "Kai 1", "postal_code": "24103", "city": "Kiel", "country": "DE"}
ROLES = [role for role in Role if role is not Role.SYSTEM]

admission = Admission(DECIDERS)


def give(actor: GivenActor, command: Callable[[GivenActor], Command], known: dict[UUID, StreamState]) -> None:
    decided = decide_batch([admission.admit(command(actor))], Loaded([], {}, NOW), known, "vendor")
    (answer,) = decided.answers
    assert isinstance(answer, Answer), answer
    known.update(decided.streams)


def on_case(case: str, do: c.CaseAction) -> Callable[[GivenActor], Command]:
    return lambda actor: c.CaseCommand(command_id=uuid4(), actor=actor, case=case, do=do)


def on_package(package: str, do: object) -> Callable[[GivenActor], Command]:
    return lambda actor: LicenceCommand(command_id=uuid4(), actor=actor, package=package, do=do)  # type: ignore[arg-type]


def on_party(party: str, do: RegisterParty | ChangeParty) -> Callable[[GivenActor], Command]:
    return lambda actor: PartyCommand(command_id=uuid4(), actor=actor, party=party, do=do)


def on_fees(
    party: str, do: AgreeFee | EndFeeAgreement | WithdrawFeeAgreement
) -> Callable[[GivenActor], Command]:
    return lambda actor: FeeAgreementCommand(command_id=uuid4(), actor=actor, party=party, do=do)


def register(*roles: PartyRole) -> RegisterParty:
    return RegisterParty(roles=roles, **GIVEN)  # type: ignore[arg-type]


def business() -> dict[UUID, StreamState]:
    """Cases at work and ended, a package, parties, and a fee that one of them agreed."""
    known: dict[UUID, StreamState] = {}
    for party, role in (("nord", PartyRole.RESELLER), ("praxis", PartyRole.CUSTOMER)):
        give(VENDORS_AGENT, on_party(party, register(role)), known)
    activate = ActivateLicence(
        customer="praxis",
        seller="nord",
        licence_type="standard",
        program_version="7.2",
        effective_on=date(2026, 1, 1),
    )
    give(SELLERS_AGENT, on_package("there", activate), known)
    agreed = AgreeFee(service=FeeService.LEVEL_0, from_on=date(2026, 1, 1), terms=FeeForEachCase(4500))
    give(SELLERS_AGENT, on_fees("nord", agreed), known)
    for case in ("there", "ended"):
        give(SELLERS_AGENT, on_case(case, OPENING), known)
    give(SELLERS_AGENT, on_case("there", c.TakeCase()), known)
    give(SELLERS_AGENT, on_case("ended", c.CancelCase(reason="a mistake")), known)
    return known


KNOWN: Mapping[UUID, StreamState] = business()


class Heard(NamedTuple):
    """What somebody hears of a refusal."""

    code: str
    kind: str
    message: str
    details: dict[str, str]


def heard(command: Callable[[GivenActor], Command], stranger: GivenActor, reference: str) -> Heard:
    admitted = admission.admit(command(stranger))
    (answer,) = decide_batch([admitted], Loaded([], {}, NOW), dict(KNOWN), "vendor").answers
    assert isinstance(answer, Refusal), answer
    details = {name: text.replace(reference, "…") for name, text in answer.details.items()}
    return Heard(answer.code, answer.kind.value, str(answer).replace(reference, "…"), details)


strangers = st.builds(GivenActor, st.just("x"), st.sampled_from(["zoe", "ost"]), st.sampled_from(ROLES))


@given(strangers, st.sampled_from(ON_CASES), st.sampled_from(["there", "ended"]))
def test_of_a_case(stranger: GivenActor, do: c.CaseAction, case: str) -> None:
    found = heard(on_case(case, do), stranger, case)
    assert found == heard(on_case("missing", do), stranger, "missing")
    assert found.code in ("case_unknown", "not_permitted")


@given(strangers, st.sampled_from(ON_PACKAGES))
def test_of_a_licence_package(stranger: GivenActor, do: object) -> None:
    found = heard(on_package("there", do), stranger, "there")
    assert found == heard(on_package("missing", do), stranger, "missing")


@given(strangers, st.sampled_from([ChangeParty, RegisterParty]))
def test_of_a_party(stranger: GivenActor, kind: type[ChangeParty] | type[RegisterParty]) -> None:
    do = kind(roles=(PartyRole.RESELLER,), **GIVEN)  # type: ignore[arg-type]
    assert heard(on_party("nord", do), stranger, "nord") == heard(on_party("west", do), stranger, "west")


@given(strangers, st.sampled_from(["withdraw", "end"]), st.sampled_from(["nord", "west"]))
def test_of_what_another_party_charges(stranger: GivenActor, what: str, party: str) -> None:
    def action(number: int) -> EndFeeAgreement | WithdrawFeeAgreement:
        if what == "end":
            return EndFeeAgreement(agreement=number, from_on=NEXT_YEAR)
        return WithdrawFeeAgreement(agreement=number)

    there, missing = on_fees(party, action(1)), on_fees(party, action(9))
    assert heard(there, stranger, "1") == heard(missing, stranger, "9")
    assert heard(there, stranger, party) == heard(on_fees("east", action(1)), stranger, "east")
