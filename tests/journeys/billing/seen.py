"""What the program says of billing, read from its view with plain SQL, in the reckoning's terms."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import namedtuple_row

from tests.journeys.billing.due import Fee
from tests.journeys.billing.reckoning import Document, Line, Paper, Settlement, Tax

Row = Any


def ask(database: str, query: str, given: Sequence[object] | None = None) -> list[Row]:
    """Rows of a query."""
    with psycopg.connect(database, row_factory=namedtuple_row) as connection:
        return connection.execute(query.encode(), given).fetchall()


_STORED = """select
  (select count(*) from casecore.stored_events where topic similar to
    'casecore.billing.(maintenance_fee_|document_|settlement_|maintenance_price|vat_rate)%')
  + (select coalesce(sum(last), 0) from (select max(originator_version) as last from casecore.stored_events
    where topic like 'casecore.billing.buyer%' group by originator_id) as of_buyer) as events"""
_FOLDED = """select
  (select coalesce(sum(last), 0) from
    (select max(version) as last from billing.charges group by stream_id) as of_account)
  + (select count(*) from billing.documents) + (select count(*) from billing.settlements)
  + (select count(*) from billing.prices) + (select count(*) from billing.vat_rates)
  + (select coalesce(sum(version), 0) from billing.buyers) as events"""


def is_folded(database: str) -> bool:
    """Whether the view has what the store has of billing."""
    if not ask(database, "select 1 where to_regclass('billing.charges') is not null"):
        return False
    return bool(ask(database, _STORED) == ask(database, _FOLDED))


def papers(database: str) -> dict[str, Paper]:
    """Which document of its buyer each number is."""
    found: dict[str, Paper] = {}
    so_far = Counter[str]()
    for row in ask(database, "select number, buyer from billing.documents order by version"):
        so_far[row.buyer] += 1
        found[row.number] = (row.buyer, so_far[row.buyer])
    return found


class ChargeState(NamedTuple):
    """The state of a charge: the fee, whether it is reversed, and the document that bills it."""

    fee: Fee
    is_reversed: bool
    billed: tuple[Paper, Tax] | None


def charges(database: str, of: dict[str, Paper]) -> dict[tuple[str, int], ChargeState]:
    """Every charge's state, by package and number."""
    found = {}
    for row in ask(database, "select * from billing.charges"):
        period = (row.due_on, row.period_end_on)
        fee = Fee(row.package, *period, row.customer, row.owed_by, row.obligor, row.net_cents)
        billed = (of[row.document], _tax(row)) if row.document else None
        found[row.package, row.number] = ChargeState(fee, row.is_reversed, billed)
    return found


def documents(database: str, of: dict[str, Paper]) -> dict[Paper, Document]:
    """Every document with its lines."""
    lines: defaultdict[str, list[Line]] = defaultdict(list)
    for row in ask(database, "select * from billing.document_lines"):
        period = (row.period_start_on, row.period_end_on)
        line = Line(row.package, row.charge, row.customer, *period, row.net_cents, _tax(row), row.late)
        lines[row.document].append(line)
    taxes: defaultdict[str, list[tuple[Tax, int, int]]] = defaultdict(list)
    for row in ask(database, "select * from billing.document_vat"):
        taxes[row.document].append((_tax(row), row.net_cents, row.vat_cents))
    found = {}
    for row in ask(database, "select * from billing.documents"):
        assert len(lines[row.number]) == row.lines == len(set(lines[row.number]))
        found[of[row.number]] = Document(
            row.kind,
            row.settles_year,
            of[row.corrects] if row.corrects else None,
            row.correction_reason,
            frozenset(lines[row.number]),
            frozenset(taxes[row.number]),
            row.net_cents,
            row.vat_cents,
            row.gross_cents,
        )
    return found


def settlements(database: str) -> dict[tuple[str, int], Settlement]:
    """Every settlement."""
    return {
        (row.seller, row.year): Settlement(
            row.fees, row.credits, row.documents, row.net_cents, row.vat_cents, row.gross_cents
        )
        for row in ask(database, "select * from billing.settlements")
    }


def unbilled(database: str) -> dict[tuple[str, str], tuple[int, int, int]]:
    """What is to be billed and taken back, by debtor."""
    rows = ask(database, "select * from billing.unbilled_by_buyer")
    return {(row.owed_by, row.obligor): (row.fees, row.credits, row.net_cents) for row in rows}


def held_items(database: str) -> Counter[tuple[str, str, date]]:
    """What is not billed because its buyer is held."""
    rows = ask(database, "select * from billing.held_items")
    return Counter((row.owed_by, row.package, row.due_on) for row in rows)


_BALANCES = """select account, party, sum(debit_cents - credit_cents)::bigint as balance
from billing.ledger group by account, party having sum(debit_cents - credit_cents) <> 0"""


def balances(database: str) -> dict[tuple[str, str], int]:
    """What the postings to each account come to for each party."""
    return {(row.account, row.party): row.balance for row in ask(database, _BALANCES)}


def archived(database: str) -> dict[str, bytes]:
    """The archived bytes of each document, which hash to what its event says."""
    found = {}
    query = """select d.number, d.sha256, a.content from billing.documents as d
    left join casecore.archive as a on a.sha256 = decode(d.sha256, 'hex')"""
    for row in ask(database, query):
        assert row.content is not None, f"{row.number} is not archived"
        assert hashlib.sha256(row.content).hexdigest() == row.sha256, row.number
        found[row.number] = bytes(row.content)
    return found


def _tax(row: Row) -> Tax:
    return (row.category, Fraction(row.percent))
