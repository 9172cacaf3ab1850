"""TOML tables into structs, with all faults at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeAlias, TypeVar, Union, get_args, get_origin

import msgspec

from casecore.decider.command import Id, Line
from casecore.errors.files import naming
from casecore.service_levels.errors import InvalidServiceLevelFile

LARGEST_FILE_BYTES = 1024 * 1024
"""A calendar or a policy is written by a person; a larger file is something else."""
_MOST_DOTS = 250
"""Of a line: to read a key takes the square of its parts."""

FileId: TypeAlias = Annotated[
    Id, msgspec.Meta(description="An id has 1 to 100 visible characters, and no space at its ends")
]
Name: TypeAlias = Annotated[
    Line, msgspec.Meta(description="A name has 1 to 200 visible characters, on one line")
]
Version: TypeAlias = Annotated[
    int, msgspec.Meta(ge=1, le=1_000_000, description="Versions are 1, 2, 3 and so on")
]


class TomlTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table of a file; an unknown key in it is an error."""


TableT = TypeVar("TableT", bound=TomlTable)
Toml: TypeAlias = dict[str, "Toml"] | list["Toml"] | str | int | float | bool


def read_table(path: Path, kind: type[TableT]) -> TableT:
    """The file as that struct; raises InvalidServiceLevelFile with all faults, or OSError."""
    return _converted(_read(path), kind, path.name)


def read_toml(raw: bytes, kind: type[TableT], name: str) -> TableT:
    """The same content without a file; raises InvalidServiceLevelFile, which has this name."""
    return _converted(_parsed(raw, name), kind, name)


def read_json(raw: bytes, kind: type[TableT], name: str) -> TableT:
    """The same content as JSON, with dates as text; raises InvalidServiceLevelFile, which has this name."""
    try:
        tables = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidServiceLevelFile(name, [f"is not JSON: {error}"]) from None
    if not isinstance(tables, dict):
        raise InvalidServiceLevelFile(name, [f"is not a JSON object: {_right(kind)}"])
    return _converted(tables, kind, name)


def _converted(tables: Toml, kind: type[TableT], name: str) -> TableT:
    try:
        return msgspec.convert(tables, kind)
    except msgspec.ValidationError as error:
        faults = list(_faults(tables, kind, "")) or [str(error)]
        raise InvalidServiceLevelFile(name, faults) from None


def read_bounded(path: Path) -> bytes:
    """The content of a file; raises InvalidServiceLevelFile if it is too long, or OSError."""
    with naming(path), path.open("rb") as opened:
        raw = opened.read(LARGEST_FILE_BYTES + 1)
    if len(raw) > LARGEST_FILE_BYTES:
        raise InvalidServiceLevelFile(path.name, [f"is longer than {LARGEST_FILE_BYTES} bytes"])
    return raw


def _read(path: Path) -> Toml:
    return _parsed(read_bounded(path), path.name)


def _parsed(raw: bytes, name: str) -> Toml:
    try:
        text = raw.decode()
        if any(line.count(".") > _MOST_DOTS for line in text.split("\n")):
            raise ValueError(f"a line has more than {_MOST_DOTS} dots: give lists several lines")
        return _plain(tomllib.loads(text))
    except UnicodeDecodeError as error:
        raise InvalidServiceLevelFile(name, [f"is not UTF-8: {error}"]) from None
    # ValueError: the form of TOML allows dates that do not exist, such as 30 February.
    except (ValueError, RecursionError) as error:
        raise InvalidServiceLevelFile(name, [f"is not TOML: {error}"]) from None


def _plain(value: Any) -> Toml:
    """TOML's dates and times as their text in the file, so that faults can quote them."""
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case date() | datetime() | time():
            return value.isoformat()
        case int() if not -(2**63) <= value < 2**63:
            raise ValueError("a number has more than 64 bits")
        case str() | int() | float():
            return value
        case other:
            raise ValueError(f"{other!r} is not a value of TOML")


def _faults(value: Toml, kind: Any, path: str) -> Iterator[str]:
    """A fault for every value that is not of its type. `path` names the place: `exceptions 2.hours 1`."""
    base = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    table = next((one for one in _alternatives(base) if _is_table(one)), None)
    if isinstance(value, dict) and table is not None:
        yield from _table_faults(value, table, path)
    elif isinstance(value, dict) and get_origin(base) is dict:
        keys, values = get_args(base)
        for key, item in value.items():
            yield from _faults(key, keys, _join(path, key))
            yield from _faults(item, values, _join(path, key))
    elif isinstance(value, list) and get_origin(base) is tuple:
        if len(value) > _longest(kind):
            yield f"{path}: has {len(value)} entries, and may have {_longest(kind)}"
        for number, item in enumerate(value, start=1):
            yield from _faults(item, get_args(base)[0], f"{path} {number}")
    else:
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError:
            yield f"{path}: cannot be {_shown(value)}: {_right(kind)}"


def _table_faults(value: dict[str, Toml], table: type[TomlTable], path: str) -> Iterator[str]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(table)}
    known = ", ".join(fields)
    for key in value:
        if key not in fields:
            yield f"{_join(path, key)}: is not a key here; the keys here are: {known}"
    for key, field in fields.items():
        if key in value:
            yield from _faults(value[key], field.type, _join(path, key))
        elif field.required:
            yield f"{_join(path, key)}: is missing: {_right(field.type)}"


def _right(kind: Any) -> str:
    """What a value of this type is, in words."""
    base, *annotations = get_args(kind) if get_origin(kind) is Annotated else (kind,)
    notes = [note for note in annotations if isinstance(note, msgspec.Meta)]
    for note in reversed(notes):  # of a type that is made of another, its own
        if note.description:
            return note.description[:1].lower() + note.description[1:].rstrip(".")
    choices = [_right_alone(one, notes) for one in _alternatives(base)]
    return ", or ".join(choices)


def _right_alone(base: Any, notes: list[msgspec.Meta]) -> str:
    if get_origin(base) is Annotated:
        return _right(base)
    if get_origin(base) is tuple:
        return "it is a list, in [ ]"
    if get_origin(base) is dict or _is_table(base):
        keys = [field.encode_name for field in msgspec.structs.fields(base)] if _is_table(base) else []
        return f"it is a table of {', '.join(keys)}" if keys else "it is a table"
    if issubclass(base, Enum):
        return f"it is one of {', '.join(member.value for member in base)}"
    if base is int and notes:
        return f"it is a whole number from {notes[0].ge} to {notes[0].le}"
    return f"it is {_WORDS[base]}"


_WORDS: dict[type, str] = {
    bool: "true or false",
    date: "a date, such as 2026-12-24",
    int: "a whole number",
    str: "a text, in quotes",
}


def _alternatives(base: Any) -> list[Any]:
    """The types of a union except None, or the one type itself."""
    if get_origin(base) in (Union, UnionType):
        return [one for one in get_args(base) if one is not type(None)]
    return [base]


def _is_table(base: Any) -> bool:
    return isinstance(base, type) and get_origin(base) is None and issubclass(base, TomlTable)


def _longest(kind: Any) -> float:
    notes = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    bounds = [note.max_length for note in notes if isinstance(note, msgspec.Meta) and note.max_length]
    return min(bounds, default=float("inf"))


def _shown(value: Toml) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:59]}…"


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
