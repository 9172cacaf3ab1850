"""The workload's tables of rows; views.sql sums them up."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from projections.kit.projection import Column, Table


class CaseRow(NamedTuple):
    """A case as it stands."""

    case_id: UUID
    reference: str
    version: int
    customer: str
    seller: str
    partner: str | None
    vendor: str
    category: str
    topic: str
    priority: str
    state: str
    is_open: bool
    level: str | None
    organisation: str
    agent: str | None
    opened_at: datetime
    last_move_at: datetime
    waiting_since: datetime | None
    resolved_at: datetime | None
    ended_at: datetime | None
    hand_overs_up: int
    hand_overs_down: int
    bounces: int
    reopened: int
    messages: int
    effort_minutes: int
    first_level_resolved: bool | None


class MoveRow(NamedTuple):
    """A case's change of state; the counts are 0 or 1."""

    case_id: UUID
    version: int
    occurred_at: datetime
    move: str
    state: str
    level: str | None
    organisation: str
    came_in: int
    went_out: int
    up: int
    down: int
    bounce: int
    reopened: int


class EffortRow(NamedTuple):
    """Time that somebody spent on a case."""

    case_id: UUID
    version: int
    occurred_at: datetime
    organisation: str
    person: str
    minutes: int


_CASE_ID = Column("case_id", "uuid not null", "The case's stream id.")
_LEVEL = Column(
    "level", "text", "The level where it is or was last; null until it is taken, also after it opened anew."
)
_STATE = Column("state", "text not null", "Where it is in its life.")

CASES_TABLE = Table(
    "cases",
    "A row for each case, as it stands after its last event.",
    CaseRow,
    ("case_id",),
    (
        _CASE_ID,
        Column("reference", "text not null", "Its reference for people."),
        Column(
            "version",
            "bigint not null",
            "The number of its last event that the view knows. Events of other types and those that were "
            "left out do not move it: who waits for an own write asks projections.kit.reading.",
        ),
        Column("customer", "text not null", "The customer."),
        Column("seller", "text not null", "Who sold the package, and gives level 0."),
        Column("partner", "text", "The support partner, if one has a part in it."),
        Column("vendor", "text not null", "The vendor, who gives level 1."),
        Column("category", "text not null", "Which kind of support it asks for."),
        Column("topic", "text not null", "What it is about."),
        Column("priority", "text not null", "How urgent it is."),
        _STATE,
        Column("is_open", "boolean not null", "Not resolved, closed or cancelled."),
        _LEVEL,
        Column("organisation", "text not null", "Whose turn it is, or was last."),
        Column("agent", "text", "Who is assigned; null while nobody is."),
        Column("opened_at", "timestamptz not null", "When it was opened."),
        Column(
            "last_move_at",
            "timestamptz not null",
            "When its state, level, organisation, agent or waiting changed last: its last move, assignment "
            "or waiting.",
        ),
        Column("waiting_since", "timestamptz", "Since when it waits for the customer; null if it does not."),
        Column("resolved_at", "timestamptz", "When it was resolved last; null while it is not."),
        Column("ended_at", "timestamptz", "When it was closed or cancelled."),
        Column("hand_overs_up", "int not null", "How often it went to the vendor."),
        Column(
            "hand_overs_down",
            "int not null",
            "How often the vendor gave it back; a reclassification that opened it anew is no giving back, so "
            "it may have gone up twice and come down never.",
        ),
        Column(
            "bounces",
            "int not null",
            "How often it went up again after it had come down, without having been resolved or opened anew "
            "in between.",
        ),
        Column("reopened", "int not null", "How often it was reopened."),
        Column("messages", "int not null", "How many messages it has."),
        Column("effort_minutes", "bigint not null", "Minutes spent on it."),
        Column(
            "first_level_resolved",
            "boolean",
            "Whether level 0 resolved it without it ever having been at level 1; null while it is not "
            "resolved, and for a case that a support partner resolved.",
        ),
    ),
    indexes=(("reference",),),
)

MOVES_TABLE = Table(
    "case_moves",
    "A row for each change of a case's state. came_in less went_out, summed, is the backlog.",
    MoveRow,
    ("case_id", "version"),
    (
        _CASE_ID,
        Column("version", "bigint not null", "The event's number in its case."),
        Column("occurred_at", "timestamptz not null", "When it happened."),
        Column("move", "text not null", "What happened, such as opened, escalated or resolved."),
        _STATE,
        _LEVEL,
        Column("organisation", "text not null", "Whose turn it is after it, or was last."),
        Column("came_in", "int not null", "1 if the case became open by it: opened, or reopened."),
        Column("went_out", "int not null", "1 if it was open before and is not any more."),
        Column("up", "int not null", "1 if it went to the vendor."),
        Column("down", "int not null", "1 if the vendor gave it back."),
        Column("bounce", "int not null", "1 if it went up, and had been at level 0 since it came down."),
        Column("reopened", "int not null", "1 if it was reopened."),
    ),
    append_only=True,
)

EFFORTS_TABLE = Table(
    "efforts",
    "A row for each effort recorded.",
    EffortRow,
    ("case_id", "version"),
    (
        _CASE_ID,
        Column("version", "bigint not null", "The event's number in its case."),
        Column("occurred_at", "timestamptz not null", "When the work was done."),
        Column("organisation", "text not null", "The organisation that did it."),
        Column("person", "text not null", "The person who did it."),
        Column("minutes", "int not null", "How long it took, in minutes."),
    ),
    append_only=True,
)

TABLES = (CASES_TABLE, MOVES_TABLE, EFFORTS_TABLE)
