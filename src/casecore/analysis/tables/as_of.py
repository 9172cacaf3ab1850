"""Cases as they stood at an instant, by what was known: their places, their clocks, and who had them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, NamedTuple, TypeAlias

import pyarrow as pa

from casecore.analysis.tables.columns import WORD, About
from casecore.clocks.instants import instant, maybe_instant
from casecore.contract import cases as e
from casecore.evaluation.case_events import CaseEvents, Happened
from casecore.evaluation.figures import clock_figures
from casecore.evaluation.known_case import CaseByThen, known_case

_Case: TypeAlias = Annotated[str, About("The case's reference.")]
_SMALL = pa.int32()


class CaseAtRow(NamedTuple):
    """A case at the instant; what is counted is what had occurred by then."""

    case: _Case
    version: Annotated[int, About("The highest number among its events that had occurred.", _SMALL)]
    customer: Annotated[str, About("The customer.", WORD)]
    seller: Annotated[str, About("Who sold the package, and gives level 0.", WORD)]
    partner: Annotated[str | None, About("The support partner, if one has a part in it.", WORD)]
    vendor: Annotated[str, About("The vendor, who gives level 1.", WORD)]
    category: Annotated[str, About("Which kind of support it asks for.", WORD)]
    topic: Annotated[str, About("What it is about.", WORD)]
    priority: Annotated[str, About("How urgent it is.", WORD)]
    state: Annotated[str, About("Where it is in its life.", WORD)]
    is_open: Annotated[bool, About("Not resolved, closed or cancelled.")]
    level: Annotated[str | None, About("The level where it is or was last; none until it is taken.", WORD)]
    holder: Annotated[str, About("The organisation whose turn it is, or was last.", WORD)]
    agent: Annotated[str | None, About("Who is assigned.", WORD)]
    opened_at: Annotated[datetime, About("When it was opened.")]
    waiting_since: Annotated[datetime | None, About("Since when it waits for the customer.")]
    resolved_at: Annotated[datetime | None, About("When it was resolved last; none while it is not.")]
    ended_at: Annotated[datetime | None, About("When it was closed or cancelled.")]
    age_seconds: Annotated[float, About("From its opening to its end, or to the instant; seconds.")]
    hand_overs_up: Annotated[int, About("How often it went to the vendor.", _SMALL)]
    hand_overs_down: Annotated[int, About("How often the vendor gave it back.", _SMALL)]
    reopened: Annotated[int, About("How often it was reopened.", _SMALL)]
    messages: Annotated[int, About("How many messages it has.", _SMALL)]
    effort_minutes: Annotated[int, About("Minutes spent on it.")]


class ClockAtRow(NamedTuple):
    """A clock of a case at the instant; its times are opening hours of its policy's calendar."""

    case: _Case
    clock: Annotated[str, About("What is measured: first_response, next_reply, and so on.", WORD)]
    level: Annotated[str | None, About("The level that it is about; none for the whole case.", WORD)]
    organisation: Annotated[str, About("Whose promise it is.", WORD)]
    number: Annotated[int, About("Counts next replies, and hand-overs to one level, from 1.", _SMALL)]
    policy: Annotated[str, About("The policy by which it is measured.", WORD)]
    policy_version: Annotated[int, About("That policy's version.", _SMALL)]
    priority: Annotated[str, About("The priority by which its target was chosen.", WORD)]
    status: Annotated[str, About("running, paused, met, missed or cancelled.", WORD)]
    at_risk: Annotated[bool, About("Whether the share of the target is used up from which on it is at risk.")]
    target_seconds: Annotated[float, About("The target; seconds of opening hours.")]
    started_at: Annotated[datetime, About("From when on it is measured.")]
    due_at: Annotated[datetime | None, About("When the target is used up; none while it is paused.")]
    met_at: Annotated[datetime | None, About("When what it waits for happened, in time or not.")]
    missed_at: Annotated[datetime | None, About("When it became a miss.")]
    elapsed_seconds: Annotated[float, About("Seconds of opening hours in which it counted.")]
    paused_seconds: Annotated[float, About("Seconds of opening hours in which it was paused.")]
    remaining_seconds: Annotated[float, About("The target less what elapsed; below 0 once that is over.")]
    times_paused: Annotated[int, About("How often it was paused.", _SMALL)]
    beyond_horizon: Annotated[bool, About("Whether the calendar does not reach as far as it would take.")]


class HolderAtRow(NamedTuple):
    """How long somebody had a case until the instant; a case's rows add up to its age."""

    case: _Case
    holder: Annotated[
        str, About("customer, hand_over, level_0, level_1, partner, resolved or outside_hours.", WORD)
    ]
    organisation: Annotated[str, About("The organisation whose turn it was.", WORD)]
    agent: Annotated[str | None, About("Who was assigned.", WORD)]
    seconds: Annotated[float, About("How long, in seconds.")]


class RowsOfCase(NamedTuple):
    """A case's rows at an instant."""

    case: CaseAtRow
    clocks: list[ClockAtRow]
    holders: list[HolderAtRow]


def case_at(events: CaseEvents, at: int) -> RowsOfCase | None:
    """A case by those of its events that are known, at an instant in microseconds since 1970.

    None where it was not opened by then.
    """
    found = known_case(events, at)
    if found is None:
        return None
    return RowsOfCase(_case_row(events, found, at), list(_clock_rows(found)), list(_holder_rows(found)))


def _case_row(events: CaseEvents, found: CaseByThen, at: int) -> CaseAtRow:
    standing, evaluation = found.standing, found.evaluation
    happened = [one for one in events.events if one.at <= at]
    counted = _Counts.of(one.data for one in happened)
    return CaseAtRow(
        case=found.reference,
        version=found.version,
        customer=found.customer,
        seller=found.seller,
        partner=found.partner,
        vendor=found.vendor,
        category=found.category.value,
        topic=found.topic,
        priority=standing.priority.value,
        state=standing.state.value,
        is_open=standing.state.is_open,
        level=standing.level.value if standing.level else None,
        holder=standing.organisation,
        agent=standing.agent,
        opened_at=instant(evaluation.life.opened_at),
        waiting_since=maybe_instant(standing.waiting_since),
        resolved_at=maybe_instant(_resolved_at(happened)),
        ended_at=maybe_instant(evaluation.life.ended_at),
        age_seconds=evaluation.age / 1_000_000,
        hand_overs_up=counted.up,
        hand_overs_down=counted.down,
        reopened=counted.reopened,
        messages=counted.messages,
        effort_minutes=found.effort_minutes,
    )


class _Counts(NamedTuple):
    up: int
    down: int
    reopened: int
    messages: int

    @classmethod
    def of(cls, events: Iterable[e.CaseEvent]) -> _Counts:
        kinds: list[type] = [type(data) for data in events]
        return cls(
            kinds.count(e.CaseEscalated),
            kinds.count(e.CaseHandedBack),
            kinds.count(e.CaseReopened),
            kinds.count(e.MessagePosted),
        )


def _resolved_at(happened: Iterable[Happened]) -> int | None:
    """When it was resolved last, unless it was opened again since."""
    turns = [one for one in happened if isinstance(one.data, (e.CaseResolved, e.CaseReopened))]
    last = max(turns, key=lambda one: (one.at, one.version), default=None)
    return last.at if last is not None and isinstance(last.data, e.CaseResolved) else None


def _clock_rows(found: CaseByThen) -> Iterator[ClockAtRow]:
    for reading in found.evaluation.clocks:
        figures = clock_figures(reading)
        yield ClockAtRow(
            case=found.reference,
            clock=figures.clock,
            level=figures.level,
            organisation=figures.organisation,
            number=figures.number,
            policy=figures.policy,
            policy_version=figures.policy_version,
            priority=figures.priority,
            status=figures.status,
            at_risk=figures.at_risk,
            target_seconds=float(figures.target_seconds),
            started_at=figures.started_at,
            due_at=figures.due_at,
            met_at=figures.met_at,
            missed_at=figures.missed_at,
            elapsed_seconds=float(figures.elapsed_seconds),
            paused_seconds=float(figures.paused_seconds),
            remaining_seconds=float(figures.remaining_seconds),
            times_paused=figures.times_paused,
            beyond_horizon=figures.beyond_horizon,
        )


def _holder_rows(found: CaseByThen) -> Iterator[HolderAtRow]:
    for custody, time in found.evaluation.custody_times.items():
        yield HolderAtRow(
            found.reference, custody.custodian.value, custody.organisation, custody.agent, time / 1_000_000
        )
