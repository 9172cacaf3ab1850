"""Where money stands in a year, of one moment: what fell due, was billed, and is to be billed; in cents."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from casecore.postgres.connection import Connection
from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.billing.projection import BILLING
from projections.kit.reading.queries import fetch_all
from projections.kit.reading.session import open_for_answer
from projections.kit.reading.snapshot import read_snapshot


class FellDueSum(NamedTuple):
    """Fees that fell due in the year and stand, by how they are billed; without a rate while they are not."""

    category: str | None
    percent: Decimal | None
    charges: int
    net_cents: int


class BilledSum(NamedTuple):
    """What documents of the year bill at one rate, less what corrections of the year take back."""

    category: str
    percent: Decimal
    documents: int
    net_cents: int
    vat_cents: int
    gross_cents: int


class UnbilledSumByItem(NamedTuple):
    """What no document bills yet, of whichever year: fees, or credits, below zero.

    `is_held`: their buyers are on hold.
    """

    item: str
    is_held: bool
    charges: int
    net_cents: int


class MoneyOverview(NamedTuple):
    """A year, and what stands open now.

    `receivable_cents` is what documents bill less what corrections took back, gross, of all years: payments
    are not recorded. `years` are those in which a fee fell due or a document was issued.
    """

    year: int
    fell_due: list[FellDueSum]
    billed: list[BilledSum]
    unbilled: list[UnbilledSumByItem]
    receivable_cents: int
    years: list[int]


class _Receivable(NamedTuple):
    cents: int


class _Year(NamedTuple):
    year: int


FELL_DUE = f"""select category, percent, count(*) as charges, sum(net_cents)::bigint as net_cents
from billing.charges where {rules.condition(rules.CHARGE)} and due_year = %(year)s and not is_reversed
group by category, percent order by category nulls first, percent"""
BILLED = f"""select v.category, v.percent, count(*) as documents,
  sum(d.sign * v.net_cents)::bigint as net_cents, sum(d.sign * v.vat_cents)::bigint as vat_cents,
  sum(d.sign * (v.net_cents + v.vat_cents))::bigint as gross_cents
from billing.documents as d join billing.document_vat as v on v.document = d.number
where {rules.condition(rules.DOCUMENT, "d")} and extract(year from d.issued_on) = %(year)s
group by v.category, v.percent order by v.category, v.percent desc"""
UNBILLED_BY_ITEM = f"""select item, is_held, count(*) as charges, sum(net_cents)::bigint as net_cents
from billing.unbilled where {rules.condition(rules.CHARGE)} group by item, is_held
order by is_held, item desc"""
RECEIVABLE = f"""select coalesce(sum(debit_cents - credit_cents), 0)::bigint as cents
from billing.ledger where account = 'receivable' and {rules.condition(rules.LEDGER_LINE)}"""
YEARS_OF_MONEY = f"""select due_year as year from billing.charges where {rules.condition(rules.CHARGE)}
union select extract(year from issued_on)::int from billing.documents
where {rules.condition(rules.DOCUMENT)} order by year desc"""


def money_overview(database: str, year: int, viewer: Viewer | None = None) -> MoneyOverview:
    """Where money stands, of what the viewer sees. Raises ViewMissing, ViewOutdated and ProjectionError."""
    given = {"year": year, **rules.given(viewer)}

    def overview(connection: Connection) -> MoneyOverview:
        return MoneyOverview(
            year=year,
            fell_due=fetch_all(connection, FellDueSum, FELL_DUE, given),
            billed=fetch_all(connection, BilledSum, BILLED, given),
            unbilled=fetch_all(connection, UnbilledSumByItem, UNBILLED_BY_ITEM, given),
            receivable_cents=fetch_all(connection, _Receivable, RECEIVABLE, given)[0].cents,
            years=[one.year for one in fetch_all(connection, _Year, YEARS_OF_MONEY, given)],
        )

    with open_for_answer(database, BILLING) as connection:
        return read_snapshot(connection, BILLING, overview)
