"""The life of a maintenance fee as its events: charged, settled, and taken back since its day was wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from casecore.billing.account import Account
from casecore.billing.buyer import UNKNOWN_BUYER, Buyer
from casecore.billing.commands import (
    AccountCommand,
    BuyerCommand,
    DocumentCommand,
    IssueDocument,
    RecordCharges,
    SetMaintenancePrice,
    SetVatRate,
    TermsCommand,
)
from casecore.billing.drafts import Draft, OpenCharge, drafts_for, is_open
from casecore.billing.series import NO_DOCUMENTS, Series
from casecore.billing.terms import Terms
from casecore.contract.billing import DocumentIssued, DocumentKind, DocumentLine, VatCategory
from casecore.contract.envelope import EventData, Role
from casecore.contract.parties import PartyRole
from casecore.contract.streams import BILLING_TERMS, DOCUMENT_SERIES, account_stream_id, buyer_stream_id
from casecore.decider.command import GivenActor
from casecore.decider.own_runs import BILLING_RUN
from casecore.licences.commands import ActivateLicence, CorrectActivation, LicenceAction, LicenceCommand
from casecore.parties.commands import PartyCommand, RegisterParty
from casecore.runs.issuing import mark_command
from casecore.runs.settling import close_command
from devtools.event_catalogue.paper import Paper
from devtools.event_catalogue.sequence import Sequence

_VENDOR = GivenActor("k.adler", "imaging-software", Role.VENDOR)
_SELLER, _CUSTOMER, _PACKAGE = "dental-systems-nord", "practice-lindenhof", "L-2024-00417"
_NO_ID = UUID(int=0)
_PAID_WITHIN = timedelta(days=14)


def fee_sequence() -> str:
    """Two years of a package as a Mermaid sequence diagram: commands and runs, and the events that follow."""
    return _FeeStory().told()


class _FeeStory:
    """A package that a reseller sold; after its first settlement the day of its activation is corrected."""

    def __init__(self) -> None:
        self._paper = Paper(_VENDOR.organisation)
        self._diagram = Sequence()

    def told(self) -> str:
        self._set_up(_noon(2024, 1, 2))
        first, right = date(2024, 3, 1), date(2024, 4, 1)
        activation = ActivateLicence(
            customer=_CUSTOMER,
            seller=_SELLER,
            licence_type="viewer",
            program_version="8.2",
            effective_on=first,
        )
        self._do(activation, _noon(2024, 3, 1))
        self._charge(_noon(2024, 3, 2))
        self._close(2024, _noon(2025, 1, 10))
        self._do(CorrectActivation(activated_on=right), _noon(2025, 2, 3))
        self._charge(_noon(2025, 4, 2))
        self._close(2025, _noon(2026, 1, 12))
        return self._diagram.text()

    def _set_up(self, now: datetime) -> None:
        for name, role in ((_SELLER, PartyRole.RESELLER), (_CUSTOMER, PartyRole.CUSTOMER)):
            details = RegisterParty(
                roles=(role,), name=name, street="Weg 1", postal_code="20457", city="Hamburg", country="DE"
            )
            self._paper.give(PartyCommand(command_id=_NO_ID, actor=_VENDOR, party=name, do=details), now)
        for do in (
            SetMaintenancePrice(from_on=date(2024, 1, 1), net_cents=9_900),
            SetVatRate(country="DE", from_on=date(2021, 1, 1), percent=Decimal(19)),
        ):
            made = self._paper.give(TermsCommand(command_id=_NO_ID, actor=_VENDOR, do=do), now)
            self._diagram.step("vendor", do.verb, made)

    def _do(self, do: LicenceAction, now: datetime) -> None:
        command = LicenceCommand(command_id=_NO_ID, actor=_VENDOR, package=_PACKAGE, do=do)
        self._diagram.step("vendor", do.verb, self._paper.give(command, now))

    def _charge(self, now: datetime) -> None:
        """The run that charges what fell due."""
        do = RecordCharges(until=now.date())
        command = AccountCommand(command_id=_NO_ID, actor=BILLING_RUN, package=_PACKAGE, do=do)
        self._diagram.step("run", f"billing run, {now.date()}", self._paper.give(command, now))

    def _close(self, year: int, now: datetime) -> None:
        """The run that settles a year: its settlement, then each document, then its marks in the account."""
        account: Account = self._paper.states[account_stream_id(_PACKAGE)]
        terms: Terms = self._paper.states[BILLING_TERMS]
        charges = [OpenCharge(_PACKAGE, one) for one in account.charges if is_open(one, terms)]
        drafts = drafts_for(charges, VatCategory.STANDARD, terms, self._series().credited, year)
        buyer: Buyer = self._paper.states.get(buyer_stream_id(_SELLER), UNKNOWN_BUYER)
        closing: BuyerCommand = close_command(
            _SELLER, year, len(buyer.settlements), len(self._paper.events), drafts
        )
        made: list[EventData] = list(self._paper.give(closing, now))
        for draft in drafts:
            made += self._issue(draft, year, now)
        self._diagram.step("run", f"billing close-year {year}, {now.date()}", made)

    def _issue(self, draft: Draft, year: int, now: datetime) -> list[EventData]:
        command = DocumentCommand(
            command_id=_NO_ID, actor=BILLING_RUN, do=self._document(draft, year, now.date())
        )
        [document] = self._paper.give(command, now)
        assert isinstance(document, DocumentIssued)
        marks = [mark_command(document, package, lines) for package, lines in _by_package(document.lines)]
        return [document, *(data for mark in marks for data in self._paper.give(mark, now))]

    def _document(self, draft: Draft, year: int, issued_on: date) -> IssueDocument:
        return IssueDocument(
            number=self._series().next_number,
            kind=draft.kind,
            issued_on=issued_on,
            buyer=_SELLER,
            buyer_version=1,
            seller_version=1,
            terms_version=draft.terms_version,
            lines=draft.lines,
            vat=draft.totals.vat,
            net_cents=draft.totals.net_cents,
            vat_cents=draft.totals.vat_cents,
            gross_cents=draft.totals.gross_cents,
            as_of_position=len(self._paper.events),
            sha256="2f" * 32,
            part=draft.part,
            parts=draft.parts,
            pay_until=None if draft.kind is DocumentKind.CORRECTION else issued_on + _PAID_WITHIN,
            settles_year=year,
            corrects=draft.corrects,
            correction_reason=draft.reason,
        )

    def _series(self) -> Series:
        series: Series = self._paper.states.get(DOCUMENT_SERIES, NO_DOCUMENTS)
        return series


def _by_package(lines: Iterable[DocumentLine]) -> list[tuple[str, list[DocumentLine]]]:
    found: defaultdict[str, list[DocumentLine]] = defaultdict(list)
    for line in lines:
        found[line.package].append(line)
    return list(found.items())


def _noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)
