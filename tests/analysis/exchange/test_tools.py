"""Tools of others read what was exported as the store has it: pm4py and r4pm."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from casecore.analysis.exchange.ocel.writing import write_ocel_json, write_ocel_sqlite
from casecore.analysis.exchange.xes import write_xes
from casecore.contract.wire import StoredEvent
from tests.analysis.exchange.logs import EVERYTHING, facts, histories_of
from tests.analysis.exchange.test_ocel import business
from tests.analysis.exchange.tools import read_with_tools
from tests.projections.histories import ACTIONS, history

STREAMS = [history(f"K-{number}", [*ACTIONS[number:], *ACTIONS]) for number in range(9)]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the tools read of some cases, with a package and a document beside them in OCEL."""
    folder = tmp_path_factory.mktemp("exported")
    cases = histories_of(STREAMS)
    write_xes(folder / "log.xes", cases, EVERYTHING)
    write_ocel_sqlite(folder / "log.sqlite", [*cases, *business()])
    write_ocel_json(folder / "log.json", [*cases, *business()])
    return read_with_tools(folder)


def words(streams: list[list[StoredEvent]]) -> Counter[str]:
    return Counter(event.type.split(".")[2] for stream in streams for event in stream)


def test_both_read_the_xes_file_as_the_store_has_it(read: dict[str, Any]) -> None:
    log = read["xes"]
    times = [fact.occurred_at for fact in facts(STREAMS).values()]

    assert (log["cases"], log["events"]) == (len(STREAMS), sum(map(len, STREAMS)))
    assert log["activities"] == log["r4pm"] == words(STREAMS)
    assert [datetime.fromisoformat(log[end]) for end in ("first", "last")] == [min(times), max(times)]
    assert log["types"] == {"casecore:version": "int64", "time:timestamp": "datetime64"}


def test_the_database_satisfies_all_constraints_of_the_standard(read: dict[str, Any]) -> None:
    assert read["constraints"] == [24, 0]


@pytest.mark.parametrize("form", ["sqlite", "json"])
def test_both_read_the_objects_and_events_of_the_store(read: dict[str, Any], form: str) -> None:
    log = read[form]
    of_cases = {f"case {word.replace('_', ' ')}": count for word, count in words(STREAMS).items()}

    assert log["events"].items() >= of_cases.items()
    assert log["objects"]["case"] == len(STREAMS)
    assert log["r4pm"] == {"events": log["events"], "objects": log["objects"]}


def test_the_tools_find_the_same_in_both_forms(read: dict[str, Any]) -> None:
    assert read["sqlite"] == read["json"]
    assert {"case", "customer", "assigned", "bills"} <= {name for name, _ in read["json"]["relations"]}


def test_nothing_of_this_project_imports_pm4py() -> None:
    root = Path(__file__).parents[3]
    found = [
        path.name
        for folder in ("src", "tests", "bench", "devtools")
        for path in (root / folder).rglob("*.py")
        if "import pm4py" in path.read_text(encoding="utf-8") and path.name != "test_tools.py"
    ]

    assert found == ["read_with_tools.py"]
