"""Relay, runners and a process that gives commands are killed at random; at the end all laws hold.

`CASES_SEED=7 make test TESTS=tests/journeys/test_kills.py` repeats the run of a seed: which process is
killed, after how many stored events, and what is given.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

from tests.journeys.harness import checker
from tests.journeys.harness.program import CASE_VIEWS, FIRST_TERMS, VIEWS, Program
from tests.journeys.harness.random_commands import command
from tests.waiting import wait_until

SEED = int(os.environ.get("CASES_SEED", "20260302"))
KILLS = 24
COMMANDS = 9_000
LASTING = ("relay", *VIEWS)
VICTIMS = (*LASTING, "giver")


def commands(chance: random.Random) -> list[dict[str, Any]]:
    """A day at a help desk: cases opened, and then whatever their agents and customers think of."""
    return [command(chance) for _ in range(COMMANDS)]


def stored(program: Program) -> int:
    return checker.stored_of_cases(program.database)


class Giver:
    """A process that gives commands; killed, it is started again with all that were not answered."""

    def __init__(self, program: Program, given: list[dict[str, Any]]) -> None:
        self._program = program
        self._given = given
        self._answers = program.folder / "answers.jsonl"
        self._answers.touch()

    def answered(self) -> dict[str, dict[str, Any]]:
        """Answers so far, by command: the n-th answer of a process is for its n-th command."""
        found: dict[str, dict[str, Any]] = {}
        for path in sorted(self._program.folder.glob("given-*.jsonl")):
            ids = [json.loads(line)["command_id"] for line in path.read_text().splitlines()]
            answers = path.with_name(path.name.replace("given", "answers"))
            lines = [line for line in answers.read_text().splitlines(keepends=True) if line.endswith("\n")]
            found.update(zip(ids, (json.loads(line) for line in lines), strict=False))
        return found

    def start(self) -> None:
        """Start, or start again with the rest."""
        answered = self.answered()
        rest = [command for command in self._given if command["command_id"] not in answered]
        number = len(list(self._program.folder.glob("given-*.jsonl")))
        file = self._program.folder / f"given-{number:03d}.jsonl"
        file.write_text("".join(json.dumps(command) + "\n" for command in rest))
        answers = self._program.folder / f"answers-{number:03d}.jsonl"
        self._program.start("giver", "submit", str(file), stdout=answers)

    def is_done(self) -> bool:
        """Whether every command was answered."""
        return len(self.answered()) == len(self._given)


def revive(program: Program, giver: Giver) -> None:
    """What a supervisor does: start again whatever has ended."""
    program.start_all()
    if program.ended("giver") is not None and not giver.is_done():
        giver.start()


def test_whatever_is_killed_when_all_laws_hold(program: Program) -> None:
    chance = random.Random(SEED)
    given = commands(chance)
    giver = Giver(program, given)
    program.start_all()
    giver.start()
    # Given a place in the stream of events for each kill, and a victim
    places = sorted(chance.randrange(50, COMMANDS * 4 // 10) for _ in range(KILLS))
    # The giver ends by itself when all is answered; then another one is killed in its place.
    plan = [(place, chance.choice(VICTIMS), chance.choice(LASTING)) for place in places]
    # When each is killed as soon as so many events are stored, or all commands are answered
    kills = 0
    for place, first_choice, second_choice in plan:

        def reached(place: int = place) -> bool:
            revive(program, giver)
            return stored(program) >= place or giver.is_done()

        wait_until(reached, f"{place} events stored (seed {SEED})\n{program.complaints()}")
        victim = first_choice if program.ended(first_choice) is None else second_choice
        if program.ended(victim) is None:
            program.kill(victim)
            kills += 1
        revive(program, giver)
    wait_until(
        lambda: (revive(program, giver), giver.is_done())[1],
        f"all commands answered (seed {SEED})\n{program.complaints()}",
    )

    # Then everything catches up, and every law holds
    def caught_up() -> bool:
        revive(program, giver)
        return checker.folded(program.database, CASE_VIEWS) >= stored(program)

    wait_until(caught_up, f"views caught up (seed {SEED})\n{program.complaints()}")
    answers = giver.answered()
    acknowledged = {i: a["events"] for i, a in answers.items() if a.get("accepted")}
    refused = {i for i, a in answers.items() if "refused" in a}
    assert kills >= 20, f"only {kills} of {KILLS} kills met a running process (seed {SEED})"
    assert len(acknowledged) + len(refused) == COMMANDS
    stored_by_commands = program.check_laws(acknowledged, set(acknowledged)) - FIRST_TERMS
    assert stored_by_commands == sum(acknowledged.values())


def test_the_giver_of_a_seed_is_the_same_every_time(tmp_path: Path) -> None:
    assert commands(random.Random(SEED)) == commands(random.Random(SEED))
