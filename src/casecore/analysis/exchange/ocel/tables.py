"""The tables of OCEL 2.0 in SQLite, with the keys that the standard asks for; all SQL of this room."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from casecore.analysis.exchange.ocel.model import (
    EPOCH,
    EVENT_TYPES,
    OBJECT_TYPES,
    OcelValue,
    ValueKind,
    table_part,
)

_ON_DISK = """
    pragma page_size = 8192;
    pragma journal_mode = off;
    pragma synchronous = off;
    pragma cache_size = -65536;
    pragma temp_store = file;
"""
_CREATE = """
    create table event_map_type (ocel_type TEXT primary key, ocel_type_map TEXT) without rowid;
    create table object_map_type (ocel_type TEXT primary key, ocel_type_map TEXT) without rowid;
    create table event (
        ocel_id TEXT primary key, ocel_type TEXT references event_map_type (ocel_type)
    ) without rowid;
    create table object (
        ocel_id TEXT primary key, ocel_type TEXT references object_map_type (ocel_type)
    ) without rowid;
    create table event_object (
        ocel_event_id TEXT references event (ocel_id),
        ocel_object_id TEXT references object (ocel_id),
        ocel_qualifier TEXT,
        primary key (ocel_event_id, ocel_object_id, ocel_qualifier)
    ) without rowid;
    create table object_object (
        ocel_source_id TEXT references object (ocel_id),
        ocel_target_id TEXT references object (ocel_id),
        ocel_qualifier TEXT,
        primary key (ocel_source_id, ocel_target_id, ocel_qualifier)
    ) without rowid;
"""
_MAP_EVENT = "insert into event_map_type values (?, ?)"
_MAP_OBJECT = "insert into object_map_type values (?, ?)"
_EVENT = "insert into event values (?, ?)"
_OBJECT = "insert or ignore into object values (?, ?)"
_EVENT_OBJECT = "insert or ignore into event_object values (?, ?, ?)"
_OBJECT_OBJECT = "insert or ignore into object_object values (?, ?, ?)"
_UNDESCRIBED = """
    insert into "{table}" (ocel_id, ocel_time, "{first}")
    select ocel_id, '{epoch}', substr(ocel_id, {from_place}) from object
    where ocel_type = ? and not exists (select from_table.ocel_id from "{table}" as from_table
        where from_table.ocel_id = object.ocel_id)
    order by ocel_id
"""
_EVENTS_OF_TYPE = 'select ocel_id, ocel_time, {columns} from "{table}" order by ocel_id'
_OBJECTS_OF_TYPE = (
    'select ocel_id, ocel_time, ocel_changed_field, {columns} from "{table}" order by ocel_id, rowid'
)
_RELATIONS_OF_EVENTS = (
    "select ocel_event_id, ocel_object_id, ocel_qualifier from event_object order by 1, 2, 3"
)
_RELATIONS_OF_OBJECTS = (
    "select ocel_source_id, ocel_target_id, ocel_qualifier from object_object order by 1, 2, 3"
)


class OcelTables:
    """A log in SQLite under way."""

    def __init__(self, file: str) -> None:
        """Make the tables in an empty file."""
        self._database = sqlite3.connect(file, isolation_level=None)
        run = self._database.execute
        self._database.executescript(_ON_DISK + _CREATE)
        for types, prefix, remember in (
            (EVENT_TYPES, "event", _MAP_EVENT),
            (OBJECT_TYPES, "object", _MAP_OBJECT),
        ):
            for name, attributes in types.items():
                run(remember, (name, table_part(name)))
                run(_create_type(prefix, name, attributes))
        run("begin")
        self._run: Callable[..., sqlite3.Cursor] = run

    def close(self) -> None:
        """End without storing what was not stored yet."""
        self._database.close()

    def event(self, id_: str, type_: str, at: str, attributes: Mapping[str, OcelValue]) -> None:
        """Add an event; attributes of its type that are not given have no value."""
        self._run(_EVENT, (id_, type_))
        columns = EVENT_TYPES[type_]
        self._run(_insert_event(type_), (id_, at, *(attributes.get(name) for name in columns)))

    def object(self, id_: str, type_: str) -> None:
        """Make sure that an object is there; what it is may come later, or never."""
        self._run(_OBJECT, (id_, type_))

    def describe(self, id_: str, type_: str, attributes: Mapping[str, OcelValue]) -> None:
        """Say what an object is from its beginning, once."""
        columns = OBJECT_TYPES[type_]
        self._run(_insert_object(type_), (id_, EPOCH, None, *(attributes.get(name) for name in columns)))

    def change(self, id_: str, type_: str, at: str, name: str, value: OcelValue) -> None:
        """Say that an attribute of an object is another one from an instant on."""
        columns = OBJECT_TYPES[type_]
        values = (value if column == name else None for column in columns)
        self._run(_insert_object(type_), (id_, at, name, *values))

    def relate_event(self, event: str, object_: str, qualifier: str) -> None:
        """Relate an event to an object, once with each qualifier."""
        self._run(_EVENT_OBJECT, (event, object_, qualifier))

    def relate_objects(self, source: str, target: str, qualifier: str) -> None:
        """Relate two objects, once with each qualifier."""
        self._run(_OBJECT_OBJECT, (source, target, qualifier))

    def finish(self) -> None:
        """Describe the objects of which nothing but their id is known, and store everything."""
        for type_, attributes in OBJECT_TYPES.items():
            self._run(f'create index "of_{table_part(type_)}" on "object_{table_part(type_)}" (ocel_id)')
            statement = _UNDESCRIBED.format(
                table=f"object_{table_part(type_)}",
                first=next(iter(attributes)),
                epoch=EPOCH,
                from_place=len(type_) + 2,
            )
            self._run(statement, (type_,))
        self._run("commit")

    def events_of(self, type_: str) -> Iterator[tuple[OcelValue, ...]]:
        """Id, time and attributes of the events of a type, by their ids."""
        return iter(self._select(_EVENTS_OF_TYPE, "event", type_, EVENT_TYPES[type_]))

    def objects_of(self, type_: str) -> Iterator[tuple[OcelValue, ...]]:
        """Id, time, changed attribute and attributes of a type's objects, by their ids, then in order."""
        return iter(self._select(_OBJECTS_OF_TYPE, "object", type_, OBJECT_TYPES[type_]))

    def relations_of_events(self) -> Iterator[tuple[str, str, str]]:
        """Event, object and qualifier, by the ids of the events."""
        return self._database.execute(_RELATIONS_OF_EVENTS)

    def relations_of_objects(self) -> Iterator[tuple[str, str, str]]:
        """Both objects and the qualifier, by the ids of the first."""
        return self._database.execute(_RELATIONS_OF_OBJECTS)

    def _select(
        self, statement: str, prefix: str, type_: str, attributes: Mapping[str, ValueKind]
    ) -> sqlite3.Cursor:
        table = f"{prefix}_{table_part(type_)}"
        return self._database.execute(statement.format(table=table, columns=_columns(attributes)))


def _create_type(prefix: str, type_: str, attributes: Mapping[str, ValueKind]) -> str:
    columns = ", ".join(f'"{name}" {kind.sql}' for name, kind in attributes.items())
    changed = ", ocel_changed_field TEXT" if prefix == "object" else ""
    key = ", primary key (ocel_id)" if prefix == "event" else ""
    return (
        f'create table "{prefix}_{table_part(type_)}" '
        f"(ocel_id TEXT references {prefix} (ocel_id), ocel_time TIMESTAMP{changed}, {columns}{key})"
        f"{' without rowid' if prefix == 'event' else ''}"
    )


def _columns(attributes: Mapping[str, ValueKind]) -> str:
    return ", ".join(f'"{name}"' for name in attributes)


@cache
def _insert_event(type_: str) -> str:
    marks = ", ".join("?" * (2 + len(EVENT_TYPES[type_])))
    return f'insert into "event_{table_part(type_)}" values ({marks})'


@cache
def _insert_object(type_: str) -> str:
    marks = ", ".join("?" * (3 + len(OBJECT_TYPES[type_])))
    return f'insert into "object_{table_part(type_)}" values ({marks})'
