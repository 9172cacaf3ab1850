"""What people ask of the ledger and of charges, as named SQL with typed answers; amounts are in cents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple
from uuid import UUID

from casecore.contract.streams import account_stream_id
from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.billing.projection import BILLING
from projections.billing.tables import CHARGES_TABLE, LEDGER_TABLE, ChargeRow, LedgerRow
from projections.kit.reading.places import PlaceNumber
from projections.kit.reading.queries import ask, ask_in_pieces, limits_for


class ChargePlace(NamedTuple):
    """A place in a list of charges: the one that comes before."""

    package: str
    number: PlaceNumber


class LedgerFilter(NamedTuple):
    """Which lines of the ledger; what is None does not matter. Value dates, both included.

    Those after a place in the log, and at most `limit` of them, with the rest of the last one's posting.
    """

    party: str | None = None
    account: str | None = None
    package: str | None = None
    document: str | None = None
    since: date | None = None
    until: date | None = None
    after_position: int = 0
    limit: int | None = None


class AccountBalance(NamedTuple):
    """The sums of an account: a positive balance is a debit."""

    account: str
    debit_cents: int
    credit_cents: int
    balance_cents: int


class ChargeFilter(NamedTuple):
    """Which charges; what is None does not matter. `year` is that in which they fell due.

    `is_billed` is whether a document bills them, with tax of the `category` at `percent`, a decimal as text.
    Those after a place, and at most `limit` of them.
    """

    package: str | None = None
    owed_by: str | None = None
    year: int | None = None
    limit: int | None = None
    after: ChargePlace | None = None
    is_billed: bool | None = None
    category: str | None = None
    percent: str | None = None
    customer: str | None = None


class YearOfPackage(NamedTuple):
    """The charges of a package that fell due in a year."""

    package: str
    due_year: int
    charges: int
    reversed: int
    net_cents: int
    billed_cents: int
    unbilled_cents: int


# Whole postings: a page that ended within one could not say where the next begins.
LEDGER = f"""select {", ".join(LEDGER_TABLE.names)} from (select * from billing.ledger
where {rules.condition(rules.LEDGER_LINE)}
  and position > %(after_position)s and (%(party)s::text is null or party = %(party)s)
  and (%(account)s::text is null or account = %(account)s)
  and (%(package)s::text is null or package = %(package)s)
  and (%(document)s::text is null or document = %(document)s)
  and (%(since)s::date is null or value_on >= %(since)s)
  and (%(until)s::date is null or value_on <= %(until)s)
order by position fetch first coalesce(%(limit)s::bigint, 9223372036854775807) rows with ties
) as page order by position, line"""
# As billing.trial_balance, of the lines that the viewer sees.
TRIAL_BALANCE = f"""select account, sum(debit_cents)::bigint as debit_cents,
  sum(credit_cents)::bigint as credit_cents, (sum(debit_cents) - sum(credit_cents))::bigint as balance_cents
from billing.ledger where {rules.condition(rules.LEDGER_LINE)} group by account order by 1"""
CHARGES = f"""select {", ".join(CHARGES_TABLE.names)} from billing.charges
where {rules.condition(rules.CHARGE)} and (%(stream_id)s::uuid is null or stream_id = %(stream_id)s)
  and (%(owed_by)s::text is null or owed_by = %(owed_by)s)
  and (%(customer)s::text is null or customer = %(customer)s)
  and (%(year)s::int is null or due_year = %(year)s)
  and (%(is_billed)s::bool is null or (document is not null) = %(is_billed)s)
  and (%(category)s::text is null or category = %(category)s)
  and (%(percent)s::text is null or percent = %(percent)s::numeric)
  and (%(after_package)s::text is null or (package, number) > (%(after_package)s, %(after_number)s::bigint))
order by package, number limit %(limit)s"""
YEARS = f"""select {", ".join(YearOfPackage._fields)} from billing.charges_by_package_and_year
where (%(stream_id)s::uuid is null or stream_id = %(stream_id)s)
  and (%(year)s::int is null or due_year = %(year)s)
order by package, due_year limit %(limit)s"""


def ledger(
    database: str,
    which: LedgerFilter = LedgerFilter(),  # noqa: B008
    viewer: Viewer | None = None,
) -> Iterator[LedgerRow]:
    """Lines of the ledger in the order of the log, read as they are asked for.

    Raises ViewMissing and ViewOutdated.
    """
    given = {**which._asdict(), **rules.given(viewer)}
    return ask_in_pieces(database, BILLING, LedgerRow, LEDGER, given, limits_for(which.limit))


class LedgerPage(NamedTuple):
    """Whole postings; the next page follows the place `after_position`, None at the end."""

    lines: list[LedgerRow]
    after_position: int | None


def ledger_page(lines: list[LedgerRow], limit: int) -> LedgerPage:
    """The page of `limit` lines at most, or of one posting; of what was asked for with one line more."""
    if len(lines) <= limit:
        return LedgerPage(lines, None)
    last = lines[-1].position  # this posting may be of the next page
    whole = [line for line in lines if line.position < last] or lines
    return LedgerPage(whole, whole[-1].position)


def charges(
    database: str,
    which: ChargeFilter = ChargeFilter(),  # noqa: B008
    viewer: Viewer | None = None,
) -> Iterator[ChargeRow]:
    """The current charges by package, read as they are asked for. Raises as `ledger`."""
    after = {
        "after_package": which.after.package if which.after else None,
        "after_number": which.after.number if which.after else None,
    }
    given = {**which._asdict(), **_account(which.package), **after, **rules.given(viewer)}
    return ask_in_pieces(database, BILLING, ChargeRow, CHARGES, given, limits_for(which.limit))


def trial_balance(database: str, viewer: Viewer | None = None) -> list[AccountBalance]:
    """The sums of each account that has a line. Raises as `ledger`."""
    return ask(database, BILLING, AccountBalance, TRIAL_BALANCE, rules.given(viewer))


def charges_by_year(
    database: str, package: str | None = None, year: int | None = None, limit: int | None = None
) -> Iterator[YearOfPackage]:
    """Charges summed up for each package and year, read as they are asked for. Raises as `ledger`."""
    return ask_in_pieces(
        database,
        BILLING,
        YearOfPackage,
        YEARS,
        {"year": year, "limit": limit, **_account(package)},
        limits_for(limit),
    )


def _account(package: str | None) -> dict[str, UUID | None]:
    return {"stream_id": None if package is None else account_stream_id(package)}
