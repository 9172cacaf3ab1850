"""`casecore mine`: paths, hand-overs and waits of a store of some hundred cases, and of its export."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.asking import error_of, run, use
from tests.evaluation.business import CASES_IN_STORE, filled_store

ALL = ("dfg", "variants", "handovers", "ping-pong", "waits")


@pytest.fixture(autouse=True)
def installation(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(database, monkeypatch)
    filled_store(database)


def mined(*asked: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(run("mine", *asked, "--format", "json"))["rows"]
    return rows


def test_what_is_mined_is_shown_at_80_columns_for_a_program_and_as_a_graph(tmp_path: Path) -> None:
    # Given an export of the store
    run("export", str(tmp_path), "--json")
    for what in ALL:
        # Then both answer the same
        as_json = run("mine", what, "--format", "json")
        assert run("mine", what, "--format", "json", "--from", str(tmp_path)) == as_json
        # And a table fits
        assert max(map(len, run("mine", what).splitlines())) <= 80
    # And every case has one path, and is where it ends
    assert sum(row["cases"] for row in mined("variants")) == CASES_IN_STORE
    assert (
        sum(row["cases"] for row in mined("dfg", "--by", "state") if not row["successor"]) == CASES_IN_STORE
    )
    # And a graph says what it leaves out
    graph = run("mine", "dfg", "--format", "mermaid", "--limit", "3").splitlines()
    assert graph[1].startswith("title: The 3 most frequent of ")
    assert graph[3] == "flowchart LR"
    assert len([line for line in graph if " -->|" in line]) == 3
    assert "All " in run("mine", "handovers", "--format", "mermaid")


def test_only_cases_opened_on_these_days_count() -> None:
    days = ("2026-03-02", "2026-03-03")
    counted = [
        sum(row["cases"] for row in mined("variants", *options))
        for options in (("--until", days[0]), ("--since", days[1]), ("--since", days[0], "--until", days[1]))
    ]

    assert counted[0] + counted[1] == CASES_IN_STORE
    assert 0 < counted[0] <= counted[2]
    assert mined("variants", "--until", "2026-01-01") == []


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("variants --format mermaid", "'mermaid' is not one of 'table', 'json'"),
        ("handovers --by state", "not handed over by state: choose organisation, level, resource"),
        ("dfg --since yesterday", "--since 'yesterday' is not a date"),
        ("waits --from .", "no export"),
    ],
)
def test_what_cannot_be_asked_is_said(asked: str, says: str) -> None:
    assert says in error_of("mine", *asked.split())


def test_people_have_pseudonyms_unless_names_are_asked_for() -> None:
    # Given a case that two people acted on
    opening = ("--customer", "praxis-ost", "--seller", "nord", "--topic", "recovery", "--reference", "C-NEW")
    run("case", "open", *opening, "--as", "seller:nord:ida")
    run("case", "escalate", "C-NEW", "--as", "seller:nord:ida")
    run("case", "hand-back", "C-NEW", "--as", "vendor:vendor:vera")

    hidden, named = (
        {(row["giver"], row["receiver"]) for row in mined("handovers", "--by", "resource", *options)}
        for options in ((), ("--personal",))
    )

    assert named == {("ida", "vera")}
    assert all(name.startswith("p-") for pair in hidden for name in pair)
    assert len(hidden) == 1


def test_without_the_libraries_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)

    assert "pip install 'casecore[analysis]'" in error_of("mine", "waits", exits=4)
