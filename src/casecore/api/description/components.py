"""The schemas of requests and answers, from their types.

Enumerations in requests are closed. In answers they are strings with their known words beside them, since a
later release may answer another word. So one enumeration has two schemas where it is in both: that of
requests is called Given and its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import cleandoc
from typing import Any, NamedTuple

import msgspec

from casecore.contract.json_schema import Json, portable, with_open_words
from casecore.decider.command import Id, Line

_REFERENCES = "#/components/schemas/"
_NAMED: Mapping[str, Any] = {"Id": Id, "Line": Line}
"""Texts with a long pattern, which many fields have: each is written once."""


class Schemas(NamedTuple):
    """The schemas of types: `of_request` and `of_answer` by type, and by name those that these refer to."""

    of_request: Mapping[Any, Json]
    of_answer: Mapping[Any, Json]
    named: Mapping[str, Json]


def describe_types(requests: Sequence[Any], answers: Sequence[Any]) -> Schemas:
    """The schemas of the types that requests and answers have."""
    given, given_by_name = _components(requests)
    answered, answered_by_name = _components(answers)
    renamed = {
        name: f"Given{name}"
        for name, schema in given_by_name.items()
        if "enum" in schema or name in answered_by_name
    }
    named = {name: _tidy(schema, {}, is_answer=True) for name, schema in answered_by_name.items()}
    named |= {
        renamed.get(name, name): _tidy(schema, renamed, is_answer=False)
        for name, schema in given_by_name.items()
    }
    named |= {name: _of_text(form) for name, form in _NAMED.items()}
    return Schemas(
        {one: _tidy(found, renamed, is_answer=False) for one, found in zip(requests, given, strict=True)},
        {one: _tidy(found, {}, is_answer=True) for one, found in zip(answers, answered, strict=True)},
        {name: named[name] for name in sorted(named)},
    )


def _components(types: Sequence[Any]) -> tuple[tuple[Json, ...], dict[str, Json]]:
    return msgspec.json.schema_components(types, schema_hook=_any, ref_template=_REFERENCES + "{name}")


def _any(form: type) -> Json:
    """The schema of what may be any JSON value."""
    if form is object:
        return {"description": "Any JSON value."}
    raise NotImplementedError


def referred(schema: Json, named: Mapping[str, Json]) -> dict[str, Json]:
    """The schema itself, where it is only a reference to one that is named."""
    found: dict[str, Json] = schema
    while set(found) == {"$ref"}:
        found = named[found["$ref"].removeprefix(_REFERENCES)]
    return found


def name_of(schema: Json) -> str:
    """The name that a reference refers to."""
    return str(schema["$ref"].removeprefix(_REFERENCES))


def reference_to(name: str) -> dict[str, Json]:
    """A reference to a schema by its name."""
    return {"$ref": _REFERENCES + name}


def used_names(document: Json, named: Mapping[str, Json]) -> set[str]:
    """The names of all schemas that a document refers to, directly or by others."""
    found: set[str] = set()
    waiting = [document]
    while waiting:
        match waiting.pop():
            case {"$ref": str(target), **rest}:
                waiting += rest.values()
                name = target.removeprefix(_REFERENCES)
                if name in named and name not in found:
                    found.add(name)
                    waiting.append(named[name])
            case dict() as node:
                waiting += node.values()
            case list() | tuple() as nodes:
                waiting += nodes
            case _:
                pass
    return found


def _of_text(form: Any) -> Json:
    return portable(msgspec.json.schema(form))


_TEXTS = {name: _of_text(form) for name, form in _NAMED.items()}


def _tidy(node: Json, renamed: Mapping[str, str], *, is_answer: bool) -> Json:
    """A schema as it is published, all the way down."""
    match node:
        case dict():
            tidied = {key: _tidy(value, renamed, is_answer=is_answer) for key, value in node.items()}
            return _tidy_one(tidied, is_answer=is_answer)
        case list() | tuple():
            return [_tidy(item, renamed, is_answer=is_answer) for item in node]
        case str() if node.startswith(_REFERENCES):
            name = node.removeprefix(_REFERENCES)
            return _REFERENCES + renamed.get(name, name)
        case _:
            return node


def _tidy_one(node: dict[str, Json], *, is_answer: bool) -> Json:
    if is_answer and node.get("format") == "decimal":
        node = {**{key: value for key, value in node.items() if key != "format"}, "type": "number"}
    kept = portable(node)
    if isinstance(kept.get("description"), str):
        kept["description"] = cleandoc(kept["description"])
    if isinstance(kept.get("title"), str):
        del kept["title"]  # it is the name again
    if is_answer:
        kept = dict(with_open_words(kept))
        _mark_instants(kept)
    elif isinstance(kept.get("enum"), list):
        kept["type"] = "string" if all(isinstance(one, str) for one in kept["enum"]) else "integer"
    if not is_answer:
        _let_tags_be_left_out(kept)
    for name, text in _TEXTS.items():
        if {key: value for key, value in kept.items() if key != "default"} == text:
            return reference_to(name) | ({"default": kept["default"]} if "default" in kept else {})
    return kept


def _mark_instants(node: dict[str, Json]) -> None:
    """Say the form of instants: these end in `_at`, and are aware, whether their type says so or not."""
    members = node.get("properties")
    for name, member in members.items() if isinstance(members, dict) else ():
        if name.endswith("_at") or name == "as_of":
            for form in member.get("anyOf", (member,)):
                if form.get("type") == "string":
                    form["format"] = "date-time"


def _let_tags_be_left_out(node: dict[str, Json]) -> None:
    """What is given alone need not say what it is; as one of several it must."""
    if isinstance(node.get("discriminator"), dict) and "propertyName" in node["discriminator"]:
        node["required"] = [node["discriminator"]["propertyName"]]
    elif isinstance(node.get("required"), list) and isinstance(node.get("properties"), dict):
        tags = {name for name, one in node["properties"].items() if "const" in one}
        node["required"] = [name for name in node["required"] if name not in tags]
