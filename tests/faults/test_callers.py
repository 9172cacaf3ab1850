"""Fifty callers at once, in ten processes, with one command or on one case; answers to COMMIT get lost."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from casecore.cli.exits import Exit
from casecore.kafka.cluster import Cluster
from tests.faults.conftest import NewProgram, Seen
from tests.faults.harness.defective_program import Line, as_lines, check_acknowledged, message, opening
from tests.faults.harness.laws import all_is_well
from tests.faults.harness.program import SupervisedProgram, seed
from tests.faults.injection.proxy import LossyProxy, lossy
from tests.journeys.harness import checker
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

PROCESSES = 10
EACH = 5


@pytest.fixture
def losing() -> Event:
    """Set while answers get lost."""
    return Event()


@pytest.fixture
def network(database: str, losing: Event) -> Iterator[LossyProxy]:
    """A network between callers and PostgreSQL that loses every third answer to COMMIT."""
    chance = random.Random(f"{seed()} callers")
    with lossy(database, lambda _: losing.is_set() and chance.random() < 0.3) as proxy:
        yield proxy


@pytest.fixture
def behind_it(
    new_program: NewProgram, network: LossyProxy, database: str, kafka_server: Cluster
) -> SupervisedProgram:
    """The program, all of whose processes are behind that network."""
    return new_program(database, kafka_server, CASECORE_DATABASE=network.database)


def give_at_once(program: SupervisedProgram, folder: Path, given: list[list[Line]]) -> list[dict[str, Any]]:
    """Let each process give its commands, all at the same time; returns all answers.

    A process that has lost PostgreSQL before its first command ends, and is started again.
    """
    names = [f"caller-{n}" for n in range(len(given))]

    def start(name: str) -> None:
        program.start(name, "submit", str(folder / f"{name}.jsonl"), stdout=folder / f"{name}.answers")

    def has_its_answers(name: str) -> bool:
        if program.ended(name) == Exit.UNAVAILABLE and not (folder / f"{name}.answers").read_text():
            start(name)
        return program.ended(name) is not None

    for name, lines in zip(names, given, strict=True):
        (folder / f"{name}.jsonl").write_text(as_lines(*lines))
        start(name)
    wait_until(
        lambda: all(map(has_its_answers, names)),
        f"all callers have their answers\n{program.complaints()}",
        240,
    )
    assert [program.ended(name) for name in names] == [Exit.DONE] * len(names), program.complaints()
    return [
        json.loads(line) for name in names for line in (folder / f"{name}.answers").read_text().splitlines()
    ]


def test_fifty_callers_with_one_command_id(
    behind_it: SupervisedProgram, network: LossyProxy, losing: Event, tmp_path: Path, seen: Seen
) -> None:
    program = behind_it
    program.keep_few()
    program.run("submit", "-", given=as_lines(opening("K-1")))
    # When fifty give the same command
    losing.set()
    answers = give_at_once(program, tmp_path, [[message("K-1", "one")] * EACH] * PROCESSES)
    losing.clear()
    # Then each hears that it is version 2, one of them that it was the first, and it is stored once
    assert len(answers) == PROCESSES * EACH
    assert {(answer["accepted"], answer["version"], answer["events"]) for answer in answers} == {(True, 2, 1)}
    assert sum(not answer["repeated"] for answer in answers) == 1
    assert checker.stored_of_cases(program.database) == 2
    seen.note(f"{network.lost} of {network.commits} answers to COMMIT were lost")
    seen.well(all_is_well(program, None))


def test_fifty_callers_on_one_case(
    behind_it: SupervisedProgram, network: LossyProxy, losing: Event, tmp_path: Path, seen: Seen
) -> None:
    program = behind_it
    program.keep_few()
    program.run("submit", "-", given=as_lines(opening("K-1")))
    # When fifty give a message each on one case
    given = [[message("K-1", f"{n} {m}") for m in range(EACH)] for n in range(PROCESSES)]
    losing.set()
    answers = give_at_once(program, tmp_path, given)
    losing.clear()
    # Then each has a version of its own, without a gap, and all is well
    assert sorted(answer["version"] for answer in answers) == list(range(2, 2 + PROCESSES * EACH))
    assert not any(answer["repeated"] for answer in answers)
    stored = {answer["command_id"]: 1 for answer in answers} | {opening("K-1")["command_id"]: 1}
    check_acknowledged(program.database, stored)
    seen.note(f"{network.lost} of {network.commits} answers to COMMIT were lost")
    seen.well(all_is_well(program, None))
