"""What people ask of fee memos: what a seller or a support partner charged; amounts are in cents."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID

from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.billing.fees import FEE_MEMOS_TABLE, FeeMemoRow
from projections.billing.projection import BILLING
from projections.kit.reading.places import PlaceNumber
from projections.kit.reading.queries import ask


class MemoPlace(NamedTuple):
    """A place in a list of memos: the one that comes before."""

    due_on: date
    stream_id: UUID
    number: PlaceNumber


class MemoFilter(NamedTuple):
    """Which memos; what is None does not matter. `year` is that in which they fell due.

    Those that were taken back only where it says so. Those after a place, `limit` at most.
    """

    year: int | None = None
    customer: str | None = None
    service: str | None = None
    with_reversed: bool = False
    limit: int = 100
    after: MemoPlace | None = None


MEMOS = f"""select {", ".join(FEE_MEMOS_TABLE.names)} from billing.fee_memos
where {rules.condition(rules.FEE)} and party = %(party)s
  and (%(year)s::int is null or due_year = %(year)s)
  and (%(customer)s::text is null or customer = %(customer)s)
  and (%(service)s::text is null or service = %(service)s)
  and (%(with_reversed)s or not is_reversed)
  and (%(after_due_on)s::date is null or (due_on, stream_id, number)
    > (%(after_due_on)s, %(after_stream)s::uuid, %(after_number)s::bigint))
order by due_on, stream_id, number limit %(limit)s"""


def fee_memos(database: str, party: str, which: MemoFilter, viewer: Viewer | None = None) -> list[FeeMemoRow]:
    """What a party charged, by the day on which it fell due. Raises ViewMissing and ViewOutdated."""
    after = which.after
    given = {
        **which._asdict(),
        "party": party,
        "after_due_on": after.due_on if after else None,
        "after_stream": after.stream_id if after else None,
        "after_number": after.number if after else None,
        **rules.given(viewer),
    }
    return ask(database, BILLING, FeeMemoRow, MEMOS, given)
