"""What a customer's packages are charged, and how much of it is billed, by who owes it; amounts in cents."""

from __future__ import annotations

from typing import NamedTuple

from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.billing.projection import BILLING
from projections.kit.reading.queries import ask


class CustomerDebt(NamedTuple):
    """What somebody owes for a customer's packages: the customer of a direct sale itself, or a reseller.

    `charges` counts those that stand, whose sum is `net_cents`: what documents bill of it, and what is not
    billed yet, less what is to be taken back.
    """

    owed_by: str
    obligor: str
    charges: int
    net_cents: int
    billed_cents: int
    unbilled_cents: int


DEBTS = f"""select owed_by, obligor, count(*) filter (where not is_reversed) as charges,
  coalesce(sum(net_cents) filter (where not is_reversed), 0)::bigint as net_cents,
  coalesce(sum(net_cents) filter (where document is not null), 0)::bigint as billed_cents,
  (coalesce(sum(net_cents) filter (where not is_reversed), 0)
    - coalesce(sum(net_cents) filter (where document is not null), 0))::bigint as unbilled_cents
from billing.charges where {rules.condition(rules.CHARGE)} and customer = %(customer)s
group by owed_by, obligor order by owed_by, obligor"""


def customer_debts(database: str, customer: str, viewer: Viewer | None = None) -> list[CustomerDebt]:
    """What is owed for a customer's packages, as far as the viewer sees it.

    Raises ViewMissing and ViewOutdated.
    """
    given = {"customer": customer, **rules.given(viewer)}
    return ask(database, BILLING, CustomerDebt, DEBTS, given)
