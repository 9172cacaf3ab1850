"""Writing a log as OCEL 2.0: into SQLite, which holds what memory need not, and from there as JSON."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, NamedTuple

import msgspec

from casecore.analysis.exchange.ocel.business import write_business
from casecore.analysis.exchange.ocel.cases import write_case
from casecore.analysis.exchange.ocel.histories import BusinessHistory
from casecore.analysis.exchange.ocel.model import (
    EPOCH,
    EVENT_TYPES,
    OBJECT_TYPES,
    TRUTH,
    OcelValue,
    ValueKind,
)
from casecore.analysis.exchange.ocel.tables import OcelTables
from casecore.analysis.histories import CaseHistory
from casecore.errors.files import FileUnusable
from casecore.files.whole_file import put_there_whole

_to_json = msgspec.json.Encoder().encode
_FIRST = itemgetter(0)
_ERRORS_OF_DISKS = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_READONLY: errno.EROFS,
}


class OcelExport(NamedTuple):
    """What a file has."""

    cases: int
    events: int


def write_ocel_sqlite(path: Path, histories: Iterable[CaseHistory | BusinessHistory]) -> OcelExport:
    """Write a log as OCEL 2.0 in SQLite; atomically. The same histories give the same bytes.

    Raises FileUnusable for a device or a pipe, and OSError.
    """
    if path.exists() and not path.is_file():
        raise FileUnusable(str(path), "a database of SQLite is a file: name one")
    with put_there_whole(path) as file:
        with _disk_errors(path), closing(OcelTables(file.name)) as tables:
            exported = _fill(tables, histories)
        os.fsync(file.fileno())
    return exported


def write_ocel_json(path: Path, histories: Iterable[CaseHistory | BusinessHistory]) -> OcelExport:
    """Write a log as OCEL 2.0 in JSON; atomically. The same histories give the same bytes. Raises OSError.

    On its way it is in a database beside the file, which is removed.
    """
    folder = path.parent if not path.exists() or path.is_file() else None
    with (
        put_there_whole(path) as file,
        TemporaryDirectory(prefix=".", suffix=".part", dir=folder) as beside,
        _disk_errors(path),
        closing(OcelTables(str(Path(beside, "log")))) as tables,
    ):
        exported = _fill(tables, histories)
        _write_json(file, tables)
        file.flush()
        if folder is not None:
            os.fsync(file.fileno())
    return exported


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    """Let what SQLite says of a disk be the error of the system that it is, of this file."""
    try:
        yield
    except sqlite3.OperationalError as error:
        number = _ERRORS_OF_DISKS.get(error.sqlite_errorcode & 0xFF)
        if number is None:
            raise
        raise OSError(number, os.strerror(number), str(path)) from error


def _fill(tables: OcelTables, histories: Iterable[CaseHistory | BusinessHistory]) -> OcelExport:
    cases = events = 0
    for history in histories:
        if isinstance(history, CaseHistory):
            cases += 1
            events += write_case(tables, history)
        else:
            events += write_business(tables, history)
    tables.finish()
    return OcelExport(cases, events)


def _write_json(file: BinaryIO, tables: OcelTables) -> None:
    file.write(b'{"eventTypes":')
    file.write(_to_json(_types(EVENT_TYPES)))
    file.write(b',\n"objectTypes":')
    file.write(_to_json(_types(OBJECT_TYPES)))
    for name, items in (("events", _events(tables)), ("objects", _objects(tables))):
        file.write(f',\n"{name}":['.encode())
        for number, item in enumerate(items):
            file.write(b",\n" if number else b"\n")
            file.write(_to_json(item))
        file.write(b"]")
    file.write(b"}\n")


def _types(types: dict[str, dict[str, ValueKind]]) -> list[dict[str, object]]:
    return [
        {
            "name": name,
            "attributes": [{"name": one, "type": kind.json} for one, kind in attributes.items()],
        }
        for name, attributes in types.items()
    ]


def _events(tables: OcelTables) -> Iterator[dict[str, object]]:
    related = _Relations(tables.relations_of_events())
    by_type = (_with_type(type_, tables.events_of(type_)) for type_ in EVENT_TYPES)
    for id_, type_, row in merge(*by_type, key=_FIRST):
        values = zip(EVENT_TYPES[type_].items(), row[2:], strict=True)
        yield {
            "id": id_,
            "type": type_,
            "time": row[1],
            "attributes": [
                {"name": name, "value": _text(kind, value)}
                for (name, kind), value in values
                if value is not None
            ],
            "relationships": related.of(id_),
        }


def _objects(tables: OcelTables) -> Iterator[dict[str, object]]:
    related = _Relations(tables.relations_of_objects())
    by_type = (_with_type(type_, tables.objects_of(type_)) for type_ in OBJECT_TYPES)
    for (id_, type_), rows in groupby(merge(*by_type, key=_FIRST), key=itemgetter(0, 1)):
        attributes = [one for _, _, row in rows for one in _values(OBJECT_TYPES[type_], row)]
        yield {"id": id_, "type": type_, "attributes": attributes, "relationships": related.of(id_)}


def _with_type(
    type_: str, rows: Iterator[tuple[OcelValue, ...]]
) -> Iterator[tuple[Any, str, tuple[OcelValue, ...]]]:
    return ((row[0], type_, row) for row in rows)


def _values(kinds: dict[str, ValueKind], row: tuple[OcelValue, ...]) -> Iterator[dict[str, object]]:
    at, changed = row[1], row[2]
    for (name, kind), value in zip(kinds.items(), row[3:], strict=True):
        if value is not None and changed in (None, name):
            yield {"name": name, "value": _text(kind, value), "time": EPOCH if changed is None else at}


def _text(kind: ValueKind, value: OcelValue) -> str:
    """A value as a text: so the standard's JSON schema has values of every type."""
    if kind is TRUTH:
        return "true" if value else "false"
    return str(value)


class _Relations:
    """The relations of one after the other, from a list in the order of their ids."""

    def __init__(self, relations: Iterator[tuple[str, str, str]]) -> None:
        self._groups = groupby(relations, key=_FIRST)
        self._next = next(self._groups, None)

    def of(self, id_: OcelValue) -> list[dict[str, str]]:
        """Those of an id, which is behind the last one that was asked for."""
        if self._next is None or self._next[0] != id_:
            return []
        found = [{"objectId": target, "qualifier": qualifier} for _, target, qualifier in self._next[1]]
        self._next = next(self._groups, None)
        return found
