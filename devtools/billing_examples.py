"""One example of each type of event of parties, licences and billing, every field filled."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from msgspec.structs import replace

from casecore.contract import billing as b
from casecore.contract import fees as f
from casecore.contract import licences as lic
from casecore.contract import parties as p
from casecore.contract.buyers import BuyerHeld, BuyerReleased
from casecore.contract.envelope import EventData
from casecore.contract.personal import Plain, Sealed
from casecore.contract.terms import MaintenancePriceSet, VatRateSet

_VENDOR = "imaging-software"
_SELLER = "dental-systems-nord"
_CUSTOMER = "practice-lindenhof"
_PACKAGE = "L-2024-00417"
_CAUSE = b.EventRef(UUID("3b0c5a52-6f0e-4c0e-9a55-0d5a4f3f7c01"), 4)
_NINETEEN = Decimal(19)
_SHA256 = "2f" * 32


def billing_examples() -> tuple[EventData, ...]:
    """The content of an event of each of these types, in the order of the table of types."""
    decided = b.DocumentCorrectionDecided(document="R-000017", buyer=_SELLER, buyer_version=3)
    return (*_parties(), *_licences(), *_terms_and_charges(), *_documents(), *_fees(), decided)


def _parties() -> tuple[EventData, ...]:
    details = p.PartyDetails(
        roles=(p.PartyRole.RESELLER, p.PartyRole.SUPPORT_PARTNER),
        name=Plain("Dental Systems Nord GmbH"),
        address=p.Address(
            street=Plain("Hafenstraße 12"),
            postal_code=Plain("20457"),
            city=Plain("Hamburg"),
            country="DE",
        ),
        language="de",
        tax_number=Sealed("reseller-1", "q83vEjRWeJCrze8SNFZ4kA=="),
        vat_id=Plain("DE136695976"),
        bank_account=p.BankAccount(iban=Plain("DE89370400440532013000"), bic="COBADEFFXXX"),
        buys_as=p.BuyerStatus.BUSINESS,
    )
    registered = p.PartyRegistered(party=_SELLER, details=details)
    changed = p.PartyChanged(party=_SELLER, details=replace(details, name=Plain("Dental Nord GmbH")))
    return (registered, changed)


def _licences() -> tuple[EventData, ...]:
    licence = lic.Licence(
        customer=_CUSTOMER,
        licence_type="viewer",
        program_version="8.2",
        activated_on=date(2024, 2, 29),
        assignments=(
            lic.Assignment(date(2024, 2, 29), _VENDOR),
            lic.Assignment(date(2025, 7, 1), _SELLER),
        ),
        seats=5,
        cancelled_from_on=date(2027, 1, 31),
        is_void=True,
        customers=(
            lic.CustomerSince(date(2024, 2, 29), "practice-seeblick"),
            lic.CustomerSince(date(2026, 3, 1), _CUSTOMER),
        ),
    )
    return (
        lic.LicenceActivated(package=_PACKAGE, licence=licence),
        lic.LicenceChanged(package=_PACKAGE, licence=licence),
        lic.LicenceActivationCorrected(
            package=_PACKAGE, licence=licence, corrected_from_on=date(2024, 3, 29)
        ),
        lic.LicenceAssigned(package=_PACKAGE, licence=licence, seller=_SELLER, from_on=date(2025, 7, 1)),
        lic.LicenceTransferred(
            package=_PACKAGE, licence=licence, customer=_CUSTOMER, from_on=date(2026, 3, 1)
        ),
        lic.LicenceCancelled(package=_PACKAGE, licence=licence, from_on=date(2027, 1, 31)),
        lic.LicenceCancellationWithdrawn(
            package=_PACKAGE, licence=licence, cancelled_from_on=date(2026, 12, 31)
        ),
        lic.LicenceVoided(package=_PACKAGE, licence=licence, reason=Plain("Entered twice.")),
    )


def _terms_and_charges() -> tuple[EventData, ...]:
    billed = b.Billed("R-000017", b.VatCategory.STANDARD, _NINETEEN)
    charge = b.Charge(
        number=2,
        period=3,
        period_start_on=date(2026, 2, 28),
        period_end_on=date(2027, 2, 27),
        rule=b.PeriodRule.ANNIVERSARY,
        customer=_CUSTOMER,
        seller=_SELLER,
        obligor=b.Obligor.RESELLER,
        owed_by=_SELLER,
        net_cents=9_900,
        price_from_on=date(2007, 1, 1),
        price_version=1,
        is_reversed=True,
        billed=billed,
    )
    credited = b.MaintenanceFeeCredited(
        package=_PACKAGE, charge=charge, caused_by=_CAUSE, document="R-000021", credited=billed
    )
    return (
        MaintenancePriceSet(from_on=date(2007, 1, 1), net_cents=9_900),
        VatRateSet(country="DE", from_on=date(2021, 1, 1), percent=_NINETEEN),
        b.MaintenanceFeeFellDue(package=_PACKAGE, charge=charge, caused_by=_CAUSE),
        b.MaintenanceFeeReversed(package=_PACKAGE, charge=charge, caused_by=_CAUSE),
        b.MaintenanceFeeBilled(package=_PACKAGE, charge=charge, caused_by=_CAUSE),
        credited,
    )


def _documents() -> tuple[EventData, ...]:
    closed = b.SettlementClosed(
        seller=_SELLER,
        year=2026,
        as_of_position=48_211,
        fees=12,
        credits=1,
        documents=2,
        net_cents=108_900,
        vat_cents=20_691,
        gross_cents=129_591,
        lines_sha256=_SHA256,
    )
    released = BuyerReleased(
        buyer="praxis-wien",
        country="AT",
        category=b.VatCategory.REVERSE_CHARGE,
        reason=Plain("The VAT id was confirmed."),
    )
    return (_correction(), closed, BuyerHeld(buyer="praxis-wien", country="AT"), released)


def _correction() -> b.DocumentIssued:
    line = b.DocumentLine(
        package=_PACKAGE,
        charge=2,
        customer=_CUSTOMER,
        period_start_on=date(2026, 2, 28),
        period_end_on=date(2027, 2, 27),
        net_cents=9_900,
        category=b.VatCategory.STANDARD,
        percent=_NINETEEN,
        late=True,
    )
    vat = b.VatTotal(category=b.VatCategory.STANDARD, percent=_NINETEEN, net_cents=9_900, vat_cents=1_881)
    return b.DocumentIssued(
        number="R-000021",
        kind=b.DocumentKind.CORRECTION,
        issued_on=date(2027, 1, 12),
        buyer=_SELLER,
        buyer_version=2,
        seller=_VENDOR,
        seller_version=1,
        terms_version=4,
        lines=(line,),
        vat=(vat,),
        net_cents=9_900,
        vat_cents=1_881,
        gross_cents=11_781,
        as_of_position=48_211,
        sha256=_SHA256,
        pay_until=date(2027, 1, 26),
        settles_year=2026,
        part=2,
        parts=3,
        corrects="R-000017",
        correction_reason=b.CorrectionReason.REVERSED,
        replaces="R-000012",
    )


def _fees() -> tuple[EventData, ...]:
    agreement = f.FeeAgreement(
        number=1,
        service=f.FeeService.LEVEL_0,
        customer=_CUSTOMER,
        from_on=date(2026, 1, 1),
        terms=f.FeeByTopic((f.TopicAmount("server_installation", 12_000),)),
        vat_country="DE",
        ended_from_on=date(2027, 1, 1),
        is_withdrawn=True,
    )
    fee = f.Fee(
        party=_SELLER,
        customer=_CUSTOMER,
        service=f.FeeService.LEVEL_0,
        covers=f.ResolvedCase("C-2026-0417", "server_installation", 70),
        due_on=date(2026, 3, 2),
        net_cents=12_000,
        vat_percent=_NINETEEN,
        agreement=_CAUSE,
    )
    return (
        f.FeeAgreed(party=_SELLER, agreement=agreement),
        f.FeeAgreementEnded(party=_SELLER, agreement=agreement),
        f.FeeAgreementWithdrawn(party=_SELLER, agreement=agreement),
        f.FeeMemoRecorded(number=1, fee=fee, caused_by=_CAUSE),
        f.FeeMemoReversed(number=1, fee=fee, caused_by=_CAUSE),
    )
