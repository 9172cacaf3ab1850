"""A case with 100,000 events: what its commands, its views and its audit take, in time and memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conftest import Seen
from tests.faults.harness.defective_program import as_lines, message, opening
from tests.faults.harness.laws import all_is_well, lag
from tests.faults.harness.program import SupervisedProgram, by
from tests.journeys.harness import checker
from tests.journeys.harness.program import NO_HEALTH, VIEWS
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

EVENTS = 100_000
COMMAND_SECONDS = 20.0
"""For a command of a process that has to load the whole case; a whole statement may take the store 10 s."""

MEMORY_MB = 700
"""Of any process that deals with the case: it is held once, decoded, besides what every process takes."""


def test_a_case_with_a_hundred_thousand_events(
    supervised: SupervisedProgram, tmp_path: Path, seen: Seen
) -> None:
    program = supervised
    given = tmp_path / "long.jsonl"
    with given.open("w") as file:
        file.write(as_lines(opening("K-1")))
        for n in range(EVENTS - 1):
            file.write(as_lines(message("K-1", f"message {n}")))
    # Given a case whose customer writes without end
    program.start("giver", *measured(tmp_path / "give.json", "submit", str(given)))
    wait_until(lambda: program.ended("giver") == 0, f"all is stored\n{program.complaints()}", 300)
    # When relay and views deal with it, each view in a process of its own
    program.start("relay", *measured(tmp_path / "relay.json", "relay", *NO_HEALTH))
    for view in VIEWS:
        program.start(view, *measured(tmp_path / f"{view}.json", "project", view, *NO_HEALTH))
    wait_until(lambda: lag(program.database) == 0, f"all is folded\n{program.complaints()}", 300)
    # Then one more command is decided within bounds, by a process that knows nothing of the case
    one = ("case", "message", "K-1", "--text", "one more", "--as", "seller:nord:ida", "--json")
    answer = json.loads(program.run(*measured(tmp_path / "command.json", *one)))
    assert answer["version"] == EVENTS + 1
    wait_until(lambda: lag(program.database) == 0, f"it is folded\n{program.complaints()}", 60)
    assert checker.stored_of_cases(program.database) == EVENTS + 1
    # and all is well
    seen.well(all_is_well(program, None))
    for name in ("relay", *VIEWS):
        program.let_go(name)
    found = {path.stem: taken(path) for path in sorted(tmp_path.glob("*.json"))}
    seen.note(json.dumps(found))
    assert found["command"]["seconds"] < COMMAND_SECONDS, found
    assert max(each["memory_mb"] for each in found.values()) < MEMORY_MB, found


def measured(file: Path, *arguments: str) -> tuple[str, ...]:
    return by("measured", str(file), *arguments)


def taken(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found
