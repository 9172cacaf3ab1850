"""The generator guards what is released, and fills in the documentation."""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import yaml

from casecore.api.description.problems import all_problems
from casecore.app.settings import SETTINGS
from casecore.cases.lifecycle import TRANSITIONS
from casecore.contract import cases
from casecore.contract.envelope import EventData
from casecore.contract.types import EVENT_TYPES, EventType, EventTypes
from casecore.errors.kinds import Kind
from casecore.http.problems import STATUS_BY_KIND
from casecore.identity.identity import Scope
from devtools import generate
from devtools.api_tables import THINGS, visibility_rules
from devtools.examples import examples
from devtools.generate import GenerationRefused, generated_files, out_of_date

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "schemas"
NAMES = [event_type.wire_name for event_type in EVENT_TYPES.all]

Json = Any


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the generator reads and writes."""
    shutil.copytree(SCHEMAS, tmp_path / "schemas")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def write(files: dict[Path, bytes]) -> None:
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def types_with(name: str, struct: type[EventData], version: int = 1, **more: Any) -> EventTypes:
    """The table of types with another struct for one of them."""
    changed = EventType(name, version, struct, **more)
    return EventTypes([changed if t.name == name else t for t in EVENT_TYPES.all])


class CaseTakenWithQueue(cases.CaseEvent, frozen=True, kw_only=True):
    """The seller began to work on it."""

    queue: str | None = None


class CaseTakenInQueue(cases.CaseEvent, frozen=True, kw_only=True):
    """The seller began to work on it."""

    queue: str


TAKEN = "casecore.case.taken"


def test_an_optional_field_may_be_added_to_a_released_type(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    types = types_with(TAKEN, CaseTakenWithQueue)
    kept = [fact for fact in examples() if not isinstance(fact.data, cases.CaseTaken)]
    monkeypatch.setattr(generate, "examples", lambda: kept)
    files = generated_files(checkout, types)
    assert [path.name for path in out_of_date(files)] == [f"{TAKEN}.v1.json", "asyncapi.yaml"]
    write(files)
    assert out_of_date(generated_files(checkout, types)) == []


def test_a_breaking_change_is_refused_with_advice(checkout: Path) -> None:
    with pytest.raises(GenerationRefused) as refused:
        generated_files(checkout, types_with(TAKEN, CaseTakenInQueue))
    assert "$.data.queue: it is required now" in str(refused.value)
    assert f"publish it as {TAKEN}.v2 with an upcast" in str(refused.value)
    assert f"{TAKEN}.v1 no longer decodes" in str(refused.value)


def test_published_as_v2_with_an_upcast_the_old_example_is_still_read(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    types = types_with(TAKEN, CaseTakenInQueue, 2, upcasts={1: lambda data: {**data, "queue": "all"}})
    kept = [fact for fact in examples() if not isinstance(fact.data, cases.CaseTaken)]
    monkeypatch.setattr(generate, "examples", lambda: kept)
    files = generated_files(checkout, types)
    assert checkout / "schemas" / "events" / f"{TAKEN}.v2.json" in files
    assert checkout / "schemas" / "events" / f"{TAKEN}.v1.json" not in files
    document = yaml.load(files[checkout / "schemas" / "asyncapi.yaml"], Loader=yaml.CSafeLoader)
    assert {f"{TAKEN}.v1", f"{TAKEN}.v2"} <= set(document["channels"]["cases"]["messages"])


def test_a_version_without_an_upcast_is_refused(checkout: Path) -> None:
    with pytest.raises(GenerationRefused, match=f"{TAKEN}.v1 was released, and the program no longer reads"):
        generated_files(checkout, types_with(TAKEN, CaseTakenInQueue, 2))


def test_a_released_type_may_not_be_forgotten(checkout: Path) -> None:
    rest = EventTypes([t for t in EVENT_TYPES.all if t.name != TAKEN])
    with pytest.raises(GenerationRefused, match=f"{TAKEN}.v1 was released"):
        generated_files(checkout, rest)


def test_a_golden_example_is_never_overwritten(checkout: Path) -> None:
    golden = checkout / "schemas" / "golden" / f"{TAKEN}.v1.json"
    released = golden.read_bytes().replace(b"j.petersen", b"a.nother")
    golden.write_bytes(released)
    assert generated_files(checkout)[golden] == released


def test_a_golden_example_that_is_written_back_as_other_data_is_refused(checkout: Path) -> None:
    golden = checkout / "schemas" / "golden" / f"{TAKEN}.v1.json"
    golden.write_bytes(golden.read_bytes().replace(b'"data": {', b'"data": {"once": "a field",', 1))
    with pytest.raises(GenerationRefused, match="encodes again to other data"):
        generated_files(checkout)


def test_a_new_type_gets_its_schema_and_its_example(checkout: Path) -> None:
    written = generated_files(checkout)
    shutil.rmtree(checkout / "schemas")
    made = generated_files(checkout)
    assert set(made) == set(written)
    # Only a field that is newer than the released example of its type is added.
    changed = {path for path in made if made[path] != written[path]} - {
        checkout / "schemas" / "asyncapi.yaml"
    }
    for path in changed:
        released, today = json.loads(written[path]), json.loads(made[path])
        assert path.parent.name == "golden"
        assert _fields_of(released, today) == released
    assert len(out_of_date(made)) == 2 * len(NAMES) + 2


def _fields_of(released: Any, today: Any) -> Any:
    """What is there today, less the fields that the released example lacks, at any depth."""
    if not isinstance(released, dict):
        return today
    return {name: _fields_of(released[name], today[name]) for name in released}


SECTIONS = {
    **dict.fromkeys(
        (
            "additions",
            "case-life",
            "case-moves",
            "envelope",
            "events",
            "fee-life",
            "index",
            "objects",
            "words",
        ),
        "docs/events.md",
    ),
    "kafka options": "docs/operating.md",
    "lifecycle": "docs/domain.md",
    "scopes": "docs/api.md",
    "settings": "docs/operating.md",
    "statuses": "docs/api.md",
    "topics": "docs/operating.md",
    "visibility": "docs/api.md",
}


def page_of(file: str) -> str:
    """A page with the sections that belong there, to be filled."""
    names = [name for name, page in SECTIONS.items() if page == file]
    return "# x\n" + "\n".join(f"<!-- begin {name} -->\nold\n<!-- end {name} -->\n" for name in names)


@pytest.fixture
def pages(checkout: Path) -> dict[str, Path]:
    """The pages with sections, none of them filled."""
    (checkout / "docs").mkdir()
    found = {file: checkout / file for file in SECTIONS.values()}
    for file, path in found.items():
        path.write_text(page_of(file) + "my own words, a \\1 and a |\n", encoding="utf-8")
    return found


def test_each_rule_of_who_sees_what_has_its_row() -> None:
    assert [name for name, _ in visibility_rules()] == list(THINGS)


def named_by_status() -> dict[HTTPStatus, set[str]]:
    """What a program meets under each status: kinds of error, and codes where no kind has the status."""
    kinds, codes = defaultdict(set), defaultdict(set)
    for kind, status in STATUS_BY_KIND.items():
        kinds[status].add(kind.value)
    for known in all_problems():
        codes[known.status].add(f"`{known.code}`")
    return {**codes, **kinds}


def test_every_kind_of_error_has_a_status() -> None:
    assert set(STATUS_BY_KIND) == set(Kind)


def test_the_sections_of_the_pages_are_filled_and_the_rest_is_kept(
    checkout: Path, pages: dict[str, Path]
) -> None:
    files = generated_files(checkout)
    texts = {file: files[path].decode() for file, path in pages.items()}
    for text in texts.values():
        assert text.startswith("# x\n")
        assert text.endswith("my own words, a \\1 and a |\n")
        assert "old" not in text.replace("reseller", "").split()
    assert "```mermaid\nstateDiagram-v2\n" in texts["docs/domain.md"]
    for row in TRANSITIONS:
        assert f"{row.source.value} --> {row.target.value}: {row.trigger}" in texts["docs/domain.md"]
    for setting in SETTINGS:
        assert f"`{setting.name}`" in texts["docs/operating.md"]
    assert "`retention.ms=-1`" in texts["docs/operating.md"]
    for thing in THINGS.values():
        assert f"| {thing} |" in texts["docs/api.md"]
    for scope in Scope:
        assert f"| `{scope.value}` |" in texts["docs/api.md"]
    for status, named in named_by_status().items():
        (row,) = re.findall(rf"^\| {status.value} \| ([^|]*) \|", texts["docs/api.md"], re.MULTILINE)
        assert set(row.split(", ")) == named
    for file, path in pages.items():
        path.write_text(texts[file], encoding="utf-8")
    assert out_of_date(generated_files(checkout)) == []


@pytest.mark.parametrize("name", SECTIONS)
@pytest.mark.parametrize("times", [0, 2])
def test_a_section_that_is_missing_or_duplicated_is_named(
    checkout: Path, pages: dict[str, Path], name: str, times: int
) -> None:
    path = pages[SECTIONS[name]]
    section = f"<!-- begin {name} -->\nold\n<!-- end {name} -->\n"
    path.write_text(page_of(SECTIONS[name]).replace(section, section * times), encoding="utf-8")
    with pytest.raises(GenerationRefused, match=f"{path.name} has {times} sections <!-- begin {name} -->"):
        generated_files(checkout)


def test_checking_writes_nothing_and_says_what_is_out_of_date(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(checkout)
    asyncapi = checkout / "schemas" / "asyncapi.yaml"
    asyncapi.write_text("old", encoding="utf-8")
    assert generate.main(["--check"]) == 1
    assert "out of date: schemas/asyncapi.yaml" in capsys.readouterr().out
    assert asyncapi.read_text(encoding="utf-8") == "old"
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
