"""A newer program beside today's, through Kafka: what only the newer one can read waits, and nobody else.

The newer one is today's with a fourth level, made from a copy of the sources.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from casecore.cli.exits import Exit
from casecore.contract.streams import case_stream_id
from tests.journeys.harness import checker
from tests.journeys.harness.program import CASE_VIEWS, NO_HEALTH, Program
from tests.newer_program import STATE, sources_with_a_fourth_level
from tests.waiting import wait_until

IDA = ("--as", "seller:nord:ida")
VERA = ("--as", "vendor:vendor:vera")


@pytest.fixture
def newer(program: Program, tmp_path: Path) -> Iterator[Program]:
    """The newer program on the same database and topics."""
    (tmp_path / "newer").mkdir()
    sources = sources_with_a_fourth_level(tmp_path / "newer")
    other = Program(
        sources,
        program.database,
        program.cluster,
        program.topic.removesuffix(".cases"),
        {"PYTHONPATH": f"{sources / 'src'}{os.pathsep}{sources}"},
    )
    yield other
    other.stop_all()


def open_and_escalate(program: Program, case: str) -> None:
    program.run(
        *("case", "open", "--reference", case, "--customer", "praxis", "--seller", "nord"),
        *("--topic", "recovery", *IDA),
    )
    program.run("case", "escalate", case, *IDA)


def versions(program: Program, case: str) -> set[int]:
    """How far each view of cases has come with a case."""
    with psycopg.connect(program.database) as connection:
        rows = connection.execute(
            " union all ".join(f"select version from {view}.states where key = %s" for view in CASE_VIEWS),
            [case_stream_id(case)] * len(CASE_VIEWS),
        ).fetchall()
    return {int(version) for (version,) in rows}


@pytest.fixture
def gone_on(program: Program, newer: Program) -> Program:
    """Today's relay and views, three cases at the vendor; the newer program takes one to its new level.

    Policies are pinned to the cases, so that the states of views hold them too.
    """
    program.start("relay", "relay", *NO_HEALTH)
    program.start("views", "project", *NO_HEALTH)
    program.run("calendar", "publish", "docs/service-levels/calendars/berlin.toml", *VERA)
    for policy in ("vendor-end-to-end", "vendor-level-1"):
        program.run("policy", "publish", f"docs/service-levels/{policy}.toml", *VERA)
    for case in ("C-1", "C-2", "C-3"):
        open_and_escalate(program, case)
    program.wait_until_folded()
    newer.run("case", "escalate", "C-1", *VERA)
    newer.run("case", "message", "C-1", "--text", "the developers have it", *VERA)
    program.run("case", "resolve", "C-2", *VERA)
    program.run("case", "message", "C-3", "--text", "hello", *IDA)
    return program


def test_a_word_of_a_newer_program_holds_up_its_case_alone_until_that_program_runs(
    gone_on: Program, newer: Program
) -> None:
    # Given a case that only the newer program can read from its fifth event on
    program = gone_on
    # Then it is parked in each view of today's program, in order, and the others go on
    parks_it_alone(program)
    # and today's program refuses a command on it as newer than it is, takes others, and names it elsewhere
    refuses_it_and_takes_others(program)
    names_it_and_goes_on(program)
    # When the newer program's views take over, then the case goes on by itself, and nothing is left over
    program.end("views", 15)
    newer.start("views", "project", *NO_HEALTH)
    wait_until(lambda: versions(program, "C-1") == {6}, f"the case goes on\n{newer.complaints()}")
    assert checker.parked(program.database, CASE_VIEWS) == 0
    assert state_of(program, "C-1") == (STATE, "level_2")
    newer.run("audit")

    # When today's program takes over again what the newer one has kept, with states that it cannot read
    newer.end("views", 15)
    program.start("views", "project", *NO_HEALTH)
    goes_on_without_it(program, newer)
    # Then the newer program goes on from there
    program.end("views", 15)
    newer.start("views", "project", *NO_HEALTH)
    wait_until(lambda: versions(program, "C-1") == {7}, f"the case goes on\n{newer.complaints()}")
    assert state_of(program, "C-1") == ("resolved", "level_2")
    newer.run("audit")


def parks_it_alone(program: Program) -> None:
    """Both records of the case are parked in each view, and the other cases go on."""
    wait_until(
        lambda: checker.parked(program.database, CASE_VIEWS) == 2 * len(CASE_VIEWS),
        f"both of its records are parked in each view\n{program.complaints()}",
    )
    wait_until(lambda: versions(program, "C-2") == versions(program, "C-3") == {5}, "the others go on")
    assert versions(program, "C-1") == {4}
    parked = json.loads(program.run("quarantine", "list", "--json", exits=Exit.DIFFERENCE))
    assert {(one["key"], one["reason"], one["records"]) for one in parked} == {
        (str(case_stream_id("C-1")), "newer_word", 2)
    }
    assert all(f"'{STATE}'" in one["detail"] for one in parked)


def goes_on_without_it(program: Program, newer: Program) -> None:
    """What comes for the case waits, all others go on, and nothing that the newer program kept is lost."""
    newer.run("case", "resolve", "C-1", *VERA)
    program.run("case", "message", "C-3", "--text", "and again", *IDA)
    wait_until(lambda: versions(program, "C-3") == {6}, f"the others go on\n{program.complaints()}")
    wait_until(
        lambda: checker.parked(program.database, CASE_VIEWS) == len(CASE_VIEWS),
        f"its record is parked in each view\n{program.complaints()}",
    )
    assert versions(program, "C-1") == {6}
    names_it_and_goes_on(program)
    # and a rebuild by today's program, which would lose it, is refused
    refused = program.run("rebuild", "workload", exits=Exit.UNAVAILABLE)
    assert "a newer program keeps workload" in " ".join(refused.split())


def refuses_it_and_takes_others(program: Program) -> None:
    refused = program.run("case", "resolve", "C-1", *VERA, exits=Exit.UNAVAILABLE)
    assert "A newer program wrote to C-1" in " ".join(refused.split())
    assert "newer than this program" in " ".join(refused.split())
    program.run("case", "message", "C-2", "--text", "done", *VERA)


def names_it_and_goes_on(program: Program) -> None:
    """What reads all cases names it, and goes on; store, topics and views do not differ."""
    whatif = program.run(
        *("sla", "whatif", "--policy", "docs/service-levels/helpdesk-end-to-end.toml", "--json"),
        exits=Exit.DIFFERENCE,
    )
    judged = json.loads(whatif.splitlines()[0])
    assert (judged["cases"], judged["left_out"]) == (2, ["C-1"])
    found = json.loads(program.run("audit", "--json", exits=Exit.DIFFERENCE).splitlines()[0])
    assert found["topics"]["difference"] is None
    assert (found["differs"], found["left_out"]) == (False, ["C-1"])


def state_of(program: Program, case: str) -> tuple[object, ...] | None:
    """State and level in the view of work."""
    with psycopg.connect(program.database) as connection:
        query = "select state, level from workload.cases where reference = %s"
        return connection.execute(query, (case,)).fetchone()
