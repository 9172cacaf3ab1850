"""What the packages of customers pay, beside which operations people see what their cases take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.billing.projection import BILLING
from projections.kit.reading.queries import ask
from projections.pictures.asked import Behind, PictureFilter
from projections.pictures.sql import given, narrowed

MOST_CUSTOMERS = 100

FEES = f"""select c.customer, c.package, c.net_cents from billing.charges as c
where not c.is_reversed and {rules.condition(rules.CHARGE, "c")}"""


class CustomerFees(NamedTuple):
    """Picture 12. The maintenance fees of a customer's packages that fell due, without those taken back.

    Key: customer. Figures: packages, net_cents (behind both are these packages).
    """

    customer: str
    packages: int
    net_cents: int


class PackageBehind(NamedTuple):
    """A package behind a figure, with its fees of these days."""

    package: str
    charges: int
    net_cents: int


def customer_fees(
    database: str, which: PictureFilter, viewer: Viewer | None, customers: Sequence[str] | None = None
) -> list[CustomerFees]:
    """Picture 12, what the packages of customers pay: of these, or of the 100 who pay most.

    Of the filter `customer`, `seller`, `since` and `until` count. Raises ViewMissing and ViewOutdated.
    """
    query = f"""select customer, count(distinct package) as packages, sum(net_cents)::bigint as net_cents
from ({_fees(which, customers)}) as f group by customer
order by net_cents desc, customer limit {MOST_CUSTOMERS}"""
    asked = given(which, viewer, customers=None if customers is None else list(customers))
    return ask(database, BILLING, CustomerFees, query, asked)


def customer_fees_packages(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[PackageBehind]:
    """The packages behind a figure of picture 12: those after the package `after`. Raises as the figures."""
    query = f"""select package, count(*) as charges, sum(net_cents)::bigint as net_cents
from ({_fees(which, None)}) as f where customer = %(key_customer)s and package > %(after)s
group by package order by package limit %(limit)s"""
    more = {"key_customer": behind.keys["customer"], "after": behind.after, "limit": behind.limit}
    return ask(database, BILLING, PackageBehind, query, given(which, viewer, **more))


def _fees(which: PictureFilter, customers: Sequence[str] | None) -> str:
    conditions = [f"c.{name} = %({name})s" for name in ("customer", "seller") if getattr(which, name)]
    if customers is not None:
        conditions.append("c.customer = any(%(customers)s)")
    if which.since is not None:
        conditions.append("c.due_on >= %(since)s")
    if which.until is not None:
        conditions.append("c.due_on <= %(until)s")
    return narrowed(FEES, conditions)
