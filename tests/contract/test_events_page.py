"""docs/events.md says what the types say: each event in prose, its example, and since when it is there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import jsonschema
import msgspec
import pytest
import yaml

from casecore.app.deciders import DECIDERS
from casecore.billing import commands as billing
from casecore.billing.corrections.commands import CorrectDocument
from casecore.cases import commands as cases
from casecore.cases import lifecycle
from casecore.cases.state import evolve
from casecore.contract.additions import ADDITIONS, Addition
from casecore.contract.cases import CaseEvent, CaseOpened, State
from casecore.contract.envelope import EventData, Fact
from casecore.contract.streams import STREAM_KINDS, kind_of, topic_name
from casecore.contract.types import EVENT_TYPES, EventType
from casecore.decider.command import Action
from devtools.event_catalogue import case_life
from devtools.event_catalogue.case_life import NotTheLifecycle, case_sequence, moves_diagram
from devtools.event_catalogue.fee_life import fee_sequence
from devtools.event_catalogue.keys import KEYS, key_of
from devtools.event_catalogue.prose import InvalidProse, prose_of
from devtools.event_catalogue.sections import anchor_of, shown_record
from devtools.examples import examples

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
SCHEMAS = ROOT / "schemas"
FIRST_FORM = ROOT / "tests" / "surface" / "bee97ac" / "schemas"
"""The schemas and the AsyncAPI document of the commit with which CHANGELOG.md begins."""

TYPES = [pytest.param(one, id=one.name) for one in EVENT_TYPES.all]
ONLY_RUNS_GIVE = (
    billing.RecordCharges,
    billing.MarkBilled,
    billing.MarkCredited,
    billing.IssueDocument,
    billing.CloseSettlement,
    billing.HoldBuyer,
    billing.EndHold,
    cases.NoteServiceLevel,
    cases.ImportActivity,
)
"""Actions of runs, the watch and the importer: the page names these, and not their commands."""

Json = Any


def section_of(name: str) -> str:
    """What the page says of a type."""
    return PAGE.split(f"\n### {name}\n")[1].split("\n### ")[0].split("\n## ")[0]


# The prose, which lives where the types live.


@pytest.mark.parametrize("one", TYPES)
def test_each_event_says_when_why_what_follows_and_what_its_fields_are(one: EventType) -> None:
    said = prose_of(one.struct)
    assert all(text.endswith(".") for _, text in said.labelled())
    between = one.struct.__mro__[: one.struct.__mro__.index(EventData)]
    told = " ".join(struct.__doc__ or "" for struct in between)
    schema = json.loads((SCHEMAS / "events" / f"{one.wire_name}.json").read_bytes())
    fields = schema["$defs"][one.struct.__name__]["properties"]
    own = set(one.struct.__struct_fields__) - {
        field for base in between[1:] for field in base.__struct_fields__
    }
    named = {field for field in own if re.search(rf"`(\w+\.)*{field}[`.]", told)}
    unsaid = {field for field in own - named if "x-personal" not in json.dumps(fields[field])}
    assert unsaid <= SAID_BY_THEIR_NAMES


SAID_BY_THEIR_NAMES = {
    *("sender", "audience", "organisation", "calendar"),
    *("number", "kind", "issued_on", "lines", "net_cents", "vat_cents", "gross_cents"),
    *("buyer", "seller", "correction_reason"),
}
"""Fields of which there is nothing to say but their names."""


@pytest.mark.parametrize(
    "text",
    [
        "Something happened.",
        "Something happened.\n\nWhen: now.\nThen: nothing.",
        "Something happened.\n\nWhy: so.\nWhen: now.\nThen: nothing.",
        "Something happened.\n\nWhen: now.\nWhy: so.\nThen: nothing.\nWhen: later.",
        "Something happened.\n\nMore of it.\n\nWhen: now.\nWhy: so.\nThen: nothing.",
    ],
)
def test_a_docstring_that_leaves_something_out_is_refused(text: str) -> None:
    struct = type("SomethingHappened", (), {"__doc__": text})
    with pytest.raises(InvalidProse, match="SomethingHappened"):
        prose_of(struct)


def actions() -> dict[str, type[Action]]:
    """Every action that somebody may give, by the word for it."""
    found: dict[str, type[Action]] = {}
    for decider in DECIDERS:
        do = {field.name: field.type for field in msgspec.structs.fields(decider.command)}["do"]
        for action in get_args(do) or (do,):
            if isinstance(action, type) and issubclass(action, Action) and action not in ONLY_RUNS_GIVE:
                found[action.__struct_config__.tag] = action
    return found


def test_each_action_of_people_is_named_by_an_event_that_it_gives() -> None:
    assert "take" in actions()
    assert "correct_document" == CorrectDocument.__struct_config__.tag in actions()
    named = {word for one in EVENT_TYPES.all for word in re.findall(r"`(\w+)`", prose_of(one.struct).when)}
    assert actions().keys() <= named


def test_an_event_that_may_be_recorded_late_says_so() -> None:
    facts = [fact for fact in examples() if isinstance(fact.data, CaseEvent)]
    [opened] = [fact for fact in facts if isinstance(fact.data, CaseOpened)]
    case = evolve(None, opened)
    for fact in facts:
        at = case.changed_at + timedelta(days=1)
        moved = evolve(case, msgspec.structs.replace(fact, occurred_at=at)).changed_at == at
        when = prose_of(type(fact.data)).when + prose_of(type(fact.data)).then
        is_late = re.search(r"\blate\b|before other events|as a warning|occurs when it is recorded", when)
        assert moved or is_late, type(fact.data)


# The page.


@pytest.mark.parametrize("one", TYPES)
def test_each_event_has_a_section_with_what_its_type_says(one: EventType) -> None:
    section, said = section_of(one.name), prose_of(one.struct)
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", section)
    assert said.summary in section
    for label, text in said.labelled():
        assert f"**{label}:** {text}" in plain
    assert f"../schemas/events/{one.wire_name}.json" in section
    assert f"key: {key_of(one.name)}" in section


@pytest.mark.parametrize("one", TYPES)
def test_an_example_is_the_golden_one_with_its_headers_and_is_valid(one: EventType) -> None:
    golden = (SCHEMAS / "golden" / f"{one.wire_name}.json").read_bytes()
    [shown] = re.findall(r"```json\n(.*?)\n```", section_of(one.name), re.DOTALL)
    example = json.loads(shown)
    assert example == shown_record(one.wire_name, golden)
    assert example["value"]["data"] == json.loads(golden)["data"]
    assert example["headers"]["ce_type"] == one.wire_name
    jsonschema.Draft202012Validator(
        json.loads((SCHEMAS / "events" / f"{one.wire_name}.json").read_bytes())
    ).validate(example["value"])


def test_the_index_lists_each_event_under_its_topic() -> None:
    index = PAGE.split("<!-- begin index -->")[1].split("<!-- end index -->")[0]
    topics = re.split(r"\*\*\[(casecore\.\w+)\]\(#\w+\)\*\*", index)[1:]
    found = {
        topic: re.findall(r"^\| \[([\w.]+)\]\(#(\w+)\)", rows, re.MULTILINE)
        for topic, rows in zip(topics[::2], topics[1::2], strict=True)
    }
    assert found == {
        topic_name("casecore", kind): [
            (one.name, anchor_of(one.name)) for one in EVENT_TYPES.all if kind_of(one.name) == kind
        ]
        for kind in STREAM_KINDS
    }


def test_the_stream_of_each_event_is_said_once() -> None:
    for one in EVENT_TYPES.all:
        assert len([beginning for beginning in KEYS if one.name.startswith(beginning)]) == 1, one.name
    with pytest.raises(KeyError, match="say which stream it is in"):
        key_of("casecore.weather.changed")


# Lives, as the program has them.


def test_each_move_of_a_case_is_drawn_with_its_event() -> None:
    arrows = set(re.findall(r"(\w+) --> (\w+):", moves_diagram()))
    assert arrows == {(row.source.value, row.target.value) for row in lifecycle.TRANSITIONS}
    assert "resolved --> closed: closed" in moves_diagram()


def test_a_table_of_moves_that_the_decider_does_not_follow_is_not_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = lifecycle.Transition("resolve", State.RESELLER_L0, State.CLOSED)
    monkeypatch.setattr(case_life, "TRANSITIONS", (wrong,))
    with pytest.raises(NotTheLifecycle, match="resolve"):
        moves_diagram()


def happened(diagram: str) -> list[str]:
    """The events of a diagram, in order."""
    return re.findall(r"-->>\w+: (\w+)", diagram)


def test_the_life_of_a_case_is_told_from_its_opening_to_its_end() -> None:
    told = happened(case_sequence())
    assert (told[0], told[-1]) == ("opened", "closed")
    assert told.index("escalated") + 1 == told.index("policy_pinned")
    assert told.count("service_level_warned") == 2
    assert set(told) <= {one.name.rpartition(".")[2] for one in EVENT_TYPES.all}


def test_the_life_of_a_fee_is_told_until_it_is_taken_back_and_the_right_one_billed() -> None:
    told = happened(fee_sequence())
    fees = [name for name in told if name.startswith("maintenance_fee_")]
    assert fees == [
        "maintenance_fee_fell_due",
        "maintenance_fee_billed",
        "maintenance_fee_reversed",
        "maintenance_fee_fell_due",
        "maintenance_fee_fell_due",
        "maintenance_fee_credited",
        "maintenance_fee_billed",
        "maintenance_fee_billed",
    ]
    assert told.index("document_issued") + 1 == told.index("maintenance_fee_billed")


# What came when.


def named_in(schemas: Mapping[str, Json], headers: Mapping[str, Json]) -> set[str]:
    """Every type, field, word and header of a contract, as `ADDITIONS` names them."""
    found = set(schemas) | {name for name in headers if name.startswith("ce_")}
    for schema in schemas.values():
        for name, definition in {"Fact": schema, **schema["$defs"]}.items():
            found |= {f"{name}.{field}" for field in definition.get("properties", {})}
            words = definition.get("x-extensible-enum", definition.get("enum", ()))
            found |= {f"{name}={word}" for word in words}
    return found


def contract_in(folder: Path) -> set[str]:
    schemas = {path.stem: json.loads(path.read_bytes()) for path in (folder / "events").glob("*.json")}
    document = yaml.load((folder / "asyncapi.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return named_in(schemas, document["components"]["schemas"]["record_headers"]["properties"])


def listed() -> Iterator[str]:
    for addition in ADDITIONS:
        yield from (addition.name, *addition.with_it)


def test_what_the_contract_got_since_its_first_form_is_listed() -> None:
    assert sorted(listed()) == sorted(contract_in(SCHEMAS) - contract_in(FIRST_FORM)), (
        "say in casecore.contract.additions since when it is there"
    )


def test_what_is_added_in_any_place_is_a_name_that_would_be_missed() -> None:
    schema = json.loads((SCHEMAS / "events" / "casecore.licence.transferred.v1.json").read_bytes())
    before = named_in({"casecore.licence.transferred.v1": schema}, {})
    schema["properties"]["added"] = schema["$defs"]["Assignment"]["properties"]["added"] = {"type": "string"}
    schema["$defs"]["Role"]["x-extensible-enum"].append("added")
    after = named_in({"casecore.licence.transferred.v2": schema}, {"ce_added": {}})
    assert after - before == {
        "casecore.licence.transferred.v2",
        "Fact.added",
        "Assignment.added",
        "Role=added",
        "ce_added",
    }


@pytest.mark.parametrize("addition", ADDITIONS, ids=lambda one: one.name)
def test_an_addition_is_named_in_the_changelog_of_its_release(addition: Addition) -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## [{addition.since}]" in changelog
    section = changelog.split(f"\n## [{addition.since}]")[1].split("\n## [")[0]
    is_type = addition.name.startswith("casecore.")
    name = addition.name if is_type else re.split(r"[.=]", addition.name)[-1]
    assert re.search(rf"`([\w]+\.)*{re.escape(name)}`", section), name


def test_a_fact_names_every_field_that_the_page_lists_for_all_events() -> None:
    envelope = PAGE.split("<!-- begin envelope -->")[1].split("```json")[0]
    fields = re.findall(r"^\| `(\w+)`", envelope, re.MULTILINE)
    assert [*fields, "data"] == list(Fact.__struct_fields__)
