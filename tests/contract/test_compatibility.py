"""What may replace a released schema, and what would break a reader or an event."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from casecore.contract.types import EVENT_TYPES
from devtools.compatibility import breaking_changes

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
        "tag renamed", lambda s: s["$defs"]["Sealed"]["properties"]["form"].update(enum=["shut"]), "shut"
    ),
    Mutation(
        "enum value removed", lambda s: s["$defs"]["State"]["enum"].remove("closed"), "'closed' was removed"
    ),
    Mutation("enum value added", lambda s: s["$defs"]["State"]["enum"].append("lost"), "'lost' was added"),
    Mutation("enum opened", lambda s: s["$defs"].update(State={"type": "string"}), "state: enum was"),
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
    Mutation("order", lambda s: (s["required"].reverse(), s["$defs"]["State"]["enum"].reverse()), ""),
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
