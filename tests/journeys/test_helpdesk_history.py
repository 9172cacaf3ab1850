"""The help desk's log as tables: an export says what the views say, and what the file says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from devtools.notebook import NOTEBOOK, run_notebook
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


STEPS = """with counted as (
  select reference, version, occurred_at, coalesce(source_activity, type) as label from timeline.events
  where not implied),
steps as (
  select *, lead(label) over w as next_label, lead(occurred_at) over w - occurred_at as lasted
  from counted window w as (partition by reference order by occurred_at, version))"""
TURNS = """with turns as (
  select reference, holder, occurred_at, lead(holder) over w as next, lead(holder, 2) over w as after_next,
    lead(occurred_at) over w - occurred_at as held
  from timeline.events where changed ? 'organisation'
  window w as (partition by reference order by occurred_at, version))"""
STATES = """with ends as (select max(occurred_at) as at from timeline.events),
states as (
  select reference, state, occurred_at,
    coalesce(lead(occurred_at) over (partition by reference order by occurred_at, version), ends.at) as until
  from timeline.events cross join ends where changed ? 'state')"""


def counted(lasted: str) -> str:
    """How often, in how many cases, and the median and the 95th percentile of an interval, in seconds."""
    median, p95 = (
        f"extract(epoch from percentile_disc({share}) within group (order by {lasted}))::float8"
        for share in (0.5, 0.95)
    )
    return f"count(*), count(distinct reference), {median}, {p95}"


def mined(imported: Program, *asked: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(imported.run("mine", *asked, "--format", "json"))["rows"]
    return rows


def test_paths_are_those_of_the_timeline(imported: Program, histories: Path) -> None:
    of_steps = counted("lasted")
    with psycopg.connect(imported.database) as connection:
        follows = connection.execute(
            f"{STEPS} select label, next_label, {of_steps} from steps group by 1, 2"
        ).fetchall()
        paths = connection.execute(
            f"""{STEPS}, paths as (
              select reference, array_agg(label order by occurred_at, version) as path from steps group by 1)
            select path, count(*), min(reference collate "C") from paths group by 1"""
        ).fetchall()

    found = mined(imported, "dfg", "--from", str(histories))
    assert {tuple(row.values()) for row in found if row["predecessor"]} == set(follows)
    assert sum(row["cases"] for row in found if not row["predecessor"]) == sum(row[1] for row in paths)
    variants = mined(imported, "variants")
    assert sorted((row["path"], row["cases"], row["example"]) for row in variants) == sorted(paths)
    # And those who published the log count 226 paths
    only_rows = [row for row in variants if row["example"].startswith("HD-")]
    assert len(only_rows) == 226


def test_hand_overs_and_bounces_are_those_of_the_timeline(imported: Program, histories: Path) -> None:
    of_turns = counted("held")
    with psycopg.connect(imported.database) as connection:
        given = connection.execute(
            f"{TURNS} select holder, next, {of_turns} from turns where next is not null group by 1, 2"
        ).fetchall()
        back = connection.execute(
            f"{TURNS} select holder, next, count(*), count(distinct reference) from turns "
            "where after_next = holder group by 1, 2"
        ).fetchall()

    found = mined(imported, "handovers", "--from", str(histories))
    assert {tuple(row.values()) for row in found} == set(given) != set()
    bounced = mined(imported, "ping-pong", "--from", str(histories))
    pairs = {(row["handed_by"], row["returned_by"], row["times"], row["cases"]) for row in bounced}
    assert pairs == set(back) != set()


def test_where_time_goes_is_what_the_timeline_adds_up_to(imported: Program, histories: Path) -> None:
    with psycopg.connect(imported.database) as connection:
        spent = connection.execute(
            f"""{STATES} select state, sum(extract(epoch from until - occurred_at)) from states
            where state not in ('closed', 'cancelled') and until > occurred_at group by 1"""
        ).fetchall()

    for by in ("state", "level", "organisation", "resource", "activity"):
        found = mined(imported, "waits", "--by", by, "--from", str(histories))
        assert sum(Decimal(str(row["total_seconds"])) for row in found) == sum(row[1] for row in spent)
        if by == "state":
            times = Counter[str]()
            for row in found:
                times[row["place"]] += Decimal(str(row["total_seconds"]))  # type: ignore[assignment]
            assert times == dict(spent)


def test_the_page_shows_what_is_mined(imported: Program, histories: Path) -> None:
    page = Path("docs/analysis.md").read_text(encoding="utf-8")
    shown = re.findall(r"```console\n\$ casecore (mine .*)\n([\s\S]*?)```", page)
    assert len(shown) > 5
    for command, output in shown:
        where = ("--from", str(histories))
        printed = imported.run(*command.split(), *where, environment={"COLUMNS": "80"}).splitlines()
        assert [line.rstrip() for line in printed] == output.splitlines(), command


def test_the_lines_of_python_in_the_page_run(histories: Path, tmp_path: Path) -> None:
    page = Path("docs/analysis.md").read_text(encoding="utf-8")
    lines = [one for one in re.findall(r"```python\n([\s\S]*?)```", page) if "pyspark" not in one]
    assert len(lines) >= 3
    (tmp_path / "histories").symlink_to(histories)
    (tmp_path / "docs").symlink_to(Path("docs").resolve())
    for one in lines:
        done = subprocess.run(
            [sys.executable, "-c", one],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout


def test_the_notebook_shows_what_its_cells_find(histories: Path) -> None:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    kept = [cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code"]

    assert run_notebook(notebook, histories) == kept


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
