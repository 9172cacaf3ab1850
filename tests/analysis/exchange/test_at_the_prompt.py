"""`casecore export` to XES and OCEL 2.0, from a real store, and the import of what it wrote into another."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from casecore.cases.decider import CASES
from casecore.commands.bus import CommandBus
from casecore.contract.types import EVENT_TYPES
from casecore.imports.importer import import_file
from casecore.imports.mapping import read_mapping
from casecore.imports.summary import ImportSummary
from casecore.store.log import LogReader
from casecore.store.migrations import migrate
from tests.analysis.exchange.test_xes import DATA, check_valid, first_cases
from tests.cli.asking import asked, error_of, run, use
from tests.newer_words import as_a_newer_program_wrote
from tests.servers import new_database

CASES_TAKEN = 60


@pytest.fixture
def helpdesk(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store with the first cases of the help desk's log, which the commands use."""
    use(database, monkeypatch)
    imported(database, first_cases(CASES_TAKEN, tmp_path / "helpdesk.xes"), DATA / "helpdesk.toml")
    return database


def imported(database: str, path: Path, mapping: Path) -> ImportSummary:
    migrate(database)
    with CommandBus(database, [CASES], "vendor") as bus:
        return import_file(path, read_mapping(mapping), bus.sequence(), "vendor")


def events(database: str) -> list[Any]:
    """Every event by its case and version: all of it but where and when it was stored."""
    with LogReader(database) as log:
        found = [(e.stream_id, e.version, EVENT_TYPES.decode(e.type, e.body)) for e in log.read(0, 100_000)]
    return sorted(found, key=lambda one: one[:2])


def test_rows_are_exported_as_xes_and_imported_again_into_an_empty_store(
    helpdesk: str, postgres_server: str, tmp_path: Path
) -> None:
    # Given the rows of imports as XES, compressed,
    path = tmp_path / "again.xes.gz"
    done = asked("export", str(path), "--format", "xes", "--imported-rows-only", "--personal")
    check_valid(path)
    assert (done["file"], done["mapping"], done["notes"]) == (str(path), str(tmp_path / "again.toml"), [])
    assert done["cases"] == CASES_TAKEN
    # when an empty store imports it, by the mapping beside it, then both stores have the same events.
    with new_database(postgres_server) as other:
        summary = imported(other, path, tmp_path / "again.toml")
        assert (summary.stored, summary.rejected) == (done["events"], 0)
        assert events(other) == events(helpdesk)


def test_a_history_is_exported_as_ocel_at_one_position(helpdesk: str, tmp_path: Path) -> None:
    before = asked("export", str(tmp_path / "log.sqlite"), "--format", "ocel-sqlite")
    last = before["position"]
    said = error_of("export", str(tmp_path / "log.json"), "--format", "ocel-json", exits=0)

    assert f"{CASES_TAKEN} cases, {before['events']} events, up to position {last}" in said
    log = json.loads((tmp_path / "log.json").read_bytes())
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as database:
        [(count,)] = database.execute("select count(*) from event")
    assert count == len(log["events"]) == before["events"] == len(events(helpdesk))
    # The same position gives the same bytes, an earlier one less.
    whole = (tmp_path / "log.json").read_bytes()
    asked("export", str(tmp_path / "log.json"), "--format", "ocel-json", "--position", str(last))
    assert (tmp_path / "log.json").read_bytes() == whole
    half = asked("export", str(tmp_path / "log.json"), "--format", "ocel-json", "--position", str(last // 2))
    assert (half["position"], half["events"]) == (last // 2, last // 2)


def test_what_is_wrong_is_said_and_nothing_is_written(helpdesk: str, tmp_path: Path) -> None:
    there = sorted(tmp_path.iterdir())
    path = str(tmp_path / "log.xes")

    assert "is a folder: xes is one file" in error_of("export", str(tmp_path), "--format", "xes")
    assert "has no position" in error_of("export", path, "--format", "xes", "--position", "99999999")
    assert "--tables" in error_of("export", path, "--format", "xes", "--tables", "events")
    assert "--at" in error_of("export", path, "--format", "ocel-json", "--at", "2026-01-01T00:00Z")
    over_the_mapping = str(tmp_path / "helpdesk.xes.gz")
    (tmp_path / "helpdesk.toml").write_text("# mine")
    assert "is no mapping that an export wrote" in error_of(
        "export", over_the_mapping, "--format", "xes", "--imported-rows-only"
    )
    (tmp_path / "helpdesk.toml").unlink()
    assert sorted(tmp_path.iterdir()) == there


def test_a_case_of_a_newer_program_is_named_and_left_out(helpdesk: str, tmp_path: Path) -> None:
    stream_id, _, last = events(helpdesk)[-1]
    as_a_newer_program_wrote(helpdesk, stream_id, last.data.standing.state.value)

    for form in ("xes", "ocel-sqlite"):
        output = run("export", str(tmp_path / "log"), "--format", form, exits=5)
        assert last.data.reference in output
