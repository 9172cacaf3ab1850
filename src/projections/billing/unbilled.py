"""What is to be billed or taken back yet, and what waits for a decision; amounts are in cents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.billing.projection import BILLING
from projections.kit.reading.places import PlaceNumber
from projections.kit.reading.queries import ask, ask_in_pieces, limits_for


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


class ItemPlace(NamedTuple):
    """A place in a list of items, unbilled or held: the one that comes before."""

    owed_by: str
    due_on: date
    package: str
    number: PlaceNumber


class UnbilledTotal(NamedTuple):
    """What a party is to be billed, less what is to be taken back."""

    owed_by: str
    obligor: str
    fees: int
    credits: int
    net_cents: int
    oldest_due_on: date
    is_held: bool


class UnbilledTotalPlace(NamedTuple):
    """A place in the list of totals: the one that comes before."""

    owed_by: str
    obligor: str


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


_AFTER_ITEM = """(%(after_owed_by)s::text is null or (owed_by, due_on, package, number)
    > (%(after_owed_by)s, %(after_due_on)s::date, %(after_package)s::text, %(after_number)s::bigint))"""

_WANTED = """(%(owed_by)s::text is null or owed_by = %(owed_by)s)
  and (%(customer)s::text is null or customer = %(customer)s)
  and (%(until)s::date is null or due_on <= %(until)s)"""

UNBILLED = f"""select {", ".join(UnbilledItem._fields)} from billing.unbilled
where {rules.condition(rules.CHARGE)} and {_WANTED}
  and {_AFTER_ITEM}
order by owed_by, due_on, package, number limit %(limit)s"""
# As billing.unbilled_by_buyer, of what fell due until a day.
UNBILLED_TOTALS = f"""select owed_by, obligor, count(*) filter (where item = 'fee') as fees,
  count(*) filter (where item = 'credit') as credits, sum(net_cents)::bigint as net_cents,
  min(due_on) as oldest_due_on, bool_or(is_held) as is_held
from billing.unbilled where {rules.condition(rules.CHARGE)} and {_WANTED}
  and (%(after_owed_by)s::text is null
    or (owed_by, obligor) > (%(after_owed_by)s, %(after_obligor)s::text))
group by owed_by, obligor order by owed_by, obligor limit %(limit)s"""
HELD = f"""select {", ".join(HeldItem._fields)} from billing.held_items
where {rules.condition(rules.HELD_CHARGE)} and {_AFTER_ITEM}
order by owed_by, due_on, package, number limit %(limit)s"""


def unbilled(
    database: str,
    owed_by: str | None = None,
    limit: int | None = None,
    after: ItemPlace | None = None,
    viewer: Viewer | None = None,
    until: date | None = None,
    customer: str | None = None,
) -> Iterator[UnbilledItem]:
    """What is to be billed or taken back, by who owes it, read as it is asked for.

    With `until`, of what fell due until that day; with `customer`, for that one's packages.
    Raises ViewMissing and ViewOutdated.
    """
    given = {
        "owed_by": owed_by,
        "customer": customer,
        "until": until,
        "limit": limit,
        **_after_item(after),
        **rules.given(viewer),
    }
    return ask_in_pieces(database, BILLING, UnbilledItem, UNBILLED, given, limits_for(limit))


def unbilled_totals(
    database: str,
    owed_by: str | None = None,
    limit: int = 10_000,
    after: UnbilledTotalPlace | None = None,
    viewer: Viewer | None = None,
    until: date | None = None,
    customer: str | None = None,
) -> list[UnbilledTotal]:
    """The same, summed up for each who owes. Raises as `unbilled`."""
    given = totals_given(owed_by, limit, after, viewer, until, customer)
    return ask(database, BILLING, UnbilledTotal, UNBILLED_TOTALS, given)


def totals_given(
    owed_by: str | None,
    limit: int | None,
    after: UnbilledTotalPlace | None,
    viewer: Viewer | None,
    until: date | None = None,
    customer: str | None = None,
) -> dict[str, object]:
    """The parameters of UNBILLED_TOTALS."""
    return {
        "owed_by": owed_by,
        "customer": customer,
        "until": until,
        "limit": limit,
        "after_owed_by": after.owed_by if after else None,
        "after_obligor": after.obligor if after else None,
        **rules.given(viewer),
    }


def held_items(
    database: str, limit: int = 10_000, after: ItemPlace | None = None, viewer: Viewer | None = None
) -> list[HeldItem]:
    """What is not billed because its buyer is on hold. Raises as `unbilled`."""
    given = {"limit": limit, **_after_item(after), **rules.given(viewer)}
    return ask(database, BILLING, HeldItem, HELD, given)


def _after_item(after: ItemPlace | None) -> dict[str, object]:
    return {
        "after_owed_by": after.owed_by if after else None,
        "after_due_on": after.due_on if after else None,
        "after_package": after.package if after else None,
        "after_number": after.number if after else None,
    }
