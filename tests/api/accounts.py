"""A small business with accounts, for answers over HTTP: resellers, customers, a partner, one abroad."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from casecore.app.actors import parse_actor
from casecore.app.deciders import DECIDERS
from casecore.billing.fees.commands import AgreeFee, FeeAgreementCommand
from casecore.cases.commands import CaseAction, CaseCommand, OpenCase, ResolveCase, TakeCase
from casecore.commands.bus import CommandBus
from casecore.contract.cases import Category
from casecore.contract.envelope import Role
from casecore.contract.fees import FeeForEachCase, FeeService, YearlyFee
from casecore.contract.parties import PartyRole
from casecore.decider.business_day import day_of
from casecore.decider.command import GivenActor
from casecore.licences.commands import TransferLicence
from casecore.parties.commands import PartyCommand, RegisterParty
from casecore.runs.fee_books import FeeBooks
from casecore.runs.fees import keep_fees
from casecore.runs.set_up import set_up
from casecore.store.archive import Archive
from casecore.store.migrations import migrate
from tests.runs.business import BY_VENDOR, Business

VENDOR = "vendor"
ACTORS = {
    VENDOR: "vendor:vendor:vera",
    "nord": "seller:nord:ida",
    "sued": "seller:sued:tom",
    "campus": "partner:campus:paul",
    "klinik": "customer:klinik:eva",
    "praxis-ost": "customer:praxis-ost:ute",
    "praxis-west": "customer:praxis-west:uwe",
    "praxis-wien": "customer:praxis-wien:max",
    "stranger": "customer:stranger:zoe",
}
"""Who asks, by organisation; the stranger is not registered."""

LAST = date(2026, 6, 30)
TODAY = day_of(datetime.now(UTC))
FAR = TODAY + timedelta(days=300)
"""A day to come."""

_SOLD = (
    ("L-1", "praxis-ost", "nord", date(2024, 5, 1)),
    ("L-2", "praxis-west", "sued", date(2024, 6, 1)),
    ("L-3", "klinik", VENDOR, date(2024, 2, 29)),
    ("L-4", "praxis-ost", "nord", date(2024, 3, 1)),
    ("L-5", "klinik", VENDOR, date(2024, 9, 1)),
    ("L-6", "praxis-ost", "nord", date(2024, 10, 1)),
    ("L-7", "klinik", VENDOR, date(2024, 4, 1)),
    ("L-8", "praxis-wien", VENDOR, date(2025, 7, 1)),
)


@contextmanager
def open_accounts(database: str) -> Iterator[Business]:
    """The business in an empty database, with what it sold, charged, settled and issued."""
    migrate(database)
    with CommandBus(database, DECIDERS, VENDOR) as bus, Archive(database) as archive:
        business = Business(database, bus, archive)
        set_up(bus)
        _register(business)
        for sold in _SOLD:
            business.activate(*sold)
        business.assign("L-4", "sued", date(2025, 2, 1))
        business.licence("L-5", TransferLicence(customer="praxis-west", from_on=date(2026, 1, 15)))
        business.assign("L-6", "sued", FAR)
        _bill(business)
        _keep_fees(business)
        yield business


def _register(business: Business) -> None:
    business.party(
        VENDOR,
        PartyRole.VENDOR,
        tax_number="21/815/08150",
        vat_id="DE123456788",
        iban="DE89370400440532013000",
    )
    for seller in ("nord", "sued"):
        business.party(seller, PartyRole.RESELLER)
    business.party("campus", PartyRole.SUPPORT_PARTNER)
    for customer in ("praxis-ost", "praxis-west", "klinik"):
        business.party(customer, PartyRole.CUSTOMER)
    business.party("praxis-wien", PartyRole.CUSTOMER, country="AT", vat_id="ATU12345675")
    namesake = RegisterParty(
        roles=(PartyRole.CUSTOMER,),
        name="nord",
        street="Kai 1",
        postal_code="24103",
        city="sued",
        country="DE",
    )
    command = PartyCommand(command_id=uuid4(), actor=BY_VENDOR, party="namesake", do=namesake)
    business.bus.give(command)


def _bill(business: Business) -> None:
    """Two years settled, invoices, a correction of the rate, a fee to be taken back, a buyer on hold."""
    business.run(LAST)
    business.close(2024)
    business.with_pdf().invoice("klinik")
    business.rate("16", date(2025, 4, 1))
    business.invoice()
    business.close(2025)
    business.void("L-7")
    business.run(LAST)


def _keep_fees(business: Business) -> None:
    """The vendor and the resellers charge by the year, the partner for each case; it has resolved one."""
    terms = {
        VENDOR: (FeeService.LEVEL_0, YearlyFee(9_950)),
        "nord": (FeeService.LEVEL_0, YearlyFee(5_000)),
        "sued": (FeeService.LEVEL_0, YearlyFee(7_000)),
        "campus": (FeeService.USER_SUPPORT, FeeForEachCase(4_500)),
    }
    for party, (service, fee) in terms.items():
        do = AgreeFee(service=service, from_on=date(2024, 1, 1), terms=fee, vat_country="DE")
        actor = parse_actor(ACTORS[party])
        business.bus.give(FeeAgreementCommand(command_id=uuid4(), actor=actor, party=party, do=do))
    opening = OpenCase(
        customer="praxis-ost",
        seller="nord",
        partner="campus",
        category=Category.USER_SUPPORT,
        topic="program_use",
    )
    steps: tuple[CaseAction, ...] = (opening, TakeCase(), ResolveCase(resolution_code="solved"))
    for hour, step in enumerate(steps):
        at = datetime(2026, 3, 2, 8 + hour, tzinfo=UTC)
        by = GivenActor("import", VENDOR, Role.SYSTEM)
        business.bus.give(CaseCommand(command_id=uuid4(), actor=by, occurred_at=at, case="C-1", do=step))
    with FeeBooks(business.database) as books:
        keep_fees(books, business.bus, LAST)
