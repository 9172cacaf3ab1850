"""The ledger, posting by posting, with the sums of its accounts."""

from __future__ import annotations

from typing import NamedTuple

from casecore.http.cursors import read_cursor, write_cursor
from casecore.http.problems import InvalidRequest
from casecore.web.pages.money.lists import (
    PER_PAGE,
    SCOPES,
    SECTION,
    address,
    day_in,
    filters_of,
    next_address,
)
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.rendering.words import N_
from projections.billing.queries import AccountBalance, LedgerFilter, ledger, ledger_page, trial_balance
from projections.billing.tables import LedgerRow
from projections.kit.reading.places import PlaceNumber

ACCOUNTS = ("unbilled_receivable", "receivable", "revenue", "vat")


class AskedLedger(PageAsked, frozen=True):
    """Which lines; value dates, both included."""

    party: str = ""
    account: str = ""
    package: str = ""
    document: str = ""
    since: str = ""
    until: str = ""
    cursor: str = ""


class AskedBalance(PageAsked, frozen=True):
    """Nothing: it is of all lines that who looks may see."""


class LedgerPageShown(NamedTuple):
    """Lines in the order of the log, in whole postings."""

    is_vendor: bool
    lines: list[LedgerRow]
    asked: AskedLedger
    accounts: tuple[str, ...]
    next: str | None


class TrialBalance(NamedTuple):
    """The sums of each account; the debits of all equal their credits."""

    is_vendor: bool
    accounts: list[AccountBalance]
    debit_cents: int
    credit_cents: int


def load_ledger(look: Look, asked: AskedLedger) -> Shown:
    """A page of the ledger."""
    if asked.account and asked.account not in ACCOUNTS:
        raise InvalidRequest(
            f"account is {asked.account[:50]!r}; possible are: {', '.join(ACCOUNTS)}", "account"
        )
    which = LedgerFilter(
        party=asked.party or None,
        account=asked.account or None,
        package=asked.package or None,
        document=asked.document or None,
        since=day_in("since", asked.since),
        until=day_in("until", asked.until),
        after_position=read_cursor(asked.cursor, PlaceNumber) if asked.cursor else 0,
        limit=PER_PAGE + 1,
    )
    page = ledger_page(list(look.app.ask(ledger, which, look.viewer)), PER_PAGE)
    following = None if page.after_position is None else write_cursor(page.after_position)
    return Shown(
        title=N_("Ledger"),
        content=LedgerPageShown(
            is_vendor=look.viewer.is_vendor,
            lines=page.lines,
            asked=asked,
            accounts=ACCOUNTS,
            next=next_address("/money/ledger", asked, following),
        ),
        api=address("/v1/billing/ledger", filters_of(asked)),
    )


def load_balance(look: Look, _: AskedBalance) -> Shown:
    """The trial balance."""
    accounts = look.app.ask(trial_balance, look.viewer)
    return Shown(
        title=N_("Trial balance"),
        content=TrialBalance(
            is_vendor=look.viewer.is_vendor,
            accounts=accounts,
            debit_cents=sum(one.debit_cents for one in accounts),
            credit_cents=sum(one.credit_cents for one in accounts),
        ),
        api="/v1/billing/balance",
    )


PAGES: tuple[AnyPage, ...] = (
    SitePage("/money/ledger", SECTION, SCOPES, AskedLedger, "money/ledger.html", load_ledger),
    SitePage("/money/balance", SECTION, SCOPES, AskedBalance, "money/balance.html", load_balance),
)
