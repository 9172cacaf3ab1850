"""The tables of rows of the service levels; functions.sql and views.sql answer from them for an instant."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, NamedTuple, TypeAlias
from uuid import UUID

from projections.kit.stored_table import Stored, StoredTable

Seconds: TypeAlias = int | Decimal


_CaseId: TypeAlias = Annotated[UUID, Stored("The case's stream id.")]


class CaseRow(NamedTuple):
    """A case as of its last event."""

    case_id: _CaseId
    reference: Annotated[str, Stored("Its reference for people.")]
    version: Annotated[int, Stored("The number of its last event that the view knows.")]
    customer: Annotated[str, Stored("The customer.")]
    seller: Annotated[str, Stored("Who sold the package, and gives level 0.")]
    vendor: Annotated[str, Stored("The vendor, who gives level 1.")]
    partner: Annotated[str | None, Stored("The support partner, if one has a part in it.")]
    category: Annotated[str, Stored("Which kind of support it asks for.")]
    topic: Annotated[str, Stored("What it is about.")]
    priority: Annotated[str, Stored("How urgent it is.")]
    state: Annotated[str, Stored("Where it is in its life.")]
    opened_at: Annotated[datetime, Stored("When it was opened.")]
    ended_at: Annotated[datetime | None, Stored("When it was closed or cancelled.")]
    as_of: Annotated[datetime, Stored("When the last thing happened that the view knows of.")]
    holder: Annotated[
        str | None,
        Stored(
            "Who has it: customer, hand_over, level_0, level_1, partner or resolved, opening hours not taken "
            "off; null once it has ended."
        ),
    ]
    organisation: Annotated[str, Stored("Whose turn it is, or was last.")]
    agent: Annotated[str | None, Stored("Who is assigned; null for nobody.")]
    calendar: Annotated[
        str | None, Stored("Key of the calendar outside of whose hours nobody has it; null if there is none.")
    ]
    open_until: Annotated[Seconds | None, Stored(_OPEN_UNTIL, "numeric")]
    policy_id: Annotated[str | None, Stored("The policy for the whole case; null if it has none.")]
    policy_version: Annotated[int | None, Stored("That policy's version.", "int")]
    without_policy: Annotated[
        str,
        Stored(
            "What no policy covers, so that it has no clocks: end_to_end, and each level where it has been.",
            "text[]",
        ),
    ]
    next_note_at: Annotated[
        datetime | None,
        Stored(
            "From when on something must be recorded as an event of it: a warning, a miss, or that a "
            "recorded miss was none; null if nothing is in sight."
        ),
    ]


class ClockRow(NamedTuple):
    """A clock of a case as of the case's last event."""

    case_id: _CaseId
    clock: Annotated[str, Stored("What is measured: first_response, next_reply, and so on.")]
    level: Annotated[str, Stored("The level that it is about; empty for the whole case.")]
    organisation: Annotated[str, Stored("Which organisation's level; empty for the whole case.")]
    number: Annotated[int, Stored("Counts next replies, and hand-overs to one level, from 1.", "int")]
    policy_id: Annotated[str, Stored("The policy by which it is measured.")]
    policy_version: Annotated[int, Stored("That policy's version.", "int")]
    policy_organisation: Annotated[str, Stored("Whose promise it is.")]
    priority: Annotated[str, Stored("The priority by which its target was chosen.")]
    target_seconds: Annotated[Seconds, Stored("The target, in seconds of opening hours.", "numeric")]
    status: Annotated[str, Stored("running, paused, met, missed or cancelled.")]
    started_at: Annotated[datetime, Stored("From when on it is measured.")]
    stopped_at: Annotated[datetime | None, Stored("When it came to stand; null while it runs or is paused.")]
    due_at: Annotated[
        datetime | None,
        Stored(
            "When elapsed equals the target; null while paused unless missed, once cancelled, and beyond "
            "the calendar's horizon."
        ),
    ]
    falls_due_at: Annotated[
        datetime | None,
        Stored(
            "From when on, not included, it is missed if nothing more happens; null once it stands or is "
            "missed, and where nothing is in sight."
        ),
    ]
    agent: Annotated[
        str | None,
        Stored(
            "Who was assigned when it came to stand, or until then; null for nobody, and while it runs or "
            "is paused."
        ),
    ]
    met_at: Annotated[datetime | None, Stored("When what it waits for happened, in time or not.")]
    missed_at: Annotated[datetime | None, Stored("When it became a miss.")]
    elapsed_seconds: Annotated[Seconds, Stored("Opening hours in which it counted.", "numeric")]
    paused_seconds: Annotated[Seconds, Stored("Opening hours in which it was paused.", "numeric")]
    times_paused: Annotated[int, Stored("How often it was paused.", "int")]
    running_since: Annotated[
        datetime | None, Stored("Since when it runs without a pause; null if it does not.")
    ]
    risk_percent: Annotated[
        int | None, Stored("From which share of the target on it is at risk; null: never.", "int")
    ]
    warn_percent: Annotated[
        int | None, Stored("The first warning that is not recorded; null if none is in sight.", "int")
    ]
    warn_at: Annotated[datetime | None, Stored("When that share of the target is used up.")]
    miss_recorded: Annotated[bool, Stored("Whether its miss stands recorded as an event.")]
    beyond_horizon: Annotated[
        bool, Stored("Whether the calendar does not reach to where it is due, or back to where it started.")
    ]
    uncovered: Annotated[
        bool, Stored("Whether it ran where the calendar does not reach, and stands: nobody knows if in time.")
    ]
    calendar: Annotated[str, Stored("Key of the calendar by which it is measured.")]
    open_until: Annotated[Seconds | None, Stored(f"{_OPEN_UNTIL} Null once the clock stands.", "numeric")]


class RevisionRow(NamedTuple):
    """Something that changed afterwards how a clock counts, or in which month."""

    case_id: _CaseId
    clock: Annotated[str, Stored("The clock whose figures changed.")]
    level: Annotated[str, Stored("The level that it is about; empty for the whole case.")]
    organisation: Annotated[str, Stored("Which organisation's level; empty for the whole case.")]
    number: Annotated[int, Stored("Counts next replies, and hand-overs to one level, from 1.", "int")]
    place: Annotated[int, Stored("Counts what changed the clock, from 1.", "int")]
    what: Annotated[
        str,
        Stored(
            "miss_withdrawn: a recorded miss was none; restarted: it ran again after it had been met, or "
            "started from zero; pause_recorded_late: without a pause it would have been missed before that "
            "was recorded."
        ),
    ]
    at: Annotated[
        datetime,
        Stored(
            "When the withdrawn miss was, when it had been met or started from zero, or when it would have "
            "been missed."
        ),
    ]
    policy_id: Annotated[str, Stored("The policy by which it was measured then.")]
    policy_version: Annotated[int, Stored("That policy's version.", "int")]
    policy_organisation: Annotated[str, Stored("Whose promise it was.")]
    priority: Annotated[str, Stored("The priority by which its target was chosen then.")]
    target_seconds: Annotated[Seconds, Stored("The target then, in seconds of opening hours.", "numeric")]


class HolderRow(NamedTuple):
    """How long one had a case, as of its last event."""

    case_id: _CaseId
    holder: Annotated[
        str,
        Stored(
            "Whose the time is: resolved, outside_hours, customer, hand_over, level_0, level_1 or partner."
        ),
    ]
    organisation: Annotated[str, Stored("The organisation whose turn it was.")]
    agent: Annotated[str, Stored("Who was assigned; empty for nobody.")]
    seconds: Annotated[Seconds, Stored("How long.", "numeric")]


class CalendarRow(NamedTuple):
    """A calendar that was pinned to a case, as intervals; the arrays in PostgreSQL's text form."""

    key: Annotated[str, Stored("The beginning of the SHA-256 of its JSON, in hexadecimal digits.")]
    id: Annotated[str, Stored("The calendar's id.")]
    version: Annotated[int, Stored("Its version.", "int")]
    time_zone: Annotated[str, Stored("The zone whose local time it is in.")]
    begins_at: Annotated[datetime, Stored("Before this nothing is known, and nothing open.")]
    ends_at: Annotated[datetime, Stored("From this on nothing is known, and nothing open.")]
    opens: Annotated[str, Stored("When it opens, each time, rising.", "timestamptz[]")]
    closes: Annotated[str, Stored("When it closes, each time.", "timestamptz[]")]
    open_before: Annotated[str, Stored("How much was open before each time, in microseconds.", "bigint[]")]


_OPEN_UNTIL = "How much that calendar was open from its beginning until the case's last event, in seconds."

CASES_TABLE = StoredTable(
    name="cases",
    comment="A row for each case, as of its last event.",
    row=CaseRow,
    key=("case_id",),
    of_stream=True,
    indexes=(("reference",), ("next_note_at",), ("opened_at",), ("customer",), ("ended_at",)),
)

CLOCKS_TABLE = StoredTable(
    name="clocks",
    comment="A row for each clock of a case, as of the case's last event; clocks_at() "
    "and clocks_now tell on.",
    row=ClockRow,
    key=("case_id", "clock", "level", "organisation", "number"),
    of_stream=True,
    indexes=(("stopped_at",), ("met_at",), ("missed_at",)),
)

REVISIONS_TABLE = StoredTable(
    name="revisions",
    comment="A row for each thing that changed afterwards how a clock counts, or in which month.",
    row=RevisionRow,
    key=("case_id", "clock", "level", "organisation", "number", "place"),
    of_stream=True,
)

HOLDERS_TABLE = StoredTable(
    name="holders",
    comment="How long each had a case, as of its last event; holders_at() and holders_now tell on.",
    row=HolderRow,
    key=("case_id", "holder", "organisation", "agent"),
    of_stream=True,
)

CALENDARS_TABLE = StoredTable(
    name="calendars",
    comment="A row for each calendar that was ever pinned to a case, laid out as intervals of time.",
    row=CalendarRow,
    key=("key",),
    shared=True,
)

TABLES = (CASES_TABLE, CLOCKS_TABLE, REVISIONS_TABLE, HOLDERS_TABLE, CALENDARS_TABLE)
