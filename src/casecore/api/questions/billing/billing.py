"""What can be asked about charges and the ledger: of what one owes, or owed; the vendor of all."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Annotated

import msgspec

from casecore.api.questions.page import AskedPage, asked_place, next_page, page_of, rows_for
from casecore.api.questions.question import AnyQuestion, Asked, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.contract.billing import VatCategory
from casecore.http.cursors import write_cursor
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.billing.queries import (
    AccountBalance,
    ChargeFilter,
    ChargePlace,
    LedgerFilter,
    charges,
    ledger,
    ledger_page,
    trial_balance,
)
from projections.billing.tables import ChargeRow, LedgerRow
from projections.kit.reading.places import PlaceNumber

Year = Annotated[int, msgspec.Meta(ge=1990, le=2199)]
RateText = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9]{1,2}(\.[0-9]{1,2})?\Z", description="Such as 19 or 5.5.")
]

MaintenanceCharge = shape_of(ChargeRow, name="MaintenanceCharge")
LedgerLine = shape_of(LedgerRow, name="LedgerLine")
LedgerAccount = shape_of(AccountBalance, name="LedgerAccount")


class AccountOfLedger(Enum):
    """The ledger's accounts."""

    UNBILLED_RECEIVABLE = "unbilled_receivable"
    RECEIVABLE = "receivable"
    REVENUE = "revenue"
    VAT = "vat"


class ChargesOf(AskedPage, frozen=True):
    """Which charges, of those that the identity sees; `year` is that in which they fell due.

    `billed` is whether a document bills them: with tax of the `category`, at `percent`. `customer` is for
    whose packages they are.
    """

    package: str | None = None
    owed_by: str | None = None
    customer: str | None = None
    year: Year | None = None
    billed: bool | None = None
    category: VatCategory | None = None
    percent: RateText | None = None


class ChargesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Charges by package; `next` is the cursor of the next page, null if there is none."""

    charges: list[MaintenanceCharge]  # type: ignore[valid-type]
    next: str | None


class LedgerOf(AskedPage, frozen=True):
    """Which lines of the ledger, of those that the identity sees; value dates, both included."""

    party: str | None = None
    account: AccountOfLedger | None = None
    package: str | None = None
    document: str | None = None
    since: date | None = None
    until: date | None = None


class LedgerAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Lines in the order of the log.

    A page has whole postings: one, or more as long as they have `limit` lines at most. `next` is the cursor
    of the next page, null if there is none.
    """

    lines: list[LedgerLine]  # type: ignore[valid-type]
    next: str | None


class BalanceOf(Asked, frozen=True):
    """Of all lines that the identity sees."""


class BalanceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The sums of each account; the debits of all equal their credits."""

    accounts: list[LedgerAccount]  # type: ignore[valid-type]


def list_charges(app: Application, viewer: Viewer, asked: ChargesOf) -> ChargesAnswer:
    """Maintenance charges as they stand."""
    which = ChargeFilter(
        package=asked.package,
        owed_by=asked.owed_by,
        customer=asked.customer,
        year=asked.year,
        is_billed=asked.billed,
        category=asked.category.value if asked.category else None,
        percent=asked.percent,
        limit=rows_for(asked),
        after=asked_place(asked, ChargePlace),
    )
    found = list(app.ask(charges, which, viewer))
    page = page_of(asked, found, lambda one: ChargePlace(one.package, one.number))
    return ChargesAnswer(charges=[shaped(one, MaintenanceCharge) for one in page.rows], next=page.next)


def list_ledger(app: Application, viewer: Viewer, asked: LedgerOf) -> LedgerAnswer:
    """Lines of the ledger, in whole postings."""
    which = LedgerFilter(
        party=asked.party,
        account=asked.account.value if asked.account else None,
        package=asked.package,
        document=asked.document,
        since=asked.since,
        until=asked.until,
        after_position=asked_place(asked, PlaceNumber) or 0,
        limit=rows_for(asked),
    )
    page = ledger_page(list(app.ask(ledger, which, viewer)), asked.limit)
    following = None if page.after_position is None else write_cursor(page.after_position)
    return LedgerAnswer(lines=[shaped(one, LedgerLine) for one in page.lines], next=following)


def balance(app: Application, viewer: Viewer, _asked: BalanceOf) -> BalanceAnswer:
    """The sums of each account, over the lines that the identity sees."""
    return BalanceAnswer(accounts=[shaped(one, LedgerAccount) for one in app.ask(trial_balance, viewer)])


_SCOPES = (Scope.ACCOUNTANT,)
QUESTIONS: tuple[AnyQuestion, ...] = (
    Question(
        "/v1/billing/charges",
        _SCOPES,
        ChargesOf,
        ChargesAnswer,
        list_charges,
        cursor=next_page,
    ),
    Question("/v1/billing/ledger", _SCOPES, LedgerOf, LedgerAnswer, list_ledger, cursor=next_page),
    Question("/v1/billing/balance", _SCOPES, BalanceOf, BalanceAnswer, balance),
)
