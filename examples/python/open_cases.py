"""What is done with each record, whichever client reads it: the part that you replace by your own.

It keeps in SQLite how many cases are open with each seller at each level, and the minutes spent there.
"""

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

# The types that are read, by their names without version, and the newest version that is understood of each.
TYPES = {
    "casecore.case.opened": 1,
    "casecore.case.taken": 1,
    "casecore.case.escalated": 1,
    "casecore.case.handed_back": 1,
    "casecore.case.reclassified": 1,
    "casecore.case.resolved": 1,
    "casecore.case.reopened": 1,
    "casecore.case.closed": 1,
    "casecore.case.cancelled": 1,
    "casecore.case.effort_recorded": 1,
}
# A state that is new counts as one of a case at work, and a level that is new is kept as it is.
NOT_OPEN = ("resolved", "closed", "cancelled")

TABLES = """
create table if not exists open_cases (case_id text primary key, reference text, seller text, level text);
create table if not exists efforts (seller text, level text, minutes integer, primary key (seller, level));
create table if not exists offsets (
    topic text, partition integer, next integer, primary key (topic, partition)
);
create table if not exists dealt_with (id text primary key);
create table if not exists set_aside (
    topic text, partition integer, offset integer, key blob, reason text, headers text, value blob,
    primary key (topic, partition, offset)
);
"""
PLACE = "topic = ? and partition = ? and offset = ?"


class Record(NamedTuple):
    """A record of a topic, from whichever client."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Iterable[tuple[str, bytes | None]]


class NotUnderstood(Exception):
    """A record that must not be skipped, and cannot be dealt with yet."""


def open_database(path: str) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=30)
    database.executescript(TABLES)
    take_up_again(database)  # perhaps this program was updated meanwhile
    return database


def is_first_time(database: sqlite3.Connection, record: Record) -> bool:
    """Note the event's id, in the caller's transaction; False where it was noted before."""
    event_id = header(record, "ce_id")
    noted = "insert into dealt_with (id) values (?) on conflict do nothing"
    return event_id is None or database.execute(noted, (event_id,)).rowcount == 1


def kept_offset(database: sqlite3.Connection, topic: str, partition: int, first: int) -> int:
    """The offset at which to go on; `first` where there is none yet."""
    with database:
        none_yet = "insert into offsets values (?, ?, ?) on conflict do nothing"
        database.execute(none_yet, (topic, partition, first))
        kept = "select next from offsets where topic = ? and partition = ?"
        return database.execute(kept, (topic, partition)).fetchone()[0]


def keep_offset(database: sqlite3.Connection, topic: str, partition: int, read_from: int, go_on: int) -> None:
    """Note where to go on, in the caller's transaction; where a second instance did, this one ends."""
    moved = "update offsets set next = ? where topic = ? and partition = ? and next <= ?"
    if database.execute(moved, (go_on, topic, partition, read_from)).rowcount != 1:
        raise SystemExit("another instance keeps its offsets in this database")


def deal_with(database: sqlite3.Connection, record: Record, since: datetime | None) -> None:
    """Do what follows from a record, in the caller's transaction, or set it aside with its reason.

    `since` leaves out what was recorded before.
    """
    try:
        recorded = header(record, "ce_recordedtime")
        if since and recorded and datetime.fromisoformat(recorded) < since:
            return
        if record.key and database.execute("select 1 from set_aside where key = ?", (record.key,)).fetchone():
            raise NotUnderstood("an earlier record of its key is set aside")
        apply(database, record)
    except (NotUnderstood, ValueError) as reason:
        headers = json.dumps(
            [(name, (value or b"").decode(errors="replace")) for name, value in record.headers]
        )
        database.execute(
            "insert into set_aside values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
            (*record[:3], record.key, str(reason), headers, record.value),
        )


def apply(database: sqlite3.Connection, record: Record) -> None:
    """Do what follows from a record; raises NotUnderstood."""
    read = understood(record)
    if read is None:
        return
    name, data = read
    case_id = (record.key or b"").decode()
    where = data["seller"], data["standing"].get("level", "not taken")
    if name == "casecore.case.effort_recorded":
        # What is added up would show an event that was dealt with twice.
        add = "on conflict do update set minutes = minutes + excluded.minutes"
        database.execute(f"insert into efforts values (?, ?, ?) {add}", (*where, data["minutes"]))
    elif data["standing"]["state"] in NOT_OPEN:
        database.execute("delete from open_cases where case_id = ?", (case_id,))
    else:
        row = case_id, data["reference"], *where
        database.execute("insert or replace into open_cases values (?, ?, ?, ?)", row)


def understood(record: Record) -> tuple[str, dict[str, Any]] | None:
    """The name of an event's type and its data; None for a type that is not read; raises NotUnderstood."""
    event_type = header(record, "ce_type") or ""
    name, _, version = event_type.rpartition(".v")
    if name and name not in TYPES:
        return None
    if not version.isdigit() or int(version) > TYPES.get(name, 0):
        raise NotUnderstood(f"the type {event_type!r} is newer than this program, or none")
    try:
        data = json.loads(record.value or b"")["data"]
        # All that is used, so that a bad record is noticed before anything is done.
        wanted = data["seller"], data["reference"], data["standing"]["state"]
        if name == "casecore.case.effort_recorded":
            wanted = *wanted, data["minutes"]
    except (ValueError, KeyError, TypeError) as bad:
        raise NotUnderstood(f"a bad record: {bad!r}") from None
    if record.key is None or None in wanted:
        raise NotUnderstood("a bad record: it lacks its key, or a value")
    return name, data


def take_up_again(database: sqlite3.Connection) -> None:
    """Deal with what was set aside, in order, as far as it is understood now."""
    waiting = set()
    columns = "topic, partition, offset, key, value, headers"
    kept = database.execute(f"select {columns} from set_aside order by topic, partition, offset")
    for *fields, headers in kept.fetchall():
        record = Record(*fields, [(name, value.encode()) for name, value in json.loads(headers)])
        try:
            if record.key in waiting:
                continue
            with database:
                apply(database, record)
                database.execute(f"delete from set_aside where {PLACE}", record[:3])
        except NotUnderstood:
            waiting.add(record.key)


def header(record: Record, name: str) -> str | None:
    value = dict(record.headers).get(name)
    return None if value is None else value.decode(errors="replace")
