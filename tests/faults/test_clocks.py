"""Clocks that are an hour off, either way: the store's, the caller's, and those of relay and views."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from casecore.cli.exits import Exit
from tests.faults.conftest import Seen
from tests.faults.harness.defective_program import Line, as_lines, check_acknowledged, message, opening
from tests.faults.harness.laws import all_is_well, some_are_answered
from tests.faults.harness.load import Load
from tests.faults.harness.program import SupervisedProgram, by, seed
from tests.journeys.harness import checker
from tests.journeys.harness.program import NO_HEALTH
from tests.journeys.harness.random_commands import command

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

HOUR = 3_600


def test_a_store_whose_clock_jumps_an_hour_ahead_and_two_back(
    supervised: SupervisedProgram, seen: Seen
) -> None:
    chance = random.Random(f"{seed()} clocks")
    program = supervised
    program.keep_few()
    acknowledged: dict[str, int] = {}
    # Given commands stored by a clock that is right, an hour ahead, right again, an hour behind, and right
    for seconds in (0, HOUR, 0, -HOUR, 0):
        lines = [command(chance) for _ in range(300)]
        given = by("clock", "store", str(seconds), "--", "submit", "-")
        printed = program.run(*given, given=as_lines(*lines), exits=(Exit.DONE, Exit.REFUSED))
        for line in printed.splitlines():
            answer = json.loads(line)
            if answer.get("accepted"):
                acknowledged[answer["command_id"]] = answer["events"]
        assert len(acknowledged) > 0
    # Then recorded_at never runs backwards, nothing is recorded before it occurred, and all is well
    check_acknowledged(program.database, acknowledged)
    seen.well(all_is_well(program, None))
    # and it is an hour ahead of the right time, since what was recorded ahead comes before
    last = checker.read_store(program.database)[-1]["recorded_at"]
    assert last > datetime.now(UTC) + timedelta(minutes=50)


@pytest.mark.parametrize("seconds", [HOUR, -HOUR])
def test_relay_and_views_whose_time_of_day_is_off(
    supervised: SupervisedProgram, seen: Seen, seconds: int
) -> None:
    program = supervised
    program.keep("relay", *by("clock", "own", str(seconds), "--", "relay", *NO_HEALTH))
    program.keep("views", *by("clock", "own", str(seconds), "--", "project", *NO_HEALTH))
    with Load(program, seed()) as load:
        some_are_answered(program, load)
        seen.well(all_is_well(program, load))


def test_a_caller_whose_clock_is_off(supervised: SupervisedProgram, seen: Seen) -> None:
    program = supervised
    program.keep_few()
    now = datetime.now(UTC)
    hour_ago, hours_ago = now - timedelta(hours=1), now - timedelta(hours=2)
    # Given a case that was opened two hours ago, and taken just now
    taking = {**message("K-1", "take"), "do": {"action": "take", "agent": "ida"}}
    program.run("submit", "-", given=as_lines(at(opening("K-1"), hours_ago), taking))
    # Then the command of a caller an hour ahead is refused, says why, and leaves nothing
    ahead = answer_to(program, at(message("K-1", "ahead"), now + timedelta(hours=1)), Exit.REFUSED)
    assert ahead["refused"] == "occurred_in_the_future", ahead
    assert checker.stored_of_cases(program.database) == 2
    # and of one an hour behind, a message is taken as one that is recorded late
    assert answer_to(program, at(message("K-1", "behind"), hour_ago), Exit.DONE)["accepted"]
    # but no move, which may not precede the last one
    resolving = {**message("K-1", "resolve"), "do": {"action": "resolve", "resolution_code": "solved"}}
    behind = answer_to(program, at(resolving, hour_ago), Exit.REFUSED)
    assert "refused" in behind, behind
    assert checker.stored_of_cases(program.database) == 3
    seen.well(all_is_well(program, None))


def at(line: Line, instant: datetime) -> Line:
    """The command, as happened then by its caller's clock."""
    return {**line, "occurred_at": instant.isoformat()}


def answer_to(program: SupervisedProgram, line: Line, exits: int) -> dict[str, object]:
    """The answer to a command."""
    found: dict[str, object] = json.loads(
        program.run("submit", "-", given=as_lines(line), exits=exits).splitlines()[0]
    )
    return found
