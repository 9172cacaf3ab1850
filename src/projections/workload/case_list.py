"""Lists of cases: filtered, sorted, and page by page, as named SQL with typed answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from casecore.contract.cases import Priority
from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.kit.reading.queries import ask, ask_first
from projections.workload.projection import WORKLOAD
from projections.workload.tables import CASES_TABLE, CaseRow

_COLUMNS = ", ".join(CASES_TABLE.names)
_URGENCY = {priority.value: place for place, priority in enumerate(Priority, start=1)}
_BY_URGENCY = " ".join(f"when '{name}' then {place}" for name, place in _URGENCY.items())

SORTED_BY: Mapping[str, str] = MappingProxyType(
    {
        "opened_at": "opened_at",
        "last_move_at": "last_move_at",
        "priority": f"case priority {_BY_URGENCY} else 0 end",
    }
)
"""What a list can be sorted by, as SQL."""

CASES = f"""select {_COLUMNS} from workload.cases
where {rules.condition(rules.CASE)}
  and (%(state)s::text is null or state = %(state)s)
  and (%(level)s::text is null or level = %(level)s)
  and (%(organisation)s::text is null or organisation = %(organisation)s)
  and (%(agent)s::text is null or agent = %(agent)s)
  and (%(other_than)s::text is null or agent <> %(other_than)s)
  and (%(has_agent)s::boolean is null or (agent is not null) = %(has_agent)s)
  and (%(customer)s::text is null or customer = %(customer)s)
  and (%(seller)s::text is null or seller = %(seller)s)
  and (%(partner)s::text is null or partner = %(partner)s)
  and (%(topic)s::text is null or topic = %(topic)s)
  and (%(category)s::text is null or category = %(category)s)
  and (%(priority)s::text is null or priority = %(priority)s)
  and (%(waiting)s::boolean is null or (waiting_since is not null) = %(waiting)s)
  and (%(opened_since)s::timestamptz is null or opened_at >= %(opened_since)s)
  and (%(opened_until)s::timestamptz is null or opened_at < %(opened_until)s)
  and (not %(open_only)s or is_open)
  and (%(cases)s::uuid[] is null or case_id = any(%(cases)s))
"""
COUNT = f"select count(*) as number from ({CASES}) as listed"


class _Number(NamedTuple):
    number: int


class CaseOrder(NamedTuple):
    """By which of `SORTED_BY` a list is sorted; equal ones by their references.

    `then` comes between, rising, where it is given: such a list has no pages.
    """

    column: str = "opened_at"
    descending: bool = True
    then: str = ""


class CasePlace(NamedTuple):
    """A place in a list of cases: the row of it that comes before, by what the list is sorted by."""

    value: datetime | int
    reference: str


class CaseFilter(NamedTuple):
    """Which cases to list; what is None does not matter. Those after a place, `limit` at most.

    `organisation` is whose turn it is, `waiting` whether it waits for the customer. `other_than` leaves out
    what this agent has, and what nobody has. `opened_since` is included, `opened_until` is not. `cases` are
    the stream ids of those among which they are.
    """

    state: str | None = None
    level: str | None = None
    organisation: str | None = None
    agent: str | None = None
    other_than: str | None = None
    has_agent: bool | None = None
    customer: str | None = None
    seller: str | None = None
    partner: str | None = None
    topic: str | None = None
    category: str | None = None
    priority: str | None = None
    waiting: bool | None = None
    opened_since: datetime | None = None
    opened_until: datetime | None = None
    open_only: bool = False
    cases: Sequence[UUID] | None = None
    order: CaseOrder = CaseOrder()
    limit: int = 100
    after: CasePlace | None = None


def list_cases(
    database: str,
    which: CaseFilter = CaseFilter(),  # noqa: B008
    viewer: Viewer | None = None,
) -> list[CaseRow]:
    """Cases, those opened last first unless said otherwise. Raises ViewMissing and ViewOutdated."""
    key, descending = SORTED_BY[which.order.column], which.order.descending
    query, given = CASES, {**which._asdict(), **rules.given(viewer)}
    if which.after is not None:
        query += (
            f"and ({key} {'<' if descending else '>'} %(after_value)s "
            f"or {key} = %(after_value)s and reference > %(after_reference)s)\n"
        )
        given |= {"after_value": which.after.value, "after_reference": which.after.reference}
    then = f", {SORTED_BY[which.order.then]}" if which.order.then else ""
    query += f"order by {key}{' desc' if descending else ''}{then}, reference limit %(limit)s"
    return ask(database, WORKLOAD, CaseRow, query, given)


def count_cases(database: str, which: CaseFilter, viewer: Viewer | None = None) -> int:
    """How many cases there are, whatever the limit and the place. Raises as `list_cases`."""
    found = ask_first(database, WORKLOAD, _Number, COUNT, {**which._asdict(), **rules.given(viewer)})
    return found.number if found else 0


def place_of(case: CaseRow, order: CaseOrder) -> CasePlace:
    """Where a list that is sorted so goes on after this case."""
    value = _URGENCY.get(case.priority, 0) if order.column == "priority" else getattr(case, order.column)
    return CasePlace(value, case.reference)
