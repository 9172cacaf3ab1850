"""The documented examples and tables of the mapping are those of the program."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from casecore.cases.decider import CASES
from casecore.commands.bus import CommandBus
from casecore.contract.types import EVENT_TYPES
from casecore.imports.attempts import ACTIONS
from casecore.imports.importer import import_file
from casecore.imports.mapping import (
    ActivityTable,
    AttributesTable,
    CaseTable,
    FromAttribute,
    Mapping,
    RowTable,
    SourceTable,
    read_mapping,
)
from casecore.store.log import LogReader
from casecore.store.migrations import migrate

DOCUMENT = (Path(__file__).parents[2] / "docs" / "import-mapping.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    return DOCUMENT.split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]


def first_column(text: str) -> list[str]:
    return re.findall(r"^\| `(\w+)`", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("heading", "table"),
    [
        ("## The mapping file", FromAttribute),
        ("### `[source]`", SourceTable),
        ("### `[case]`", CaseTable),
        ("### `[attributes]`", AttributesTable),
        ("### `[[row]]`", RowTable),
        ("### `[[activity]]`", ActivityTable),
    ],
)
def test_each_table_of_the_mapping_is_documented_with_all_its_keys(heading, table):
    assert first_column(section(heading)) == list(table.__struct_fields__)


def test_the_top_level_is_documented():
    tables = {"source", "case", "attributes", "activity"}
    assert first_column(section("### Top level")) == [f for f in Mapping.__struct_fields__ if f not in tables]


def test_each_action_is_documented_with_all_its_fields_and_those_it_needs():
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section("### Actions"), re.MULTILINE))
    assert list(rows) == list(ACTIONS)
    for name, kind in ACTIONS.items():
        fields = {field.name: field.required for field in msgspec.structs.fields(kind)}
        without_choices = re.sub(r"\([^)]*\)", "", rows[name])
        documented = {
            field: f"**`{field}`**" in without_choices for field in re.findall(r"`(\w+)`", without_choices)
        }
        if name == "open":
            assert "takes what `[case]` says" in rows[name]
        else:
            assert documented == fields


@pytest.mark.parametrize(
    ("heading", "kind", "expected", "rejected"),
    [
        (
            "## Example: XES",
            "xml",
            [
                ("ONE-1", "opened", True),
                ("ONE-1", "taken", False),
                ("ONE-1", "assigned", False),
                ("ONE-1", "resolved", True),
                ("ONE-1", "closed", False),
            ],
            0,
        ),
        (
            "## Example: CSV",
            "csv",
            [
                ("TWO-T-1", "opened", False),
                ("TWO-T-2", "opened", False),
                ("TWO-T-1", "taken", True),
                ("TWO-T-1", "resolved", False),
                ("TWO-T-2", "taken", True),
                ("TWO-T-2", "resolved", False),
            ],
            1,
        ),
    ],
)
def test_the_documented_examples_do_what_the_document_says(
    database, tmp_path, heading, kind, expected, rejected
):
    # Given the file and the mapping that the document shows,
    text = section(heading)
    path, mapping = tmp_path / f"example.{kind}", tmp_path / "map.toml"
    path.write_text(text.split(f"```{kind}\n")[1].split("```")[0], encoding="utf-8")
    mapping.write_text(text.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    migrate(database)
    # when it is imported,
    with CommandBus(database, [CASES], "vendor") as bus:
        summary = import_file(path, read_mapping(mapping), bus, "vendor")
    # then the store holds the events of the document's table.
    with LogReader(database) as log:
        facts = [(e.type, EVENT_TYPES.decode(e.type, e.body)) for e in log.read(0, 100)]
    found = [(fact.data.reference, name.split(".")[2], fact.implied) for name, fact in facts]
    assert found == expected
    assert summary.rejected == rejected
