"""Policies on live cases: pinned by what happens, and watched by processes that are killed at random.

`CASES_SEED=7 make test TESTS=tests/journeys/test_watch.py` repeats the run of a seed.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from casecore.contract.cases import CaseEscalated, CaseOpened, CaseTaken
from casecore.contract.personal import Plain
from casecore.contract.service_levels import (
    Clock,
    PolicyPinned,
    ServiceLevelEvent,
    ServiceLevelMissed,
    ServiceLevelMissWithdrawn,
)
from tests.journeys.harness import checker
from tests.journeys.harness.program import NO_HEALTH, Program
from tests.journeys.watched import (
    CASES_A_BATCH,
    LEFT_ALONE,
    Event,
    a_batch,
    check_notes,
    left_to_record,
    publish_policies,
    publish_policy,
    read_cases,
)
from tests.waiting import wait_until

SEED = int(os.environ.get("CASES_SEED", "20260302"))
KILLS = 10
WATCHES = ("watch-1", "watch-2")
VICTIMS = (*WATCHES, *WATCHES, "sla", "relay")
OPENING = ("case", "open", "--customer", "praxis", "--seller", "nord", "--topic", "troubleshooting")
IDA = ("--as", "seller:nord:ida")
VERA = ("--as", "vendor:vendor:vera")


def start_path(program: Program) -> None:
    """What a supervisor does: start the relay and the view, unless they run."""
    program.start("relay", "relay", *NO_HEALTH)
    program.start("sla", "project", "sla", *NO_HEALTH)


def start_all(program: Program) -> None:
    """The same, with both watches."""
    start_path(program)
    for watch in WATCHES:
        program.start(watch, "sla", "watch", "--every", "0.2")


def start_giver(program: Program, commands: list[dict[str, Any]]) -> None:
    file = program.folder / "given.jsonl"
    file.write_text("".join(json.dumps(command) + "\n" for command in commands))
    program.start("giver", "submit", str(file))


def count_notes(program: Program) -> int:
    with psycopg.connect(program.database) as connection:
        found = connection.execute(
            "select count(*) from casecore.stored_events where topic like 'casecore.case.service\\_level\\_%'"
        ).fetchone()
    assert found is not None
    return int(found[0])


def cases(program: Program) -> dict[str, list[Event]]:
    return read_cases(checker.read_store(program.database))


def all_recorded(program: Program) -> bool:
    """Whether nothing is left of which an evaluation of each whole stream says that it is to be recorded."""
    start_all(program)
    found = cases(program)
    return not any(left_to_record(events, datetime.now(UTC)) for events in found.values())


def kill_while_cases_go_on(program: Program, chance: random.Random) -> int:
    """Give batch after batch, and kill a process while each is looked at; returns how many were running."""
    kills = 0
    for number in range(KILLS):
        before = count_notes(program)
        start_giver(program, a_batch(chance, number, datetime.now(UTC)))
        # Each case that is left alone has three of them at once.
        place = before + chance.randrange(1, 3 * LEFT_ALONE)

        def reached(place: int = place) -> bool:
            start_all(program)
            return count_notes(program) >= place

        wait_until(reached, f"{place} notes, batch {number} (seed {SEED})\n{program.complaints()}")
        victim = chance.choice(VICTIMS)
        kills += program.ended(victim) is None
        program.kill(victim)
        wait_until(lambda: program.ended("giver") is not None, f"batch {number} is given")
        assert program.ended("giver") in (0, 3), program.complaints()
    return kills


def test_each_warning_and_miss_is_an_event_once_whatever_is_killed(program: Program, tmp_path: Path) -> None:
    # Given policies, two watches, and a case without an answer for three hours
    publish_policies(program, tmp_path)
    opened_at = datetime.now(UTC) - timedelta(hours=3)
    program.run(*OPENING, "--reference", "L-1", "--at", opened_at.isoformat(), *VERA)
    start_all(program)
    # When more cases come and go on, and one process after the other is killed while warnings are recorded
    kills = kill_while_cases_go_on(program, random.Random(SEED))
    wait_until(lambda: all_recorded(program), f"all is recorded (seed {SEED})\n{program.complaints()}")
    # Then each is recorded once, and as an evaluation of what was known says
    found = cases(program)
    assert len(found) == KILLS * CASES_A_BATCH + 1
    for events in found.values():
        check_notes(events)
    assert kills >= KILLS - 2, f"only {kills} of {KILLS} kills met a running process (seed {SEED})"
    # And a reader of committed records gets each once
    check_laws(program)

    # When the answer to that case is recorded late, which was given in time
    assert [type(note) for note in notes_of(found["L-1"], Clock.FIRST_RESPONSE)][-1] is ServiceLevelMissed
    answered_at = (opened_at + timedelta(minutes=10)).isoformat()
    program.run("case", "message", "L-1", "--text", "Please start it again.", "--at", answered_at, *IDA)
    wait_until(lambda: all_recorded(program), f"the miss is withdrawn\n{program.complaints()}")
    program.run("sla", "watch", "--once")
    # Then its miss is withdrawn, once
    notes = notes_of(cases(program)["L-1"], Clock.FIRST_RESPONSE)
    assert Counter(map(type, notes))[ServiceLevelMissWithdrawn] == 1
    assert type(notes[-1]) is ServiceLevelMissWithdrawn
    check_laws(program)


def notes_of(events: list[Event], clock: Clock) -> list[ServiceLevelEvent]:
    """What is recorded of one clock of a case, in order."""
    return [e.data for e in events if isinstance(e.data, ServiceLevelEvent) and e.data.clock is clock]


def check_laws(program: Program) -> None:
    """Store, topics and views hold each event once; the watches are ended, so that nothing is added."""
    for watch in WATCHES:
        program.kill(watch)
    program.start_all()
    program.wait_until_folded()
    program.check_laws()


def test_a_policy_comes_into_a_case_with_what_happens_or_by_someones_word(
    program: Program, tmp_path: Path
) -> None:
    # Given published policies for the whole case and for both levels
    publish_policies(program, tmp_path)
    start_path(program)
    # When a case is opened, taken and escalated
    program.run(*OPENING, "--reference", "C-1", *IDA)
    program.run("case", "take", "C-1", "--agent", "ida", *IDA)
    program.run("case", "escalate", "C-1", *IDA)
    # Then each of these commands has pinned the policy that it brings
    assert by_command(cases(program)["C-1"]) == [
        (CaseOpened, "whole", 1),
        (CaseTaken, "nord-level-0", 1),
        (CaseEscalated, "vendor-level-1", 1),
    ]
    # When a later version is published
    before = cases(program)["C-1"]
    publish_policy(program, tmp_path, "whole", "vendor", "end_to_end", hours=5, version=2)
    program.run(*OPENING, "--reference", "C-2", *IDA)
    # Then it holds for a new case, and the old one is as it was
    assert by_command(cases(program)["C-2"]) == [(CaseOpened, "whole", 2)]
    assert cases(program)["C-1"] == before
    assert shown(program, "C-1")["resolution"] == ("whole", 1, 8 * 3_600)
    assert shown(program, "C-2")["resolution"] == ("whole", 2, 5 * 3_600)
    # Until someone pins it, and says why
    program.run("case", "policy", "C-1", "--policy", "whole", "--reason", "a new contract", *VERA)
    last = cases(program)["C-1"][-1].data
    assert isinstance(last, PolicyPinned)
    assert (last.policy.version, last.reason) == (2, Plain("a new contract"))
    assert shown(program, "C-1") == {
        "first_response": ("whole", 2, 3_600),
        "resolution": ("whole", 2, 5 * 3_600),
        "level_0 hand_over": ("nord-level-0", 1, 1_800),
        "level_0 level_time": ("nord-level-0", 1, 2 * 3_600),
        "level_1 hand_over": ("vendor-level-1", 1, 1_800),
        "level_1 level_time": ("vendor-level-1", 1, 2 * 3_600),
    }


def by_command(events: list[Event]) -> list[tuple[type, str, int]]:
    """For each pinned policy what else its command led to, and the policy with its version."""
    led_to: dict[UUID, type] = {}
    found = []
    for event in events:
        if isinstance(event.data, PolicyPinned):
            found.append((led_to[event.command_id], event.data.policy.id, event.data.policy.version))
        led_to.setdefault(event.command_id, type(event.data))
    return found


def shown(program: Program, case: str) -> dict[str, tuple[str, int, int]]:
    """Policy, version and target of each clock, as `sla case` shows them."""
    printed = program.ask_until_fresh("sla", "case", case)
    return {
        f"{clock['level']} {clock['clock']}".strip(): (
            clock["policy_id"],
            clock["policy_version"],
            clock["target_seconds"],
        )
        for clock in printed["clocks"]
    }
