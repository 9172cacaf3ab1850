"""The tables that each view has besides those of its rows: states, offsets, quarantine, skipped, about.

Their text is part of every view's `shape`: a changed word here makes every view rebuild itself.
"""

from __future__ import annotations

STATE_COLUMNS = ("key", "version", "state", "any_next")

STATES = """create table {schema}.states (
  key uuid primary key, version bigint not null, state text, any_next boolean not null
) with (fillfactor = 70)"""

OFFSETS = """create table {schema}.offsets (
  topic text, partition int, topic_id text not null, next_offset bigint not null, owner uuid,
  primary key (topic, partition)
)"""

QUARANTINE = """create table {schema}.quarantine (
  topic text, partition int, record_offset bigint,
  key bytea not null, reason text not null, detail text not null,
  record_key bytea, record_value bytea, record_headers bytea not null,
  parked_at timestamptz not null default now(),
  primary key (topic, partition, record_offset)
)"""

# A hash, since a hostile key may be longer than a B-tree takes.
QUARANTINE_BY_KEY = "create index on {schema}.quarantine using hash (key)"

SKIPPED = """create table {schema}.skipped (
  topic text, partition int, record_offset bigint,
  key bytea not null, reason text not null, detail text not null,
  decision text not null, skipped_at timestamptz not null default now(), version bigint,
  primary key (topic, partition, record_offset)
)"""

ABOUT = """create table {schema}.about (
  version int not null, shape text not null, build uuid not null, built_at timestamptz not null default now()
)"""

OWN_TABLES = (STATES, OFFSETS, QUARANTINE, QUARANTINE_BY_KEY, SKIPPED, ABOUT)

OWN_COMMENTS = {
    "states": (
        "What the runner folds on from, for each key; not meant for readers.",
        {
            "key": "The stream's id.",
            "version": "Version of the last event folded, or left out.",
            "state": "The state as JSON; null before the first event that the view reads.",
            "any_next": "Whether the next event may have any later version, since a record was skipped.",
        },
    ),
    "offsets": (
        "How far the view has come in each partition of its topics.",
        {
            "topic": "The topic's name.",
            "partition": "The partition's number.",
            "topic_id": "The topic's own id, by which a topic made anew is noticed.",
            "next_offset": "Offset of the next record to fold.",
            "owner": "The runner that may write; it changes whenever another takes the partition over.",
        },
    ),
    "quarantine": (
        "Records that could not be applied, and all that follow them under the same key, in order.",
        {
            "topic": "The record's topic.",
            "partition": "The record's partition.",
            "record_offset": "The record's offset.",
            "key": "The stream's id as text; the record's own key where that is no id.",
            "reason": "Why it is parked, as one word.",
            "detail": "What was wrong.",
            "record_key": "The record's key.",
            "record_value": "The record's value.",
            "record_headers": "The record's headers, as MessagePack: a list of name and value.",
            "parked_at": "When it was parked.",
        },
    ),
    "skipped": (
        "Records that an operator decided to leave out; a rebuild leaves them out too.",
        {
            "topic": "The record's topic.",
            "partition": "The record's partition.",
            "record_offset": "The record's offset.",
            "key": "The stream's id as text; the record's own key where that is no id.",
            "reason": "Why it was parked.",
            "detail": "What was wrong.",
            "decision": "Why it was left out, in the operator's words.",
            "skipped_at": "When that was decided.",
            "version": "The version that the record bears itself; null where it cannot be read.",
        },
    ),
    "about": (
        "By which version of the projection the view was built.",
        {
            "version": "The projection's version.",
            "shape": "A hash of its tables, SQL views and the form of its states.",
            "build": "A new id for each building.",
            "built_at": "When it was created.",
        },
    ),
}
