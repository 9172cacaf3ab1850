"""Ids of findings: those of commands that have receipts never change, whatever is renamed."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from casecore.billing.account import Account
from casecore.billing.buyer import Buyer
from casecore.billing.commands import EndHold, HoldBuyer
from casecore.billing.drafts import Draft
from casecore.billing.fees import difference
from casecore.billing.terms import Terms
from casecore.billing.totals import totals_of
from casecore.cases import commands as c
from casecore.commands.batch import Answer
from casecore.commands.finding_ids import Finding
from casecore.contract.billing import DocumentIssued, DocumentKind, DocumentLine, EventRef, VatCategory
from casecore.contract.cases import Category, Sender
from casecore.contract.envelope import Role
from casecore.contract.fees import Fee, FeeService, ResolvedCase
from casecore.contract.licences import Assignment, Licence
from casecore.contract.parties import Address, PartyDetails, PartyRole
from casecore.contract.personal import Plain
from casecore.contract.service_levels import Clock, ClockTerms, Targets
from casecore.decider.command import Command, GivenActor
from casecore.evaluation.pinning import pin_command
from casecore.evaluation.watch import commands_for
from casecore.licences.package import Package
from casecore.parties.party import Party
from casecore.runs.books import PackageAndAccount
from casecore.runs.charging import charge_command
from casecore.runs.fees import memo_command
from casecore.runs.issuing import mark_command
from casecore.runs.set_up import set_up
from casecore.runs.settling import close_command
from casecore.runs.treatment import hold_command
from tests.cases.promises import HOUR, policy
from tests.clocks.casebook import CaseWriter
from tests.evaluation.stories import case_of_events

STREAM = UUID("0f0e0d0c-0b0a-0908-0706-050403020100")
LINE = DocumentLine(
    package="L-1",
    charge=1,
    customer="klinik",
    period_start_on=date(2025, 3, 1),
    period_end_on=date(2026, 2, 28),
    net_cents=9_900,
    category=VatCategory.STANDARD,
    percent=Decimal(19),
)
RESPONSE = policy(
    "response",
    clocks=(ClockTerms(Clock.FIRST_RESPONSE, Targets(*(4 * HOUR for _ in range(4))), False, (25,)),),
)


class Listener:
    """A bus that keeps the commands that it is given."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def submit(self, command: Command) -> Future[Answer]:
        raise NotImplementedError

    def give(self, command: Command) -> Answer:
        self.commands.append(command)
        return Answer(command.command_id, STREAM, 1, 1)


def charges() -> list[Command]:
    licence = Licence(
        customer="klinik",
        licence_type="viewer",
        program_version="8",
        activated_on=date(2023, 3, 1),
        assignments=(Assignment(from_on=date(2023, 3, 1), seller="nord"),),
    )
    package = Package(reference="L-1", licence=licence, version=3, owed_since=2)
    terms = Terms(version=4)
    found = [PackageAndAccount(package, account) for account in (None, Account("L-1", version=7))]
    return [charge_command(one, terms, date(2025, 12, 31)) for one in found]


def memos() -> list[Command]:
    fee = Fee(
        party="schule",
        customer="klinik",
        service=FeeService.USER_SUPPORT,
        covers=ResolvedCase(case="C-1", topic="training", minutes=25),
        due_on=date(2026, 3, 2),
        net_cents=3_746,
        vat_percent=Decimal(19),
        agreement=EventRef(STREAM, 2),
    )
    return [
        memo_command(difference.MemoChange(do, 1, fee, EventRef(STREAM, 5))) for do in ("record", "reverse")
    ]


def holds() -> list[Command]:
    details = PartyDetails(
        roles=(PartyRole.CUSTOMER,),
        name=Plain("Praxis Wien"),
        address=Address(street=Plain("Ring 4"), postal_code=Plain("1010"), city=Plain("Wien"), country="AT"),
    )
    party, buyer = Party(id="praxis-wien", details=details, version=2), Buyer(version=1)
    return [hold_command(party, buyer, do) for do in (HoldBuyer(country="AT"), EndHold())]


def settlements() -> list[Command]:
    draft = Draft(DocumentKind.SETTLEMENT, (LINE,), totals_of((LINE,)))
    return [close_command("nord", 2025, 1, 4_711, [draft])]


def marks() -> list[Command]:
    document = DocumentIssued(
        number="R-000001",
        kind=DocumentKind.INVOICE,
        issued_on=date(2026, 1, 5),
        buyer="klinik",
        buyer_version=1,
        seller="vendor",
        seller_version=1,
        terms_version=4,
        lines=(LINE,),
        vat=totals_of((LINE,)).vat,
        net_cents=9_900,
        vat_cents=1_881,
        gross_cents=11_781,
        as_of_position=4_711,
        sha256="0" * 64,
    )
    correction = msgspec.structs.replace(document, number="R-000002", corrects="R-000001")
    return [mark_command(one, "L-1", [LINE]) for one in (document, correction)]


def first_terms() -> list[Command]:
    listener = Listener()
    set_up(listener)
    return listener.commands


def pins() -> list[Command]:
    actor = GivenActor(person="k.adler", organisation="vendor", role=Role.VENDOR)
    return [pin_command("C-1", RESPONSE, actor, "imported")]


def notes() -> list[Command]:
    writer = CaseWriter("C-1")
    opening = c.OpenCase(
        customer="praxis-weber",
        seller="nordmed",
        category=Category.TECHNICAL_SUPPORT,
        topic="backup_set_up",
    )
    monday = datetime(2026, 3, 2, 9, tzinfo=UTC)
    writer.act(monday, opening)
    writer.pin(monday, RESPONSE)
    writer.act(monday.replace(hour=10), c.PostMessage(text="Hello", sender=Sender.CUSTOMER))
    return list(commands_for(case_of_events(writer.events), datetime(2026, 3, 4, tzinfo=UTC)))


# As the program gave them when each module had a namespace of its own.
GIVEN = {
    Finding.FIRST_TERMS: [
        "74e1afb5-f552-50fa-b4e3-c824d84f64a5",
        "bd322a7b-4515-5740-8727-662179fc3079",
        "25e51800-5e69-5cc0-ac74-d26a8200cc92",
        "ca614d4b-a352-52fc-a8c3-dafb7d2f7cda",
    ],
    Finding.CHARGES: [
        "5e0846ba-b347-5ba3-b511-7cc440827e76",
        "9cf7228d-2014-5f4d-a2fa-eb08c3b8209c",
    ],
    Finding.FEE_MEMO: [
        "0fec9ac0-7dc1-51c3-9af4-30f86bf54f1a",
        "c88377a9-2579-5b5d-89e6-a65a8059fb4a",
    ],
    Finding.BUYER_HOLD: [
        "ffe22bb6-d3d3-5280-bcda-c552b34da43b",
        "67fb10c7-25ec-5d4d-82a4-ea42b90b5b74",
    ],
    Finding.SETTLEMENT: [
        "fec370c6-b570-576d-99e8-4139278206ff",
    ],
    Finding.DOCUMENT_MARK: [
        "23631495-d649-5581-acb2-b9760c96cc54",
        "0a9039e6-2ba8-5f46-8af5-d1f9bb8348e2",
    ],
    Finding.POLICY_PIN: [
        "1178c411-27d5-519e-900d-7e4ea8593b9d",
    ],
    Finding.SERVICE_LEVEL_NOTE: [
        "274a9d93-d2e5-5e8b-9f4a-5ab75c1a66c6",
        "6cd3a7ef-e550-58fa-a0d1-81dee40d1922",
    ],
}


def test_findings_have_the_ids_that_they_always_had() -> None:
    found = {
        Finding.FIRST_TERMS: first_terms(),
        Finding.CHARGES: charges(),
        Finding.FEE_MEMO: memos(),
        Finding.BUYER_HOLD: holds(),
        Finding.SETTLEMENT: settlements(),
        Finding.DOCUMENT_MARK: marks(),
        Finding.POLICY_PIN: pins(),
        Finding.SERVICE_LEVEL_NOTE: notes(),
    }
    assert {
        finding: [str(one.command_id) for one in commands] for finding, commands in found.items()
    } == GIVEN
    assert set(found) == set(Finding)


def test_no_two_kinds_of_findings_share_a_namespace() -> None:
    assert len({finding.value for finding in Finding}) == len(Finding.__members__)
