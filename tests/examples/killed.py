"""A help desk at work while the examples, and the relay, are killed at random."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Sequence
from typing import Any

from tests.examples.reference import Kept, reference
from tests.examples.subscribers import Example, Subscriber
from tests.journeys.harness import checker
from tests.journeys.harness.program import NO_HEALTH, Program
from tests.journeys.harness.random_commands import command
from tests.waiting import let_pass, wait_until

SEED = int(os.environ.get("CASES_SEED", "20260302"))
COMMANDS = 4_000
KILLS_EACH = 10
RELAYS_SHARE = 0.2
MOMENT_SECONDS = 0.05
SELLERS = ("nord", "sued")


def commands(chance: random.Random) -> list[dict[str, Any]]:
    """Random commands of two sellers; that a case is not theirs is refused, as much else."""
    given = [command(chance) for _ in range(COMMANDS)]
    for one in given:
        seller = SELLERS[int(one["case"].removeprefix("K-")) % len(SELLERS)]
        if one["actor"]["role"] == "seller":
            one["actor"] = {**one["actor"], "organisation": seller}
        if one["do"]["action"] == "open":
            one["do"] = {**one["do"], "seller": seller}
    return given


def run_and_kill(program: Program, examples: Sequence[Example]) -> tuple[Kept, dict[str, Subscriber]]:
    """What each should have kept, and each, once all has been given; all go on."""
    chance = random.Random(SEED)
    home = program.folder / "subscribers"
    subscribers = {
        example.name: Subscriber(example, home / example.name, program.cluster, program.topic)
        for example in examples
    }
    program.start("relay", "relay", *NO_HEALTH)
    for one in subscribers.values():
        one.start()
    victims = [*subscribers] * KILLS_EACH
    chance.shuffle(victims)
    given = commands(chance)
    share = -(-len(given) // len(victims))
    for number, victim in enumerate(victims):
        # Given more commands, whose events come while they are given
        _give(program, number, given[number * share : (number + 1) * share])
        if chance.random() < RELAYS_SHARE:
            program.kill("relay")
            program.start("relay", "relay", *NO_HEALTH)
        # When one has just kept something of them, or a moment later, then it is killed
        _kill_at_work(subscribers[victim], chance.choice((0, 0, chance.random() * MOMENT_SECONDS)))
        subscribers[victim].start()
        wait_until(lambda: program.ended("giver") is not None, f"all is given\n{program.complaints()}")
    answers = [path.read_text() for path in program.folder.glob("answers-*")]
    assert "".join(answers).count("\n") == COMMANDS, program.complaints()
    return reference(checker.read_store(program.database)), subscribers


def _give(program: Program, number: int, given: Sequence[dict[str, Any]]) -> None:
    file = program.folder / f"given-{number}.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in given))
    program.start("giver", "submit", str(file), stdout=program.folder / f"answers-{number}.jsonl")


def _kill_at_work(one: Subscriber, moment_seconds: float) -> None:
    before = one.progress()
    one.wait_for(lambda: one.progress() != before, "it has kept something more", pause_seconds=0.001)
    let_pass(moment_seconds)
    one.kill()


def check_kept(program: Program, examples: Sequence[Example]) -> None:
    """That each example has kept what it should, whatever was killed when."""
    wanted, subscribers = run_and_kill(program, examples)
    try:
        assert len(wanted.open_cases) > 50
        assert len(wanted.minutes) >= 4
        for one in subscribers.values():
            one.wait_for(
                lambda one=one: one.kept() == wanted,
                f"{one.name} keeps {len(wanted.open_cases)} open cases, and {wanted.minutes} (seed {SEED})",
            )
            assert one.set_aside() == []
    finally:
        for one in subscribers.values():
            one.kill()
