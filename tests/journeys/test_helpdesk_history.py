"""The help desk's log as tables: an export says what the views say, and what the file says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psycopg
import pytest

from tests.journeys.harness.program import Program

CASES, ROWS = 4_580, 21_348


@pytest.fixture(scope="module")
def histories(imported: Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to which the log was exported, with the names that it has."""
    folder = tmp_path_factory.mktemp("export") / "histories"
    printed = json.loads(imported.run("export", str(folder), "--personal", "--json"))
    assert printed["rows"]["cases"] == CASES
    return folder


@pytest.fixture(scope="module")
def sql(histories: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The export as somebody asks it who has nothing of casecore."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for table in ("events", "cases", "moves", "holders"):
            connection.execute(f"create view {table} as from '{histories}/latest/{table}/*.parquet'")
        yield connection


def test_every_row_of_the_log_is_an_event_of_the_export(sql: duckdb.DuckDBPyConnection) -> None:
    counted = sql.execute(
        "select count(*), count(distinct source_case), count(distinct (source_case, source_place)) "
        "from events where source = 'helpdesk' and not implied"
    ).fetchone()

    assert counted == (ROWS, CASES, ROWS)


def test_the_events_are_those_of_the_timeline(imported: Program, sql: duckdb.DuckDBPyConnection) -> None:
    columns = (
        "position, version, reference, type, person, organisation, role, state, level, holder, agent, "
        "implied, source_place, source_activity, source_resource"
    )
    with psycopg.connect(imported.database) as connection:
        expected = connection.execute(f"select {columns} from timeline.events order by position").fetchall()

    mine = columns.replace("reference", '"case"').replace("type", "activity")
    found = sql.execute(f"select {mine} from events order by position").fetchall()

    assert found == expected


def test_cases_and_moves_are_those_of_the_workload(imported: Program, sql: duckdb.DuckDBPyConnection) -> None:
    cases = "reference, customer, seller, topic, priority, state, is_open, level, organisation, agent"
    moves = "occurred_at, move, state, came_in, went_out, up, down, reopened"
    with psycopg.connect(imported.database) as connection:
        expected_cases = connection.execute(f"select {cases} from workload.cases").fetchall()
        expected_moves = connection.execute(f"select {moves} from workload.case_moves").fetchall()

    mine = cases.replace("reference", '"case"').replace("organisation", "holder")
    assert sorted(sql.execute(f"select {mine} from cases").fetchall(), key=str) == sorted(
        expected_cases, key=str
    )
    assert Counter(
        map(str, sql.execute(f"select {moves.replace('occurred_at, ', '')} from moves").fetchall())
    ) == (Counter(str(row[1:]) for row in expected_moves))
    assert sql.execute("select sum(epoch_us(occurred_at)) from moves").fetchone() == (
        sum(int(row[0].timestamp()) * 1_000_000 + row[0].microsecond for row in expected_moves),
    )


def test_without_personal_data_each_agent_has_one_pseudonym(
    imported: Program, histories: Path, tmp_path: Path
) -> None:
    # The log's own resources are anonymous: its mapping says so, and they stay.
    folder = tmp_path / "pseudonyms"
    imported.run("export", str(folder), "--tables", "events,cases")
    with duckdb.connect() as connection:
        query = "select distinct agent from '{}/latest/events/*.parquet' where agent is not null"
        names = {row[0] for row in connection.execute(query.format(histories)).fetchall()}
        pseudonyms = {row[0] for row in connection.execute(query.format(folder)).fetchall()}

    assert len(pseudonyms) == len(names) > 10
    assert all(name.startswith("p-") for name in pseudonyms)
    assert not pseudonyms & names


def test_an_export_again_writes_nothing_and_to_another_folder_is_refused(
    imported: Program, histories: Path, tmp_path: Path
) -> None:
    assert "nothing was written" in imported.run("export", str(histories), "--personal")
    (tmp_path / "mine").write_text("a file")

    def said(*options: str) -> str:
        return " ".join(imported.run("export", *options, exits=2).split())

    assert "is a file: name a folder" in said(str(tmp_path / "mine"))
    assert "has no position 99999999" in said(str(tmp_path / "new"), "--position", "99999999")
    assert "no table 'evnts'" in said(str(tmp_path / "new"), "--tables", "evnts")
    assert not (tmp_path / "new").exists()
