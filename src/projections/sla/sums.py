"""The service levels' tables of sums by day, of cases that have ended: as in projections.workload.sums."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, NamedTuple

from projections.kit.projection import FinishedBy
from projections.kit.stored_table import Stored, SummedTable
from projections.pictures.sums import (
    OF_CASE,
    PARTS,
    OfPartner,
    OfPriority,
    OfSeller,
    OfTopic,
    OfVendor,
    berlin,
)
from projections.sla.tables import CASES_TABLE

FINISHED = FinishedBy(CASES_TABLE, "ended_at")


class DayOfPromises(NamedTuple):
    """How many clocks that have stopped were decided on a day."""

    day: Annotated[date, Stored("The day in Europe/Berlin on which they were met or missed.")]
    vendor: OfVendor
    seller: OfSeller
    partner: OfPartner
    topic: OfTopic
    priority: OfPriority
    organisation: Annotated[str, Stored("Whose promise it was.")]
    level: Annotated[str, Stored("The level; empty for a clock of the whole case.")]
    clock: Annotated[str, Stored("Which clock.")]
    clocks: Annotated[int, Stored("How many were decided.")]
    met: Annotated[int, Stored("How many were met in time.")]
    missed: Annotated[int, Stored("How many were not.")]
    beyond_calendar: Annotated[
        int, Stored("How many were done, in time or not: the calendar does not reach so far.")
    ]


class DayOfCustody(NamedTuple):
    """How long one had the cases that were opened on a day."""

    day: Annotated[date, Stored("The day in Europe/Berlin on which the cases were opened.")]
    vendor: OfVendor
    seller: OfSeller
    partner: OfPartner
    topic: OfTopic
    priority: OfPriority
    organisation: Annotated[str, Stored("Which organisation had them.")]
    holder: Annotated[str, Stored("Whose the time is, as in holders.")]
    cases: Annotated[int, Stored("How many cases.")]
    seconds: Annotated[Decimal, Stored("How long, in all.")]


class DayOfClockTimes(NamedTuple):
    """How many clocks of whole cases that stopped on a day took one and the same time."""

    day: Annotated[date, Stored("The day in Europe/Berlin on which they stopped.")]
    vendor: OfVendor
    seller: OfSeller
    partner: OfPartner
    topic: OfTopic
    priority: OfPriority
    organisation: Annotated[str, Stored("Whose promise it was.")]
    clock: Annotated[str, Stored("Which clock: resolution, or first_response.")]
    elapsed_seconds: Annotated[Decimal, Stored("How long it took, in seconds of opening hours.")]
    clocks: Annotated[int, Stored("How many clocks took so long.")]


_ENDED = "c.ended_at is not null and c.case_id {streams}"

DAILY_PROMISES = SummedTable(
    name="daily_promises",
    comment="How many clocks were met and missed on each day, of those that have stopped, and whose cases "
    "have ended.",
    row=DayOfPromises,
    key=("day", *PARTS, "organisation", "level", "clock"),
    facts=f"""select {berlin("coalesce(k.missed_at, k.met_at)")}::date as day, {OF_CASE},
  k.policy_organisation as organisation, k.level, k.clock,
  1 as clocks, (k.status = 'met' and not k.uncovered)::int as met, (k.status = 'missed')::int as missed,
  (k.status = 'met' and k.uncovered)::int as beyond_calendar
from {{schema}}.cases as c join {{schema}}.clocks as k on k.case_id = c.case_id
where k.case_id {{streams}} and k.status in ('met', 'missed') and k.stopped_at is not null and {_ENDED}""",
)

DAILY_CUSTODY = SummedTable(
    name="daily_custody",
    comment="How long each had the cases that were opened on each day, of those that have ended.",
    row=DayOfCustody,
    key=("day", *PARTS, "organisation", "holder"),
    facts=f"""select {berlin("c.opened_at")}::date as day, {OF_CASE}, h.organisation, h.holder, 1 as cases,
  sum(h.seconds) as seconds
from {{schema}}.cases as c join {{schema}}.holders as h on h.case_id = c.case_id
where h.case_id {{streams}} and {_ENDED} group by c.case_id, h.organisation, h.holder""",
)

DAILY_CLOCK_TIMES = SummedTable(
    name="daily_clock_times",
    comment="The times that clocks of whole cases took which stopped on each day, of cases that have ended.",
    row=DayOfClockTimes,
    key=("day", *PARTS, "organisation", "clock", "elapsed_seconds"),
    facts=f"""select {berlin("k.stopped_at")}::date as day, {OF_CASE},
  k.policy_organisation as organisation, k.clock, trim_scale(k.elapsed_seconds) as elapsed_seconds,
  1 as clocks
from {{schema}}.cases as c join {{schema}}.clocks as k on k.case_id = c.case_id
where k.case_id {{streams}} and k.level = '' and k.clock in ('resolution', 'first_response')
  and k.status in ('met', 'missed') and not k.uncovered and k.stopped_at is not null and {_ENDED}""",
)

SUMS = (DAILY_PROMISES, DAILY_CUSTODY, DAILY_CLOCK_TIMES)
