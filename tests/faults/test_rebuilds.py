"""A rebuild of which a process is killed: no process is left at work, and the live view goes on."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from casecore.cli.exits import Exit
from tests.faults.conftest import Seen
from tests.faults.harness.defective_program import as_lines, message, opening
from tests.faults.harness.laws import Wellness, all_is_well, goes_on
from tests.faults.harness.load import Load
from tests.faults.harness.program import SupervisedProgram, by, seed
from tests.journeys.harness.program import FIRST_TERMS
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

ROUNDS = 3
CASES, MESSAGES = 500, 39
REBUILD = by("divided", "rebuild", "sla", "--processes", "2")
END_SECONDS = 30.0
"""The time within which the remaining processes end by themselves."""

_AT_WORK = """select count(*) from pg_stat_activity
where application_name = 'casecore rebuild' and datname = current_database()"""
_SESSIONS = 3  # two of the command, and one of its first process


def test_a_rebuild_killed_with_its_processes_at_work_leaves_none_of_them(
    supervised: SupervisedProgram, tmp_path: Path, seen: Seen
) -> None:
    program = supervised
    with beside_a_load(program, tmp_path, seen) as load:
        for _ in range(ROUNDS):
            # Given a rebuild beside the live view, whose processes are at work
            builders = begin_rebuild(program)
            # When the command is killed
            assert program.kill("rebuild"), program.said("rebuild")
            seen.kills += 1
            # Then its processes end by themselves, and the live view goes on
            _, left = psutil.wait_procs(builders, END_SECONDS)
            assert left == []
            goes_on(program, load)


def test_a_rebuild_one_of_whose_processes_is_killed_says_so(
    supervised: SupervisedProgram, tmp_path: Path, seen: Seen
) -> None:
    program = supervised
    with beside_a_load(program, tmp_path, seen) as load:
        for number in range(ROUNDS):
            # Given a rebuild beside the live view, whose processes are at work
            builders = begin_rebuild(program)
            # When one of them is killed
            builders[number % len(builders)].kill()
            seen.kills += 1
            # Then the rebuild ends, says why and what to do, and leaves none
            wait_until(lambda: program.ended("rebuild") is not None, "the rebuild ends", END_SECONDS)
            assert program.ended("rebuild") == Exit.UNAVAILABLE
            assert f"was ended ({-signal.SIGKILL}): start it again" in program.said("rebuild")
            assert not any(map(psutil.Process.is_running, builders))
            goes_on(program, load)


@contextmanager
def beside_a_load(program: SupervisedProgram, folder: Path, seen: Seen) -> Iterator[Load]:
    """Many events, and a load while the block lasts; afterwards a rebuild is done, and all is well."""
    many = with_many_events(program, folder)
    with Load(program, seed()) as load:
        goes_on(program, load)
        yield load
        check_next_rebuild(program)
        seen.well(well_with(program, load, many))


def with_many_events(program: SupervisedProgram, folder: Path) -> dict[str, int]:
    """Let the program have enough events that a rebuild takes a second or more, and keep relay and views.

    Returns how many events each command stored.
    """
    given = folder / "many.jsonl"
    with given.open("w") as file:
        for case in range(CASES):
            texts = [message(f"R-{case}", f"message {n}") for n in range(MESSAGES)]
            file.write(as_lines(opening(f"R-{case}"), *texts))
    answers = [json.loads(line) for line in program.run("submit", str(given)).splitlines()]
    program.keep_few("sla")
    return {answer["command_id"]: answer["events"] for answer in answers if answer.get("accepted")}


def well_with(program: SupervisedProgram, load: Load, many: dict[str, int]) -> Wellness:
    """All is well, with the load and what was there before it."""
    load.stop_giving()
    wait_until(lambda: load.all_answered, f"all are answered\n{program.complaints()}")
    found = all_is_well(program, None)
    acknowledged = many | load.acknowledged
    assert sum(acknowledged.values()) == found.events - FIRST_TERMS
    program.check_laws(acknowledged, set(acknowledged))
    return found


def begin_rebuild(program: SupervisedProgram) -> list[psutil.Process]:
    """Start a rebuild by two processes, and wait until the first is at work; returns them."""
    program.start("rebuild", *REBUILD)
    with psycopg.connect(program.database, autocommit=True) as connection:

        def at_work() -> bool:
            assert program.ended("rebuild") is None, program.said("rebuild")
            return (connection.execute(_AT_WORK).fetchone() or (0,))[0] >= _SESSIONS

        wait_until(at_work, "a rebuild's processes are at work")
    children = psutil.Process(program.pid("rebuild")).children()
    builders = [each for each in children if "spawn_main" in " ".join(each.cmdline())]
    assert len(builders) == 2
    return builders


def check_next_rebuild(program: SupervisedProgram) -> None:
    """The next rebuild is done, and has found the live view to be the fold of its topics."""
    program.run(*REBUILD)
    with psycopg.connect(program.database) as connection:
        schemas = connection.execute("select nspname from pg_namespace where nspname like 'sla%'").fetchall()
    assert schemas == [("sla",)]
