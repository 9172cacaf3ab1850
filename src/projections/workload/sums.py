"""The workload's tables of sums by day: what the pictures of operations count over cases that have ended.

Sums are by whatever pictures are filtered by, and by all who see a case, but for its customer: of one
customer's cases the rows are counted. A day is one in Europe/Berlin.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, NamedTuple, TypeAlias

from casecore.contract.cases import State
from projections.kit.projection import FinishedBy
from projections.kit.stored_table import Stored, SummedTable
from projections.pictures.sums import (
    OF_CASE,
    PARTS,
    OfOrganisation,
    OfPartner,
    OfPriority,
    OfSeller,
    OfTopic,
    OfVendor,
    berlin,
)
from projections.workload.tables import CASES_TABLE

FINISHED = FinishedBy(CASES_TABLE, "ended_at")

_Day: TypeAlias = Annotated[date, Stored("The day, in Europe/Berlin.")]


class DayOfMoves(NamedTuple):
    """What happened on a day to cases that have ended, and are alike in whatever a sum is by."""

    day: _Day
    vendor: OfVendor
    seller: OfSeller
    partner: OfPartner
    topic: OfTopic
    priority: OfPriority
    organisation: OfOrganisation
    facts: Annotated[int, Stored("How much is counted in the row in all.")]
    moves: Annotated[int, Stored("Changes of a case's state.")]
    opened: Annotated[int, Stored("Cases opened.")]
    moved_last: Annotated[int, Stored("Cases with their last move, assignment or waiting.")]
    came_in: Annotated[int, Stored("How often a case became open: opened, or reopened.")]
    went_out: Annotated[int, Stored("How often a case that was open was resolved or cancelled.")]
    up: Annotated[int, Stored("Hand-overs to the vendor.")]
    down: Annotated[int, Stored("Hand-overs back from the vendor.")]
    bounces: Annotated[int, Stored("Those up of cases that had been at level 0 since they came down.")]
    resolved: Annotated[int, Stored("How often a case was resolved.")]
    reopened: Annotated[int, Stored("Reopenings.")]
    stand_resolved: Annotated[int, Stored("Technical cases that stay resolved, by when they were.")]
    at_first_level: Annotated[int, Stored("Those of them that were never at level 1.")]
    in_opened: Annotated[int, Stored("Cases that came into the state opened, less those that left it.")]
    in_reseller_l0: Annotated[int, Stored("The same of reseller_l0.")]
    in_escalated_l1: Annotated[int, Stored("The same of escalated_l1.")]
    in_partner_support: Annotated[int, Stored("The same of partner_support.")]
    in_resolved: Annotated[int, Stored("The same of resolved.")]
    in_closed: Annotated[int, Stored("The same of closed.")]
    in_cancelled: Annotated[int, Stored("The same of cancelled.")]


STATE_SUMS: Mapping[str, str] = MappingProxyType({state.value: f"in_{state.value}" for state in State})
"""The column of each state."""


class HourOfArrivals(NamedTuple):
    """What came in within an hour of a day."""

    day: _Day
    hour: Annotated[int, Stored("The hour in Europe/Berlin, from 0 to 23.", "int")]
    vendor: OfVendor
    seller: OfSeller
    partner: OfPartner
    topic: OfTopic
    priority: OfPriority
    organisation: OfOrganisation
    came_in: Annotated[int, Stored("How often a case became open: opened, or reopened.")]


_ENDED = "c.ended_at is not null and c.case_id {streams}"

_MORE = tuple(name for name in DayOfMoves._fields if name not in ("day", *PARTS, "organisation", "facts"))


def _facts(instant: str, counted: Mapping[str, str]) -> str:
    """The columns of one fact: when it happened, and what it counts."""
    more = ", ".join(f"{counted.get(name, '0')} as {name}" for name in _MORE)
    return f"{berlin(instant)}::date as day, {OF_CASE}, c.organisation, 1 as facts, {more}"


_STEPS = {
    name: f"(m.state = '{state}')::int - (m.was is not distinct from '{state}')::int"
    for state, name in STATE_SUMS.items()
}
_MOVES = _facts(
    "m.occurred_at",
    {
        **{name: f"m.{name}" for name in ("came_in", "went_out", "up", "down", "reopened")},
        "bounces": "m.bounce",
        "resolved": "(m.move = 'resolved')::int",
        "moves": "1",
        "opened": "(m.was is null)::int",
        **_STEPS,
    },
)
_LAST = _facts(
    "f.at",
    {
        "moved_last": "f.moved_last",
        "stand_resolved": "1 - f.moved_last",
        "at_first_level": "f.at_first_level",
    },
)

DAILY_MOVES = SummedTable(
    name="daily_moves",
    comment="What happened on each day to cases that have ended; case_moves and cases have the others, too.",
    row=DayOfMoves,
    key=("day", *PARTS, "organisation"),
    facts=f"""select {_MOVES}
from {{schema}}.cases as c join (
  select *, lag(state) over (partition by case_id order by version) as was
  from {{schema}}.case_moves where case_id {{streams}}
) as m on m.case_id = c.case_id where {_ENDED}
union all
select {_LAST}
from {{schema}}.cases as c cross join lateral (values (c.last_move_at, 1, 0),
  (case when c.first_level_resolved is not null then c.resolved_at end, 0, c.first_level_resolved::int)
) as f (at, moved_last, at_first_level) where f.at is not null and {_ENDED}""",
)

HOURLY_ARRIVALS = SummedTable(
    name="hourly_arrivals",
    comment="What came in within each hour of each day, of cases that have ended.",
    row=HourOfArrivals,
    key=("day", "hour", *PARTS, "organisation"),
    facts=f"""select {berlin("m.occurred_at")}::date as day,
  extract(hour from {berlin("m.occurred_at")})::int as hour, {OF_CASE}, c.organisation, m.came_in
from {{schema}}.cases as c join {{schema}}.case_moves as m on m.case_id = c.case_id
where m.came_in > 0 and m.case_id {{streams}} and {_ENDED}""",
)

SUMS = (DAILY_MOVES, HOURLY_ARRIVALS)
