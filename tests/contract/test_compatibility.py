"""What may replace a released schema, and what would break a reader or an event."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from casecore.contract.json_schema import DECIMAL_TEXT, KNOWN_WORDS
from casecore.contract.types import EVENT_TYPES
from devtools.compatibility import Direction, SchemaComparison, breaking_changes

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "schemas"
NAMES = [event_type.wire_name for event_type in EVENT_TYPES.all]

Json = Any


def on_disk(kind: str, name: str) -> Json:
    return msgspec.json.decode((SCHEMAS / kind / f"{name}.json").read_bytes())


@dataclass(frozen=True)
class Mutation:
    """A change to a schema, and words that must be in the answer."""

    name: str
    change: Callable[[Json], object]
    says: str

    def __str__(self) -> str:
        return self.name


def data_of(schema: Json) -> Json:
    return schema["$defs"]["EffortRecorded"]["properties"]


def standing_of(schema: Json) -> Json:
    return schema["$defs"]["Standing"]["properties"]


def states_of(schema: Json) -> Json:
    return schema["$defs"]["State"]["x-extensible-enum"]


def required_of(schema: Json) -> Json:
    return schema["$defs"]["EffortRecorded"]["required"]


BREAKING = [
    Mutation(
        "property removed", lambda s: data_of(s).pop("minutes"), "$.data.minutes: the property was removed"
    ),
    Mutation("optional property removed", lambda s: data_of(s).pop("note"), "$.data.note: the property was"),
    Mutation("definition's property removed", lambda s: standing_of(s).pop("agent"), "standing.agent"),
    Mutation(
        "optional becomes required", lambda s: required_of(s).append("note"), "note: it is required now"
    ),
    Mutation(
        "new and required",
        lambda s: (data_of(s).update(cost={"type": "integer"}), required_of(s).append("cost")),
        "$.data.cost: it is required now",
    ),
    Mutation("required becomes optional", lambda s: required_of(s).remove("minutes"), "it was required"),
    Mutation("type changed", lambda s: data_of(s).update(minutes={"type": "string"}), "integer was allowed"),
    Mutation(
        "type widened", lambda s: data_of(s)["minutes"].update(type=["integer", "null"]), "null was not"
    ),
    Mutation("null refused", lambda s: data_of(s)["partner"]["anyOf"].pop(), "null was allowed"),
    Mutation("alternative removed", lambda s: data_of(s)["note"]["anyOf"][0]["anyOf"].pop(), "form=sealed"),
    Mutation(
        "tag renamed", lambda s: s["$defs"]["Sealed"]["properties"]["form"].update(const="shut"), "shut"
    ),
    Mutation("word removed", lambda s: states_of(s).remove("closed"), "'closed' was removed"),
    Mutation(
        "word renamed",
        lambda s: states_of(s).__setitem__(states_of(s).index("closed"), "done"),
        "'closed' was removed",
    ),
    Mutation(
        "words forgotten", lambda s: s["$defs"].update(State={"type": "string"}), "'resolved' was removed"
    ),
    Mutation(
        "words closed",
        lambda s: s["$defs"]["State"].update(enum=s["$defs"]["State"].pop("x-extensible-enum")),
        "state: its words are closed",
    ),
    Mutation(
        "text becomes words",
        lambda s: data_of(s)["seller"].update({"x-extensible-enum": ["nord"]}),
        "any text",
    ),
    Mutation("bound set", lambda s: data_of(s)["minutes"].update(maximum=60), "maximum was none, and is 60"),
    Mutation("length set", lambda s: data_of(s)["reference"].update(maxLength=9), "maxLength"),
    Mutation("pattern set", lambda s: data_of(s)["reference"].update(pattern="^C"), "pattern"),
    Mutation("format dropped", lambda s: s["properties"]["command_id"].pop("format"), "format was uuid"),
    Mutation(
        "default changed", lambda s: s["properties"]["implied"].update(default=True), "default was False"
    ),
    Mutation("default dropped", lambda s: s["properties"]["implied"].pop("default"), "default was False"),
    Mutation("no other fields", lambda s: s.update(additionalProperties=False), "nothing"),
    Mutation(
        "attributes' type changed",
        lambda s: s["$defs"]["Source"]["properties"]["attributes"].update(
            additionalProperties={"type": "string"}
        ),
        "attributes.*",
    ),
    Mutation(
        "no longer personal",
        lambda s: data_of(s)["note"]["anyOf"][0].pop("x-personal"),
        "x-personal was True",
    ),
]

ALLOWED = [
    Mutation("the same", lambda s: s.copy(), ""),
    Mutation("optional field", lambda s: data_of(s).update(cost={"type": "integer", "default": 0}), ""),
    Mutation("optional field in a part", lambda s: standing_of(s).update(queue={"type": "string"}), ""),
    Mutation("words", lambda s: s.update(title="Effort", description="Other words."), ""),
    Mutation("words of a part", lambda s: s["$defs"]["State"].update(description="Other words."), ""),
    Mutation("order", lambda s: (s["required"].reverse(), states_of(s).reverse()), ""),
    Mutation("word added", lambda s: states_of(s).append("escalated_l2"), ""),
    Mutation(
        "the same in another spelling",
        lambda s: data_of(s).update(partner={"type": ["null", "string"], "default": None}),
        "",
    ),
    Mutation("definition in place", lambda s: s["properties"].update(actor=s["$defs"]["Actor"]), ""),
]

EFFORT = "casecore.case.effort_recorded.v1"


@pytest.mark.parametrize("mutation", BREAKING, ids=str)
def test_a_change_that_breaks_a_reader_or_an_event_is_named(mutation: Mutation) -> None:
    old = on_disk("events", EFFORT)
    new = copy.deepcopy(old)
    mutation.change(new)
    assert new != old
    changes = breaking_changes(old, new)
    assert any(mutation.says in change for change in changes), changes


@pytest.mark.parametrize("mutation", ALLOWED, ids=str)
def test_a_change_that_breaks_nobody_is_allowed(mutation: Mutation) -> None:
    old = on_disk("events", EFFORT)
    new = copy.deepcopy(old)
    mutation.change(new)
    assert breaking_changes(old, new) == []


def test_a_looser_bound_breaks_as_a_tighter_one_does() -> None:
    low = {"type": "integer", "minimum": 1}
    high = {"type": "integer", "minimum": 2}
    assert breaking_changes(low, high) == ["$: minimum was 1, and is 2"]
    assert breaking_changes(high, low) == ["$: minimum was 2, and is 1"]


def test_a_schema_that_contains_itself_is_compared_and_ends() -> None:
    def tree(leaf: str) -> Json:
        node = {
            "type": "object",
            "properties": {
                "leaf": {"type": leaf},
                "next": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "null"}]},
            },
        }
        return {"$ref": "#/$defs/Tree", "$defs": {"Tree": node}}

    assert breaking_changes(tree("string"), tree("string")) == []
    assert breaking_changes(tree("string"), tree("integer"))


# How the schemas were written before their words could grow: the one change of form that is compatible.


def closed(schema: Json) -> Json:
    """The schema in its earlier form: closed enumerations, tags as enumerations of one word."""
    match schema:
        case {"x-extensible-enum": words, **rest}:
            return {**{name: closed(part) for name, part in rest.items() if name != "type"}, "enum": words}
        case {"const": tag}:
            return {"enum": [tag]}
        case dict():
            return {name: closed(part) for name, part in schema.items()}
        case list():
            return [closed(part) for part in schema]
        case _:
            return schema


@pytest.mark.parametrize("name", NAMES)
def test_opening_every_enumeration_is_compatible_and_closing_it_again_is_not(name: str) -> None:
    today = on_disk("events", name)
    earlier = closed(today)
    assert "enum" in msgspec.json.encode(earlier).decode()
    assert breaking_changes(earlier, today) == []
    assert any("its words are closed" in change for change in breaking_changes(today, earlier))


@pytest.mark.parametrize("name", NAMES)
def test_an_opened_enumeration_that_lost_a_word_is_a_break(name: str) -> None:
    today = on_disk("events", name)
    for words in today["$defs"].values():
        if "x-extensible-enum" in words:
            lost = words["x-extensible-enum"].pop()
            assert any(
                f"{lost!r} was removed" in change
                for change in breaking_changes(closed(on_disk("events", name)), today)
            )


def test_text_that_only_python_and_no_other_language_took_may_be_written_for_all() -> None:
    def with_form(hours: Json, percent: Json) -> Json:
        return {"type": "object", "properties": {"hours": hours, "percent": percent}}

    earlier = with_form({"type": "string", "pattern": r"^[0-9]+\Z"}, {"type": "string", "format": "decimal"})
    today = with_form({"type": "string", "pattern": "^[0-9]+$"}, {"type": "string", "pattern": DECIMAL_TEXT})
    assert breaking_changes(earlier, today) == []
    assert breaking_changes(today, with_form({"type": "string", "pattern": "^[0-9]*$"}, {"type": "string"}))


# What breaks in one direction only: the schema that takes less, the one that takes more, and what is said.
NARROWER_AND_WIDER: list[tuple[Json, Json, str, str]] = [
    ({"type": "string"}, {"type": ["string", "null"]}, "null was allowed", "null was not allowed"),
    ({"type": "integer", "minimum": 2}, {"type": "integer", "minimum": 1}, "and is 2", "and is 1"),
    ({"type": "string", "maxLength": 9}, {"type": "string"}, "and is 9", "and is none"),
    ({"type": "string", "pattern": "^C"}, {"type": "string"}, "and is ^C", "and is none"),
    ({"type": "string", "enum": ["a", "b"]}, {"type": "string"}, "any text", "'a' was removed"),
    ({"enum": ["a", "b"]}, {"enum": ["a", "b", "c"]}, "'c' was removed", "old readers refuse 'c'"),
    ({"required": ["a"]}, {"required": []}, "$.a: it is required now", "$.a: it was required"),
    ({"additionalProperties": False}, {}, "nothing else is now", "nothing else was allowed"),
]


@pytest.mark.parametrize(("narrower", "wider", "when_narrowed", "when_widened"), NARROWER_AND_WIDER)
def test_each_direction_finds_what_the_other_ignores(
    narrower: Json, wider: Json, when_narrowed: str, when_widened: str
) -> None:
    narrow, wide = ({"properties": {"a": {}}, **one} for one in (narrower, wider))

    def breaks(old: Json, new: Json, direction: Direction) -> str:
        return "\n".join(SchemaComparison(old, new, direction).between("$", old, new))

    # What was written is refused when less is taken, and what is written when more is,
    assert when_narrowed in breaks(wide, narrow, Direction.BACKWARD)
    assert when_widened in breaks(narrow, wide, Direction.FORWARD)
    # neither is found in the other direction,
    assert breaks(narrow, wide, Direction.BACKWARD) == ""
    # and both are found where readers and writers of any age must go on.
    assert when_narrowed in breaks(wide, narrow, Direction.FULL)
    assert when_widened in breaks(narrow, wide, Direction.FULL)


def test_events_may_open_their_words_and_add_to_them_and_answers_may_only_open_them() -> None:
    closed_words, opened = {"enum": ["a", "b"]}, {"type": "string", KNOWN_WORDS: ["a", "b"]}
    more = {"type": "string", KNOWN_WORDS: ["a", "b", "c"]}
    (old, same, added) = (
        {"properties": {"a": one}} for one in ({"type": "string", **closed_words}, opened, more)
    )
    for new, direction, says in (
        (same, Direction.FULL, []),
        (added, Direction.FULL, []),
        (same, Direction.FORWARD, []),
        (added, Direction.FORWARD, ["$.a: its words were closed, so old readers refuse 'c'"]),
    ):
        assert list(SchemaComparison(old, new, direction).between("$", old, new)) == says


def test_a_word_that_is_not_taken_any_more_breaks_its_readers_too() -> None:
    few, more = {KNOWN_WORDS: ["a"]}, {KNOWN_WORDS: ["a", "b"]}
    for direction in Direction:
        comparison = SchemaComparison(more, few, direction)
        assert any("'b' was removed" in one for one in comparison.between("$", more, few))
        assert list(SchemaComparison(few, more, direction).between("$", few, more)) == []
