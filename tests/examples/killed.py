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
from tests.waiting import wait_until

SEED = int(os.environ.get("CASES_SEED", "20260302"))
COMMANDS = 4_000
KILLS_EACH = 4
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
    """What each should have kept, and each, once all has been given and published; all go on."""
    chance = random.Random(SEED)
    file = program.folder / "given.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in commands(chance)))
    home = program.folder / "subscribers"
    subscribers = {
        example.name: Subscriber(example, home / example.name, program.bootstrap, program.topic)
        for example in examples
    }
    program.start("relay", "relay", *NO_HEALTH)
    for one in subscribers.values():
        one.start()
    program.start("giver", "submit", str(file), stdout=program.folder / "answers.jsonl")
    victims = [*subscribers] * KILLS_EACH + ["relay"] * KILLS_EACH
    chance.shuffle(victims)
    # Some 1,500 events come of it; when each of so many is stored, one is killed, and started again.
    places = sorted(chance.randrange(20, COMMANDS * 3 // 10) for _ in victims)
    for place, victim in zip(places, victims, strict=True):
        wait_until(
            lambda place=place: _stored(program) >= place or program.ended("giver") is not None,
            f"{place} events are stored (seed {SEED})\n{program.complaints()}",
        )
        _kill(program, subscribers, victim)
    wait_until(lambda: program.ended("giver") is not None, f"all is given\n{program.complaints()}")
    assert len((program.folder / "answers.jsonl").read_text().splitlines()) == COMMANDS, program.complaints()
    return reference(checker.read_store(program.database)), subscribers


def _kill(program: Program, subscribers: dict[str, Subscriber], victim: str) -> None:
    if victim == "relay":
        program.kill("relay")
        program.start("relay", "relay", *NO_HEALTH)
        return
    one = subscribers[victim]
    assert one.ended() is None, f"{victim} ended with {one.ended()}: {one.complained()}"
    one.kill()
    one.start()


def _stored(program: Program) -> int:
    return checker.stored_of_cases(program.database)


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
