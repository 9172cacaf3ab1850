"""The timeline's tables of rows; functions.sql answers from them how cases stood at a past instant."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NamedTuple
from uuid import UUID

from projections.kit.roles import INTERNAL_READER
from projections.kit.stored_table import Stored, StoredTable


class TimelineRow(NamedTuple):
    """One event of one case."""

    case_id: Annotated[UUID, Stored("The case's stream id.")]
    version: Annotated[int, Stored("The event's number in its case, from 1 without gaps.")]
    position: Annotated[int, Stored("The event's place in the store's log, over all cases.")]
    reference: Annotated[str, Stored("The case's reference for people.")]
    type: Annotated[str, Stored("What happened, such as opened or escalated.")]
    occurred_at: Annotated[datetime, Stored("When it happened.")]
    recorded_at: Annotated[datetime, Stored("When it was stored.")]
    person: Annotated[str, Stored("Who acted.")]
    organisation: Annotated[str, Stored("For which organisation.")]
    role: Annotated[str, Stored("In which role: customer, seller, vendor, partner or system.")]
    state: Annotated[
        str,
        Stored(
            "The case's state after the event, when it was recorded; an event that came late has that of "
            "a later time. At an instant T it is that of the last event with changed ? 'state' and "
            "occurred_at <= T, ordered by occurred_at, version; level, holder and agent likewise, with "
            "'level', 'organisation' and 'agent'. Without the condition on changed the query is wrong."
        ),
    ]
    level: Annotated[
        str | None,
        Stored("The level where the case is or was last; null until it is taken, also after it opened anew."),
    ]
    holder: Annotated[str, Stored("The organisation whose turn it is, or was last, after the event.")]
    agent: Annotated[str | None, Stored("The agent assigned after the event.")]
    implied: Annotated[bool, Stored("Whether an import made it so that the next event is legal.")]
    changed: Annotated[str, Stored("What changed: each field with its value before and after.", "jsonb")]
    source_name: Annotated[str | None, Stored("The other system from whose log the event was imported.")]
    source_case: Annotated[str | None, Stored("The case's id there.")]
    source_place: Annotated[int | None, Stored("The row's place in its case there, from 1.")]
    source_activity: Annotated[str | None, Stored("The row's activity there.")]
    source_resource: Annotated[str | None, Stored("Who did it there.")]
    internal: Annotated[
        bool,
        Stored("Whether it is an internal message: who may read those finds its body in internal_messages."),
    ]
    body: Annotated[
        str | None,
        Stored("The whole fact, in today's version of its type; null of an internal message.", "jsonb"),
    ]


class InternalMessageRow(NamedTuple):
    """An internal message of one case: what not every reader of the view may read."""

    case_id: Annotated[UUID, Stored("The case's stream id.")]
    version: Annotated[int, Stored("The event's number in its case, as in events.")]
    position: Annotated[int, Stored("The event's place in the store's log, as in events.")]
    reference: Annotated[str, Stored("The case's reference for people.")]
    readers: Annotated[
        str,
        Stored(
            "The organisations for which it was written, a list of ids. The database holds nobody to it: the "
            "role reads every row, and whoever shows a text to people shows it to these only.",
            "jsonb",
        ),
    ]
    body: Annotated[str, Stored("The whole fact, in today's version of its type.", "jsonb")]


class StandingRow(NamedTuple):
    """How a case stood after an event that changed its state, its level, whose turn it is, or its agent.

    Such an event is never recorded late: of a case, the rows that had occurred by one instant and were
    recorded by another are the first ones, and the last of these says how it stood.
    """

    case_id: Annotated[UUID, Stored("The case's stream id.")]
    version: Annotated[int, Stored("The event's number in its case, as in events.")]
    reference: Annotated[str, Stored("The case's reference for people.")]
    occurred_at: Annotated[datetime, Stored("Since when it stood so: when the event happened.")]
    recorded_at: Annotated[datetime, Stored("Since when that is known: when the event was stored.")]
    state: Annotated[str, Stored("Its state.")]
    is_open: Annotated[bool, Stored("Not resolved, closed or cancelled.")]
    level: Annotated[
        str | None,
        Stored("The level where it was, or was last; null until it is taken, also after it opened anew."),
    ]
    organisation: Annotated[str, Stored("Whose turn it was, or was last; holder in events.")]
    agent: Annotated[str | None, Stored("Who was assigned; null while nobody was.")]


EVENTS_TABLE = StoredTable(
    name="events",
    comment="A row for each event of a case; order by case_id, version for a case's history.",
    row=TimelineRow,
    key=("case_id", "version"),
    append_only=True,
    indexes=(("reference", "version"),),
)

INTERNAL_MESSAGES_TABLE = StoredTable(
    name="internal_messages",
    comment="A row for each internal message, with its text; for the role casecore_internal_reader only.",
    row=InternalMessageRow,
    key=("case_id", "version"),
    append_only=True,
    read_by=INTERNAL_READER,
)

STANDINGS_TABLE = StoredTable(
    name="standings",
    comment="A row for each change of a case's state, level, organisation or agent. How all cases stood at "
    "an instant, as known at another, is states_at(occurred, recorded); of one case state_at.",
    row=StandingRow,
    key=("case_id", "version"),
    append_only=True,
)

TABLES = (EVENTS_TABLE, INTERNAL_MESSAGES_TABLE, STANDINGS_TABLE)
