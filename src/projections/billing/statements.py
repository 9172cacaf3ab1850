"""Statements of one moment: a reseller's settlement, a party's open account, and a party's own fees."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from casecore.postgres.connection import Connection
from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.billing.projection import BILLING
from projections.billing.tables import SETTLEMENTS_TABLE, SettlementRow
from projections.billing.unbilled import UNBILLED_TOTALS, UnbilledTotal, totals_given
from projections.kit.reading.places import PlaceNumber
from projections.kit.reading.queries import fetch_all, fetch_first
from projections.kit.reading.session import open_for_answer
from projections.kit.reading.snapshot import read_snapshot


class SettlementDocument(NamedTuple):
    """A document of a settlement; the amounts of a correction are below zero."""

    document: str
    kind: str
    part: int
    parts: int
    issued_on: date
    corrects: str | None
    correction_reason: str | None
    lines: int
    net_cents: int
    vat_cents: int
    gross_cents: int
    sha256: str


class SettlementLine(NamedTuple):
    """A line of one of its documents: a fee, or one that is taken back, below zero."""

    document: str
    line: int
    kind: str
    corrects: str | None
    package: str
    charge: int
    customer: str
    period_start_on: date
    period_end_on: date
    late: bool
    net_cents: int
    category: str
    percent: Decimal


class SettlementLinePlace(NamedTuple):
    """A place in the lines of a settlement: the one that comes before."""

    customer: str
    package: str
    charge: PlaceNumber
    document: str
    line: PlaceNumber


class LinesOfSettlement(NamedTuple):
    """Which lines of a settlement: those after a place, `limit` at most, all if it is None."""

    after: SettlementLinePlace | None = None
    limit: int | None = None


class SettlementStatement(NamedTuple):
    """A settlement with its documents and their lines, by customer.

    `is_whole`: all its documents are issued, and come to what the settlement says.
    """

    settlement: SettlementRow
    documents: list[SettlementDocument]
    lines: list[SettlementLine]
    is_whole: bool


class AccountLine(NamedTuple):
    """A line of a party's account; `balance_cents` is what it owes after it."""

    position: int
    value_on: date
    posting: str
    document: str | None
    debit_cents: int
    credit_cents: int
    balance_cents: int


class PartyAccount(NamedTuple):
    """What a party was billed, gross, document after document, and what it is to be billed yet, net."""

    party: str
    lines: list[AccountLine]
    balance_cents: int
    unbilled: list[UnbilledTotal]


_OF_YEAR = f"seller = %(seller)s and year = %(year)s and {rules.condition(rules.SETTLEMENT)}"

SETTLEMENT = f"""select {", ".join(SETTLEMENTS_TABLE.names)} from billing.settlements
where {_OF_YEAR}"""
SETTLEMENT_DOCUMENTS = f"""select {", ".join(SettlementDocument._fields)} from billing.settlement_documents
where {_OF_YEAR} order by document"""
SETTLEMENT_LINES = f"""select {", ".join(SettlementLine._fields)} from billing.settlement_lines
where {_OF_YEAR} and (%(after_customer)s::text is null
  or (customer, package, charge, document, line) > (%(after_customer)s, %(after_package)s::text,
    %(after_charge)s::bigint, %(after_document)s::text, %(after_line)s::bigint))
order by customer, package, charge, document, line limit %(limit)s"""
ACCOUNT = f"""select position, value_on, posting, document, debit_cents, credit_cents,
  (sum(debit_cents - credit_cents) over (order by position, line))::bigint as balance_cents
from billing.ledger where account = 'receivable' and party = %(party)s
  and {rules.condition(rules.LEDGER_LINE)} order by position, line"""


def settlement_statement(
    database: str,
    seller: str,
    year: int,
    viewer: Viewer | None = None,
    which: LinesOfSettlement = LinesOfSettlement(),  # noqa: B008
) -> SettlementStatement | None:
    """The settlement of a reseller's year with some of its lines, or None.

    Raises ViewMissing, ViewOutdated and ProjectionError.
    """
    after = which.after or (None,) * len(SettlementLinePlace._fields)
    place = {f"after_{name}": value for name, value in zip(SettlementLinePlace._fields, after, strict=True)}
    given = {"seller": seller, "year": year, **rules.given(viewer)}
    of_lines = {**given, **place, "limit": which.limit}

    def statement(connection: Connection) -> SettlementStatement | None:
        settlement = fetch_first(connection, SettlementRow, SETTLEMENT, given)
        if settlement is None:
            return None
        documents = fetch_all(connection, SettlementDocument, SETTLEMENT_DOCUMENTS, given)
        return SettlementStatement(
            settlement=settlement,
            documents=documents,
            lines=fetch_all(connection, SettlementLine, SETTLEMENT_LINES, of_lines),
            is_whole=_comes_to(settlement, documents),
        )

    with open_for_answer(database, BILLING) as connection:
        return read_snapshot(connection, BILLING, statement)


def _comes_to(settlement: SettlementRow, documents: list[SettlementDocument]) -> bool:
    """Whether all documents of a settlement are issued, and come to what it says."""
    return len(documents) == settlement.documents and (
        sum(each.net_cents for each in documents),
        sum(each.vat_cents for each in documents),
        sum(each.gross_cents for each in documents),
    ) == (settlement.net_cents, settlement.vat_cents, settlement.gross_cents)


def party_account(database: str, party: str, viewer: Viewer | None = None) -> PartyAccount:
    """What a party was billed and is to be billed yet; payments are not known. Raises as above."""

    unbilled_given = totals_given(party, limit=None, after=None, viewer=viewer)

    def account(connection: Connection) -> PartyAccount:
        lines = fetch_all(connection, AccountLine, ACCOUNT, {"party": party, **rules.given(viewer)})
        return PartyAccount(
            party=party,
            lines=lines,
            balance_cents=lines[-1].balance_cents if lines else 0,
            unbilled=fetch_all(connection, UnbilledTotal, UNBILLED_TOTALS, unbilled_given),
        )

    with open_for_answer(database, BILLING) as connection:
        return read_snapshot(connection, BILLING, account)
