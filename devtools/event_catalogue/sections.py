"""The sections of docs/events.md: the index, each event, the objects in events, lives, and what came when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from casecore.app.feed.needs import OWN_RULES
from casecore.contract.additions import ADDITIONS, FIRST_FORM
from casecore.contract.cases import CaseEvent, State
from casecore.contract.envelope import EventData
from casecore.contract.json_schema import Json
from casecore.contract.streams import CASES, LICENCES, STREAM_KINDS, StreamKind, kind_of, topic_name
from casecore.contract.types import EventType
from casecore.visibility import rules
from devtools.api_tables import seen_by
from devtools.asyncapi import example_record
from devtools.event_catalogue.case_life import case_sequence, moves_diagram
from devtools.event_catalogue.fee_life import fee_sequence
from devtools.event_catalogue.keys import key_of
from devtools.event_catalogue.objects import (
    Definitions,
    definitions_of,
    field_table,
    is_object,
    reached_from,
    since,
    word_rows,
)
from devtools.event_catalogue.prose import one_line, prose_of
from devtools.tables import table

_ENVELOPE = "Fact"
_OF_SOME_RECORDS = ("source", "on_behalf_of", "implied")
"""What a golden example has in its envelope and most records lack: shown once, and left out of the others."""

_STATES = {state.value for state in State}
_CITED = re.compile(r"\((?:domain\.md, )?(rules? [\d and,]+)\)")
_NAMED = re.compile(r"`([a-z_]+)`")


class _Catalogue(NamedTuple):
    """What the sections are made of: the types, their schemas and all that these define, and an example of
    each."""

    types: Sequence[EventType]
    schemas: Mapping[str, Json]
    golden: Mapping[str, bytes]
    definitions: Definitions


def event_sections(
    types: Sequence[EventType], schemas: Mapping[str, Json], golden: Mapping[str, bytes]
) -> dict[str, str]:
    """Each section of the page by its name; `schemas` and `golden` are by wire name.

    Raises InvalidProse for a type whose docstring does not say what it should.
    """
    known = _Catalogue(types, schemas, golden, definitions_of(schemas))
    return {
        "index": "\n\n".join(_index(known, kind) for kind in STREAM_KINDS),
        "envelope": _envelope(known),
        "case-moves": f"```mermaid\n{moves_diagram()}\n```",
        "case-life": f"```mermaid\n{case_sequence()}\n```",
        "fee-life": f"```mermaid\n{fee_sequence()}\n```",
        "events": "\n\n".join(_topic(known, kind) for kind in STREAM_KINDS),
        "objects": _objects(known),
        "words": _words(known),
        "additions": _additions(),
    }


def anchor_of(name: str) -> str:
    """The anchor of a type's heading on the page, by its name without the version."""
    return name.replace(".", "")


# The index and the topics.


def _of_kind(types: Iterable[EventType], kind: StreamKind) -> list[EventType]:
    return [one for one in types if kind_of(one.name) == kind]


def _index(known: _Catalogue, kind: StreamKind) -> str:
    topic = topic_name("casecore", kind)
    rows = [
        (f"[{one.name}](#{anchor_of(one.name)})", prose_of(one.struct).summary, since(one.wire_name))
        for one in _of_kind(known.types, kind)
    ]
    return f"**[{topic}](#{anchor_of(topic)})**\n\n{table(('event', 'what happened', 'since'), rows)}"


def _topic(known: _Catalogue, kind: StreamKind) -> str:
    types = _of_kind(known.types, kind)
    shared = [_shared(known, types, base) for base in _bases(types)]
    events = [_event(known, one) for one in types]
    return "\n\n".join([f"## {topic_name('casecore', kind)}", *shared, *events])


def _bases(types: Sequence[EventType]) -> list[type[EventData]]:
    """What several types of a topic have in common, beside `EventData` itself."""
    found = dict.fromkeys(base for one in types for base in _own_bases(one.struct))
    return list(found)


def _own_bases(struct: type[EventData]) -> list[type[EventData]]:
    """The structs from which a type has fields, the most general one first."""
    between = struct.__mro__[1 : struct.__mro__.index(EventData)]
    return [base for base in reversed(between) if issubclass(base, EventData)]


def _shared(known: _Catalogue, types: Sequence[EventType], base: type[EventData]) -> str:
    """What every event with this base carries."""
    name, schema = next(
        (one.struct.__name__, known.schemas[one.wire_name]) for one in types if issubclass(one.struct, base)
    )
    above = [field for one in _own_bases(base) for field in one.__struct_fields__]
    owned = [field for field in base.__struct_fields__ if field not in above]
    rest = [field for field in schema["$defs"][name]["properties"] if field not in owned]
    having = ", ".join(
        f"[{_short(one.name)}](#{anchor_of(one.name)})" for one in types if issubclass(one.struct, base)
    )
    return "\n\n".join(
        (
            f"### {base.__name__}",
            f"{_paragraphs(base)}\n\nIt is in: {having}.",
            field_table(base.__name__, schema["$defs"][name], known.definitions, rest),
        )
    )


def _paragraphs(struct: type) -> str:
    text = (struct.__doc__ or "").strip()
    return "\n\n".join(one_line(part) for part in text.split("\n\n"))


# One event.


def _event(known: _Catalogue, one: EventType) -> str:
    prose = prose_of(one.struct)
    said = [f"**{label}:** {_linked(known, one, text)}" for label, text in prose.labelled()]
    parts = [f"### {one.name}", prose.summary, *said, _facts(one)]
    if own := _own_fields(known, one):
        parts.append(own)
    return "\n\n".join([*parts, _example(known, one)])


def _linked(known: _Catalogue, one: EventType, text: str) -> str:
    """The text, with links from names of other events to their sections, and from rules to their page."""
    names = [other.name for other in known.types if other is not one]
    same_kind = [name for name in names if kind_of(name) == kind_of(one.name)]

    def link(found: re.Match[str]) -> str:
        word = found[1]
        named = [name for name in (*same_kind, *names) if _short(name) == word]
        is_state = word in _STATES and issubclass(one.struct, CaseEvent)
        return f"[`{word}`](#{anchor_of(named[0])})" if named and not is_state else found[0]

    return _CITED.sub(r"([\1](domain.md#rules))", _NAMED.sub(link, text))


def _facts(one: EventType) -> str:
    """Version, key, schema, who hears of it, and since when, in one line."""
    name = one.wire_name
    release = since(name)
    parts = [
        f"Version {one.version}",
        f"key: {key_of(one.name)}",
        f"[schema](../schemas/events/{name}.json)",
        *([f"since {release}"] if release else []),
        f"over HTTP heard by {_heard_by(one.name)}",
    ]
    return " · ".join(parts)


def _heard_by(name: str) -> str:
    """Who hears of an event in the feed of the API, by the rules that it is judged by."""
    if name.startswith(CASES.type_prefix):
        return seen_by(rules.CASE) + ("; internal ones by their readers" if "message" in name else "")
    if name.startswith(LICENCES.type_prefix):
        return seen_by(rules.PACKAGE)
    return seen_by(OWN_RULES[name].rule)


def _own_fields(known: _Catalogue, one: EventType) -> str:
    shared = [field for base in _own_bases(one.struct) for field in base.__struct_fields__]
    struct = one.struct.__name__
    return field_table(struct, known.definitions[struct], known.definitions, shared)


def _example(known: _Catalogue, one: EventType) -> str:
    record = shown_record(one.wire_name, known.golden[one.wire_name])
    return f"<details><summary>Example</summary>\n\n```json\n{_pretty(record)}\n```\n</details>"


def shown_record(wire_name: str, golden: bytes) -> dict[str, Json]:
    """A golden example as the page shows it: headers and value, less what most records lack.

    A row that an import has noted always has its source.
    """
    record = example_record(wire_name, golden, "casecore")
    kept = () if wire_name.startswith("casecore.case.activity_noted.") else _OF_SOME_RECORDS
    value = {name: part for name, part in record["payload"].items() if name not in kept}
    return {"headers": record["headers"], "value": value}


# What events are made of.


def _envelope(known: _Catalogue) -> str:
    schema = known.schemas[known.types[0].wire_name]
    fields = field_table(_ENVELOPE, schema, known.definitions, ("data",))
    golden = msgspec.json.decode(known.golden[known.types[0].wire_name])
    example = {name: part for name, part in golden.items() if name in _OF_SOME_RECORDS}
    return f"{fields}\n\n```json\n{_pretty(example)}\n```"


def _objects(known: _Catalogue) -> str:
    found = ((name, known.definitions[name]) for name in _reached(known))
    return "\n\n".join(
        f"### {name}\n\n{_described(one)}\n\n{field_table(name, one, known.definitions)}"
        for name, one in found
        if is_object(one)
    )


def _described(definition: Mapping[str, Json]) -> str:
    return "\n\n".join(one_line(part) for part in definition.get("description", "").split("\n\n"))


def _words(known: _Catalogue) -> str:
    names = [name for name in _reached(known) if not is_object(known.definitions[name])]
    return table(("word", "says", "known today"), word_rows(known.definitions, sorted(names)))


def _reached(known: _Catalogue) -> Iterator[str]:
    """All that events refer to, but the structs of the events themselves."""
    events = {one.struct.__name__ for one in known.types}
    found: dict[str, None] = {}
    for one in known.types:
        found |= reached_from(known.schemas[one.wire_name], known.definitions)
    return (name for name in found if name not in events)


def _additions() -> str:
    rows = [(one.since, _added(one.name), one.meaning) for one in reversed(ADDITIONS)]
    rows.append(
        (f"before ([{FIRST_FORM}](../CHANGELOG.md))", "all the rest", "the first form of the contract")
    )
    return table(("release", "what came", "it says"), rows)


def _added(name: str) -> str:
    """What an addition is, in words, by its name."""
    if kind_and_version := re.fullmatch(r"(casecore\..+)\.v(\d+)", name):
        type_name, version = kind_and_version.groups()
        return f"type [{type_name}](#{anchor_of(type_name)}), version {version}"
    owner, of_field, field = name.partition(".")
    if of_field:
        return f"field `{field}` of {'every event' if owner == _ENVELOPE else f'`{owner}`'}"
    owner, of_word, word = name.partition("=")
    return f"word `{word}` of `{owner}`" if of_word else f"header `{name}`"


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _pretty(document: Json) -> str:
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
