"""An import and the runs of billing, killed between two commands, or amid one, and given again."""

from __future__ import annotations

import json
import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from casecore.cli.exits import Exit
from casecore.kafka.cluster import Cluster
from tests.faults.conftest import NewProgram, Seen
from tests.faults.harness.laws import all_is_well
from tests.faults.harness.program import SupervisedProgram, at_point, seed
from tests.faults.injection.stopping import POINTS
from tests.journeys.harness import checker
from tests.journeys.harness.program import HELPDESK_LOG
from tests.servers import new_database

ROWS = 21_348  # of the help desk's log
BATCHES = 80  # less than an import of it commits
VENDOR = {"CASECORE_ACTOR": "vendor:vendor:vera"}
KILLED = -signal.SIGKILL
BUS_POINTS = sorted(point for point in POINTS if point.startswith("bus."))

OFFICE = (
    ("party", "import", "docs/examples/parties.csv"),
    ("licence", "import", "docs/examples/licences.csv"),
)
RUNS = (
    ("billing", "run", "--until", "2026-06-30"),
    ("billing", "close-year", "2023"),
    ("billing", "close-year", "2024"),
    ("billing", "close-year", "2025"),
    ("billing", "invoice"),
)
MOST_COMMANDS = 60  # of one run, so that a run that never ends fails


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_an_import_killed_at_each_point_stores_each_row_once(
    supervised: SupervisedProgram, tmp_path: Path, seen: Seen
) -> None:
    chance = random.Random(f"{seed()} import")
    program = supervised
    imported = ("import", *HELPDESK_LOG, "--rejects", str(tmp_path / "rejects.csv"))
    program.keep_few()
    # Given an import that is killed at each point, further on each time
    for point in BUS_POINTS:
        killed = at_point(point, chance.randrange(1, BATCHES // len(BUS_POINTS)), "kill")
        program.run(*killed, *imported, exits=KILLED)
        seen.kills += 1
    # When it is run to its end
    summary = json.loads(program.run(*imported, "--json"))
    # Then each row is there once
    assert summary["stored"] + summary["repeated"] == ROWS
    assert summary["repeated"] > 0
    again = json.loads(program.run(*imported, "--json"))
    assert (again["stored"], again["repeated"]) == (0, ROWS)
    seen.well(all_is_well(program, None))


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_runs_of_billing_killed_after_each_command_make_the_same_facts(
    new_program: NewProgram, postgres_server: str, kafka_server: Cluster, seen: Seen
) -> None:
    with new_database(postgres_server) as calm, new_database(postgres_server) as hurt:
        # Given undisturbed runs
        undisturbed = new_program(calm, kafka_server)
        for command in (*OFFICE, *RUNS):
            undisturbed.run(*command, environment=VENDOR, exits=(Exit.DONE, Exit.DIFFERENCE))
        # When the same are killed after each of their commands, and given again until they are done
        program = new_program(hurt, kafka_server)
        program.keep_few()
        for command in OFFICE:
            program.run(*command, environment=VENDOR, exits=(Exit.DONE, Exit.DIFFERENCE))
        for command in RUNS:
            seen.kills += kill_until_done(program, command)
        # Then the facts are the same, each once
        assert seen.kills, "no run stored anything before it was killed"
        assert sorted(facts(hurt) - facts(calm)) == []
        assert sorted(facts(calm) - facts(hurt)) == []
        seen.well(all_is_well(program, None))


def kill_until_done(program: SupervisedProgram, command: tuple[str, ...]) -> int:
    """Give the command again and again, killed after its first commit, until it has nothing left to do."""
    for kills in range(MOST_COMMANDS):
        events = len(checker.read_store(program.database))
        killed = at_point("bus.committed", 1, "kill", *command)
        said = program.run(*killed, environment=VENDOR, exits=(KILLED, Exit.DONE, Exit.DIFFERENCE))
        if len(checker.read_store(program.database)) == events:
            return kills
        assert "Traceback" not in said
    raise AssertionError(f"{command} stores something each time")


def facts(database: str) -> Counter[tuple[str, str]]:
    """What was stored, without the order between streams: the type and the body of each, less its ids."""
    return Counter((event["type"], data_of(event["body"])) for event in checker.read_store(database))


def data_of(body: bytes) -> str:
    """An event's data without the position that its run had read: a resumed run reads further."""
    said = json.loads(body)["data"]
    said.pop("as_of_position", None)
    return json.dumps(said, sort_keys=True)
