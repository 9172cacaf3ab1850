"""The tables of rows of the service levels; functions.sql and views.sql answer from them for an instant."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, TypeAlias
from uuid import UUID

from projections.kit.projection import Column, Table

Seconds: TypeAlias = int | Decimal


class CaseRow(NamedTuple):
    """A case as of its last event."""

    case_id: UUID
    reference: str
    version: int
    customer: str
    seller: str
    vendor: str
    partner: str | None
    category: str
    topic: str
    priority: str
    state: str
    opened_at: datetime
    ended_at: datetime | None
    as_of: datetime
    holder: str | None
    organisation: str
    agent: str | None
    calendar: str | None
    open_until: Seconds | None
    policy_id: str | None
    policy_version: int | None
    without_policy: str
    next_note_at: datetime | None


class ClockRow(NamedTuple):
    """A clock of a case as of the case's last event."""

    case_id: UUID
    clock: str
    level: str
    organisation: str
    number: int
    policy_id: str
    policy_version: int
    policy_organisation: str
    priority: str
    target_seconds: Seconds
    status: str
    started_at: datetime
    stopped_at: datetime | None
    due_at: datetime | None
    falls_due_at: datetime | None
    met_at: datetime | None
    missed_at: datetime | None
    elapsed_seconds: Seconds
    paused_seconds: Seconds
    times_paused: int
    running_since: datetime | None
    risk_percent: int | None
    warn_percent: int | None
    warn_at: datetime | None
    miss_recorded: bool
    beyond_horizon: bool
    uncovered: bool
    calendar: str
    open_until: Seconds | None


class HolderRow(NamedTuple):
    """How long one had a case, as of its last event."""

    case_id: UUID
    holder: str
    organisation: str
    agent: str
    seconds: Seconds


class CalendarRow(NamedTuple):
    """A calendar that was pinned to a case, as intervals; the arrays in PostgreSQL's text form."""

    key: str
    id: str
    version: int
    time_zone: str
    begins_at: datetime
    ends_at: datetime
    opens: str
    closes: str
    open_before: str


_CASE_ID = Column("case_id", "uuid not null", "The case's stream id.")
_OPEN_UNTIL = "How much that calendar was open from its beginning until the case's last event, in seconds."

CASES_TABLE = Table(
    "cases",
    "A row for each case, as of its last event.",
    CaseRow,
    ("case_id",),
    (
        _CASE_ID,
        Column("reference", "text not null", "Its reference for people."),
        Column("version", "bigint not null", "The number of its last event that the view knows."),
        Column("customer", "text not null", "The customer."),
        Column("seller", "text not null", "Who sold the package, and gives level 0."),
        Column("vendor", "text not null", "The vendor, who gives level 1."),
        Column("partner", "text", "The support partner, if one has a part in it."),
        Column("category", "text not null", "Which kind of support it asks for."),
        Column("topic", "text not null", "What it is about."),
        Column("priority", "text not null", "How urgent it is."),
        Column("state", "text not null", "Where it is in its life."),
        Column("opened_at", "timestamptz not null", "When it was opened."),
        Column("ended_at", "timestamptz", "When it was closed or cancelled."),
        Column("as_of", "timestamptz not null", "When the last thing happened that the view knows of."),
        Column(
            "holder",
            "text",
            "Who has it: customer, hand_over, level_0, level_1, partner or resolved, opening hours not taken "
            "off; null once it has ended.",
        ),
        Column("organisation", "text not null", "Whose turn it is, or was last."),
        Column("agent", "text", "Who is assigned; null for nobody."),
        Column(
            "calendar",
            "text",
            "Key of the calendar outside of whose hours nobody has it; null if there is none.",
        ),
        Column("open_until", "numeric", _OPEN_UNTIL),
        Column("policy_id", "text", "The policy for the whole case; null if it has none."),
        Column("policy_version", "int", "That policy's version."),
        Column(
            "without_policy",
            "text[] not null",
            "What no policy covers, so that it has no clocks: end_to_end, and each level where it has been.",
        ),
        Column(
            "next_note_at",
            "timestamptz",
            "From when on something must be recorded as an event of it: a warning, a miss, or that a "
            "recorded miss was none; null if nothing is in sight.",
        ),
    ),
    of_stream=True,
    indexes=(("reference",), ("next_note_at",)),
)

CLOCKS_TABLE = Table(
    "clocks",
    "A row for each clock of a case, as of the case's last event; clocks_at() and clocks_now tell on.",
    ClockRow,
    ("case_id", "clock", "level", "organisation", "number"),
    (
        _CASE_ID,
        Column("clock", "text not null", "What is measured: first_response, next_reply, and so on."),
        Column("level", "text not null", "The level that it is about; empty for the whole case."),
        Column("organisation", "text not null", "Which organisation's level; empty for the whole case."),
        Column("number", "int not null", "Counts next replies, and hand-overs to one level, from 1."),
        Column("policy_id", "text not null", "The policy by which it is measured."),
        Column("policy_version", "int not null", "That policy's version."),
        Column("policy_organisation", "text not null", "Whose promise it is."),
        Column("priority", "text not null", "The priority by which its target was chosen."),
        Column("target_seconds", "numeric not null", "The target, in seconds of opening hours."),
        Column("status", "text not null", "running, paused, met, missed or cancelled."),
        Column("started_at", "timestamptz not null", "From when on it is measured."),
        Column("stopped_at", "timestamptz", "When it came to stand; null while it runs or is paused."),
        Column(
            "due_at",
            "timestamptz",
            "When elapsed equals the target; null while paused unless missed, once cancelled, and beyond "
            "the calendar's horizon.",
        ),
        Column(
            "falls_due_at",
            "timestamptz",
            "From when on, not included, it is missed if nothing more happens; null once it stands or is "
            "missed, and where nothing is in sight.",
        ),
        Column("met_at", "timestamptz", "When what it waits for happened, in time or not."),
        Column("missed_at", "timestamptz", "When it became a miss."),
        Column("elapsed_seconds", "numeric not null", "Opening hours in which it counted."),
        Column("paused_seconds", "numeric not null", "Opening hours in which it was paused."),
        Column("times_paused", "int not null", "How often it was paused."),
        Column("running_since", "timestamptz", "Since when it runs without a pause; null if it does not."),
        Column("risk_percent", "int", "From which share of the target on it is at risk; null: never."),
        Column("warn_percent", "int", "The first warning that is not recorded; null if none is in sight."),
        Column("warn_at", "timestamptz", "When that share of the target is used up."),
        Column("miss_recorded", "boolean not null", "Whether its miss stands recorded as an event."),
        Column(
            "beyond_horizon",
            "boolean not null",
            "Whether the calendar does not reach to where it is due, or back to where it started.",
        ),
        Column(
            "uncovered",
            "boolean not null",
            "Whether it ran where the calendar does not reach, and stands: nobody knows if in time.",
        ),
        Column("calendar", "text not null", "Key of the calendar by which it is measured."),
        Column("open_until", "numeric", f"{_OPEN_UNTIL} Null once the clock stands."),
    ),
    of_stream=True,
)

HOLDERS_TABLE = Table(
    "holders",
    "How long each had a case, as of its last event; holders_at() and holders_now tell on.",
    HolderRow,
    ("case_id", "holder", "organisation", "agent"),
    (
        _CASE_ID,
        Column(
            "holder",
            "text not null",
            "Whose the time is: resolved, outside_hours, customer, hand_over, level_0, level_1 or partner.",
        ),
        Column("organisation", "text not null", "The organisation whose turn it was."),
        Column("agent", "text not null", "Who was assigned; empty for nobody."),
        Column("seconds", "numeric not null", "How long."),
    ),
    of_stream=True,
)

CALENDARS_TABLE = Table(
    "calendars",
    "A row for each calendar that was ever pinned to a case, laid out as intervals of time.",
    CalendarRow,
    ("key",),
    (
        Column("key", "text not null", "The beginning of the SHA-256 of its JSON, in hexadecimal digits."),
        Column("id", "text not null", "The calendar's id."),
        Column("version", "int not null", "Its version."),
        Column("time_zone", "text not null", "The zone whose local time it is in."),
        Column("begins_at", "timestamptz not null", "Before this nothing is known, and nothing open."),
        Column("ends_at", "timestamptz not null", "From this on nothing is known, and nothing open."),
        Column("opens", "timestamptz[] not null", "When it opens, each time, rising."),
        Column("closes", "timestamptz[] not null", "When it closes, each time."),
        Column("open_before", "bigint[] not null", "How much was open before each time, in microseconds."),
    ),
    shared=True,
)

TABLES = (CASES_TABLE, CLOCKS_TABLE, HOLDERS_TABLE, CALENDARS_TABLE)
