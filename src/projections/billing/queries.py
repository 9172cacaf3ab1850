"""What people ask of billing, as named SQL with typed answers; amounts are in cents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from casecore.contract.streams import account_stream_id
from casecore.postgres.limits import EXPORT
from projections.billing.projection import BILLING
from projections.billing.tables import CHARGES_TABLE, LEDGER_TABLE, ChargeRow, LedgerRow
from projections.kit.reading.queries import ask, ask_in_pieces


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
    """Which charges; what is None does not matter. `year` is that in which they fell due."""

    package: str | None = None
    owed_by: str | None = None
    year: int | None = None
    limit: int | None = None


class UnbilledItem(NamedTuple):
    """A fee that no document bills yet, or a credit: reversed, and still billed by `document`."""

    stream_id: UUID
    number: int
    version: int
    package: str
    period: int
    due_on: date
    period_end_on: date
    customer: str
    seller: str
    obligor: str
    owed_by: str
    net_cents: int
    item: str
    document: str | None
    is_held: bool


class UnbilledTotal(NamedTuple):
    """What a party is to be billed, less what is to be taken back."""

    owed_by: str
    obligor: str
    fees: int
    credits: int
    net_cents: int
    oldest_due_on: date
    is_held: bool


class DocumentFilter(NamedTuple):
    """Which documents; what is None does not matter. `year` is that of issue."""

    buyer: str | None = None
    kind: str | None = None
    year: int | None = None
    limit: int | None = None


class Document(NamedTuple):
    """A document issued; the amounts of a correction are below zero."""

    number: str
    version: int
    position: int
    kind: str
    issued_on: date
    buyer: str
    lines: int
    net_cents: int
    vat_cents: int
    gross_cents: int
    pay_until: date | None
    settles_year: int | None
    part: int
    parts: int
    corrects: str | None
    correction_reason: str | None
    corrected_by: list[str]
    sha256: str


class HeldItem(NamedTuple):
    """Something unbilled of a buyer that is on hold."""

    owed_by: str
    country: str
    held_at: datetime | None
    package: str
    number: int
    due_on: date
    customer: str
    net_cents: int
    item: str


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
where position > %(after_position)s and (%(party)s::text is null or party = %(party)s)
  and (%(account)s::text is null or account = %(account)s)
  and (%(package)s::text is null or package = %(package)s)
  and (%(document)s::text is null or document = %(document)s)
  and (%(since)s::date is null or value_on >= %(since)s)
  and (%(until)s::date is null or value_on <= %(until)s)
order by position fetch first coalesce(%(limit)s::bigint, 9223372036854775807) rows with ties
) as page order by position, line"""
TRIAL_BALANCE = (
    "select account, debit_cents, credit_cents, balance_cents from billing.trial_balance order by 1"
)
CHARGES = f"""select {", ".join(CHARGES_TABLE.names)} from billing.charges
where (%(stream_id)s::uuid is null or stream_id = %(stream_id)s)
  and (%(owed_by)s::text is null or owed_by = %(owed_by)s)
  and (%(year)s::int is null or due_year = %(year)s)
order by package, number limit %(limit)s"""
UNBILLED = f"""select {", ".join(UnbilledItem._fields)} from billing.unbilled
where %(owed_by)s::text is null or owed_by = %(owed_by)s
order by owed_by, due_on, package, number limit %(limit)s"""
UNBILLED_TOTALS = f"""select {", ".join(UnbilledTotal._fields)} from billing.unbilled_by_buyer
where %(owed_by)s::text is null or owed_by = %(owed_by)s order by owed_by, obligor limit %(limit)s"""
DOCUMENTS = """select d.number, d.version, d.position, d.kind, d.issued_on, d.buyer, d.lines,
  d.sign * d.net_cents as net_cents, d.sign * d.vat_cents as vat_cents, d.sign * d.gross_cents as gross_cents,
  d.pay_until, d.settles_year, d.part, d.parts, d.corrects, d.correction_reason,
  coalesce(c.corrections, '{}') as corrected_by, d.sha256
from billing.documents as d left join billing.documents_with_corrections as c on c.number = d.number
where (%(buyer)s::text is null or d.buyer = %(buyer)s) and (%(kind)s::text is null or d.kind = %(kind)s)
  and (%(year)s::int is null or extract(year from d.issued_on) = %(year)s)
order by d.version desc limit %(limit)s"""
HELD = f"""select {", ".join(HeldItem._fields)} from billing.held_items
order by owed_by, due_on, package, number limit %(limit)s"""
YEARS = f"""select {", ".join(YearOfPackage._fields)} from billing.charges_by_package_and_year
where (%(stream_id)s::uuid is null or stream_id = %(stream_id)s)
  and (%(year)s::int is null or due_year = %(year)s)
order by package, due_year limit %(limit)s"""


def ledger(database: str, which: LedgerFilter = LedgerFilter()) -> Iterator[LedgerRow]:  # noqa: B008
    """Lines of the ledger in the order of the log, read as they are asked for.

    Raises ViewMissing and ViewOutdated.
    """
    return ask_in_pieces(database, BILLING, LedgerRow, LEDGER, which._asdict(), EXPORT)


def charges(database: str, which: ChargeFilter = ChargeFilter()) -> Iterator[ChargeRow]:  # noqa: B008
    """The current charges by package, read as they are asked for. Raises as `ledger`."""
    return ask_in_pieces(
        database, BILLING, ChargeRow, CHARGES, {**which._asdict(), **_account(which.package)}, EXPORT
    )


def unbilled(database: str, owed_by: str | None = None, limit: int | None = None) -> Iterator[UnbilledItem]:
    """What is to be billed or taken back, by who owes it, read as it is asked for. Raises as `ledger`."""
    return ask_in_pieces(
        database, BILLING, UnbilledItem, UNBILLED, {"owed_by": owed_by, "limit": limit}, EXPORT
    )


def unbilled_totals(database: str, owed_by: str | None = None, limit: int = 10_000) -> list[UnbilledTotal]:
    """The same, summed up for each who owes. Raises as `ledger`."""
    return ask(
        database, BILLING, UnbilledTotal, UNBILLED_TOTALS, {"owed_by": owed_by, "limit": limit}, EXPORT
    )


def trial_balance(database: str) -> list[AccountBalance]:
    """The sums of each account that has a line. Raises as `ledger`."""
    return ask(database, BILLING, AccountBalance, TRIAL_BALANCE, {}, EXPORT)


def documents(database: str, which: DocumentFilter = DocumentFilter()) -> Iterator[Document]:  # noqa: B008
    """Documents, those issued last first, read as they are asked for. Raises as `ledger`."""
    return ask_in_pieces(database, BILLING, Document, DOCUMENTS, which._asdict(), EXPORT)


def held_items(database: str, limit: int = 10_000) -> list[HeldItem]:
    """What is not billed because its buyer is on hold. Raises as `ledger`."""
    return ask(database, BILLING, HeldItem, HELD, {"limit": limit}, EXPORT)


def charges_by_year(
    database: str, package: str | None = None, year: int | None = None, limit: int | None = None
) -> Iterator[YearOfPackage]:
    """Charges summed up for each package and year, read as they are asked for. Raises as `ledger`."""
    return ask_in_pieces(
        database, BILLING, YearOfPackage, YEARS, {"year": year, "limit": limit, **_account(package)}, EXPORT
    )


def _account(package: str | None) -> dict[str, UUID | None]:
    return {"stream_id": None if package is None else account_stream_id(package)}
