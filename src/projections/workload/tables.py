"""The workload's tables of rows; views.sql sums them up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NamedTuple, TypeAlias
from uuid import UUID

from projections.kit.stored_table import Stored, StoredTable

_CaseId: TypeAlias = Annotated[UUID, Stored("The case's stream id.")]
_State: TypeAlias = Annotated[str, Stored("Where it is in its life.")]
_Level: TypeAlias = Annotated[
    str | None,
    Stored("The level where it is or was last; null until it is taken, also after it opened anew."),
]


class CaseRow(NamedTuple):
    """A case in its current state."""

    case_id: _CaseId
    reference: Annotated[str, Stored("Its reference for people.")]
    version: Annotated[
        int,
        Stored(
            "The number of its last event that the view knows. Events of other types and those that were "
            "left out do not move it: who waits for an own write asks projections.kit.reading."
        ),
    ]
    customer: Annotated[str, Stored("The customer.")]
    seller: Annotated[str, Stored("Who sold the package, and gives level 0.")]
    partner: Annotated[str | None, Stored("The support partner, if one has a part in it.")]
    vendor: Annotated[str, Stored("The vendor, who gives level 1.")]
    category: Annotated[str, Stored("Which kind of support it asks for.")]
    topic: Annotated[str, Stored("What it is about.")]
    priority: Annotated[str, Stored("How urgent it is.")]
    state: _State
    is_open: Annotated[bool, Stored("Not resolved, closed or cancelled.")]
    level: _Level
    organisation: Annotated[str, Stored("Whose turn it is, or was last.")]
    agent: Annotated[str | None, Stored("Who is assigned; null while nobody is.")]
    opened_at: Annotated[datetime, Stored("When it was opened.")]
    last_move_at: Annotated[
        datetime,
        Stored(
            "When its state, level, organisation, agent or waiting changed last: its last move, assignment "
            "or waiting."
        ),
    ]
    waiting_since: Annotated[
        datetime | None, Stored("Since when it waits for the customer; null if it does not.")
    ]
    resolved_at: Annotated[datetime | None, Stored("When it was resolved last; null while it is not.")]
    ended_at: Annotated[datetime | None, Stored("When it was closed or cancelled.")]
    hand_overs_up: Annotated[int, Stored("How often it went to the vendor.", "int")]
    hand_overs_down: Annotated[
        int,
        Stored(
            "How often the vendor gave it back; a reclassification that opened it anew is no giving back, so "
            "it may have gone up twice and come down never.",
            "int",
        ),
    ]
    bounces: Annotated[
        int,
        Stored(
            "How often it went up again after it had come down, without having been resolved or opened anew "
            "in between.",
            "int",
        ),
    ]
    reopened: Annotated[int, Stored("How often it was reopened.", "int")]
    messages: Annotated[int, Stored("How many messages it has.", "int")]
    effort_minutes: Annotated[int, Stored("Minutes spent on it.")]
    first_level_resolved: Annotated[
        bool | None,
        Stored(
            "Whether level 0 resolved it without it ever having been at level 1; null while it is not "
            "resolved, and for a case that a support partner resolved."
        ),
    ]


class MoveRow(NamedTuple):
    """A case's change of state; the counts are 0 or 1."""

    case_id: _CaseId
    version: Annotated[int, Stored("The event's number in its case.")]
    occurred_at: Annotated[datetime, Stored("When it happened.")]
    move: Annotated[str, Stored("What happened, such as opened, escalated or resolved.")]
    state: _State
    level: _Level
    organisation: Annotated[str, Stored("Whose turn it is after it, or was last.")]
    came_in: Annotated[int, Stored("1 if the case became open by it: opened, or reopened.", "int")]
    went_out: Annotated[int, Stored("1 if it was open before and is not any more.", "int")]
    up: Annotated[int, Stored("1 if it went to the vendor.", "int")]
    down: Annotated[int, Stored("1 if the vendor gave it back.", "int")]
    bounce: Annotated[int, Stored("1 if it went up, and had been at level 0 since it came down.", "int")]
    reopened: Annotated[int, Stored("1 if it was reopened.", "int")]


class StateRow(NamedTuple):
    """A time for which a case was in a state."""

    case_id: _CaseId
    version: Annotated[int, Stored("The number in its case of the event by which it came into the state.")]
    state: Annotated[str, Stored("The state.")]
    is_open: Annotated[bool, Stored("Whether it is open in this state.")]
    came_at: Annotated[datetime, Stored("From when on it was in the state, included.")]
    left_at: Annotated[datetime | None, Stored("Until when, not included; null while it is in it.")]


class EffortRow(NamedTuple):
    """Time that somebody spent on a case."""

    case_id: _CaseId
    version: Annotated[int, Stored("The event's number in its case.")]
    occurred_at: Annotated[datetime, Stored("When the work was done.")]
    organisation: Annotated[str, Stored("The organisation that did it.")]
    person: Annotated[str, Stored("The person who did it.")]
    minutes: Annotated[int, Stored("How long it took, in minutes.", "int")]


CASES_TABLE = StoredTable(
    name="cases",
    comment="A row for each case, as it stands after its last event.",
    row=CaseRow,
    key=("case_id",),
    indexes=(("reference",), ("is_open",), ("opened_at",), ("last_move_at",), ("customer",), ("ended_at",)),
)

MOVES_TABLE = StoredTable(
    name="case_moves",
    comment="A row for each change of a case's state. came_in less went_out, summed, is the backlog.",
    row=MoveRow,
    key=("case_id", "version"),
    append_only=True,
    indexes=(("occurred_at",),),
)

STATES_TABLE = StoredTable(
    name="case_states",
    comment="A row for each time for which a case was in a state: at the end of a day it is in the one that "
    "it had come into before, and had not left before.",
    row=StateRow,
    key=("case_id", "version"),
    indexes=(("came_at",), ("left_at",)),
)

EFFORTS_TABLE = StoredTable(
    name="efforts",
    comment="A row for each effort recorded.",
    row=EffortRow,
    key=("case_id", "version"),
    append_only=True,
    indexes=(("occurred_at",),),
)

TABLES = (CASES_TABLE, MOVES_TABLE, STATES_TABLE, EFFORTS_TABLE)
