"""What the schemas say of the fields of events and of the objects in them, as tables for people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from casecore.contract.additions import ADDITIONS
from casecore.contract.json_schema import KNOWN_WORDS, Json
from devtools.event_catalogue.prose import one_line
from devtools.tables import table

Row = tuple[str, ...]
Definitions = Mapping[str, Mapping[str, Json]]

PERSONAL = "x-personal"
_TYPE = re.compile(r"`([A-Z]\w+)`")
_FORMS = ("Plain", "Sealed")
_FORMATS = {"date-time": "instant", "date": "date", "uuid": "UUID"}
_TYPES = {"string": "text", "integer": "whole number", "boolean": "true or false"}
_SINCE = {name: addition.since for addition in ADDITIONS for name in (addition.name, *addition.with_it)}

_HEAD = ("field", "is", "there", "since")


def since(name: str) -> str:
    """The release in which something came, by its name in `ADDITIONS`; empty for the first form."""
    return _SINCE.get(name, "")


def definitions_of(schemas: Mapping[str, Json]) -> dict[str, Mapping[str, Json]]:
    """Every object and enumeration that schemas of events define, by its name."""
    return {name: body for schema in schemas.values() for name, body in schema["$defs"].items()}


def is_object(definition: Mapping[str, Json]) -> bool:
    """Whether a definition has fields; else it is an enumeration."""
    return "properties" in definition


def reached_from(definition: Mapping[str, Json], known: Definitions) -> dict[str, None]:
    """The names of all that a definition refers to, at any depth, in the order of its fields."""
    found: dict[str, None] = {}
    waiting = list(_references(definition))
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting += _references(known[name])
    return found


def field_table(
    owner: str, definition: Mapping[str, Json], known: Definitions, without: Sequence[str] = ()
) -> str:
    """A row for each field: its name, what it is, whether it is always there, and since when if not always.

    `owner` is the name of the struct, `known` all that can be linked to, `without` are fields that are
    described elsewhere. Empty if no field is left.
    """
    rows = [
        (name, _TYPE.sub(partial(_link, known), what), *rest)
        for name, what, *rest in _field_rows(owner, definition, without)
    ]
    if not any(since for *_, since in rows):
        return table(_HEAD[:-1], [row[:-1] for row in rows]) if rows else ""
    return table(_HEAD, rows)


def _link(known: Definitions, found: re.Match[str]) -> str:
    """A type's name with a link to where it is described."""
    name = found[1]
    if name not in known:
        return found[0]
    return f"[{name}](#{name.lower() if is_object(known[name]) else 'words'})"


def _field_rows(owner: str, definition: Mapping[str, Json], without: Sequence[str]) -> list[Row]:
    required = definition.get("required", ())
    return [
        (
            f"`{name}`",
            what_it_is(field),
            "always" if name in required else _when_absent(field),
            since(f"{owner}.{name}"),
        )
        for name, field in definition["properties"].items()
        if name not in without
    ]


def word_rows(known: Definitions, names: Sequence[str]) -> list[Row]:
    """A row for each enumeration: its name, what it says, and its known words."""
    return [
        (
            f"`{name}`",
            one_line(known[name].get("description", "")),
            ", ".join(_word(name, word) for word in known[name][KNOWN_WORDS]),
        )
        for name in names
    ]


def what_it_is(field: Mapping[str, Json]) -> str:
    """A field's type, for people; objects and enumerations by their names."""
    if PERSONAL in field:
        return "personal text"
    if "$ref" in field:
        return f"`{_referred(field)}`"
    if "const" in field:
        return f"`{field['const']}`"
    if "anyOf" in field:
        members = [one for one in field["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(_member(one) for one in members))
    if field.get("type") == "array":
        return f"list of {what_it_is(field['items'])}"
    if field.get("type") == "object":
        return f"object of any keys, with {what_it_is(field['additionalProperties'])}"
    if known := _FORMATS.get(field.get("format", "")):
        return known
    if "description" in field:
        said = one_line(field["description"]).rstrip(".")
        return said[:1].lower() + said[1:]
    return _TYPES[field["type"]]


def _member(field: Mapping[str, Json]) -> str:
    """A member of a union; both forms of a personal text are one."""
    is_form = "$ref" in field and _referred(field) in _FORMS
    return "personal text" if is_form else what_it_is(field)


def _when_absent(field: Mapping[str, Json]) -> str:
    default = field.get("default")
    if default is None or default in ([], {}):
        return "where it has a value"
    shown = str(default).lower() if isinstance(default, bool) else default
    return f"unless it is `{shown}`"


def _word(name: str, word: str) -> str:
    release = since(f"{name}={word}")
    return f"`{word}`" + (f" ({release})" if release else "")


def _references(node: Json) -> Iterator[str]:
    if isinstance(node, Mapping):
        if "$ref" in node:
            yield _referred(node)
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from _references(item)


def _referred(field: Mapping[str, Json]) -> str:
    return str(field["$ref"]).rpartition("/")[2]
