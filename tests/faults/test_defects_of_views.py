"""The checks are checked: `casecore audit` reports each deliberate defect of a runner."""

from __future__ import annotations

import signal
from pathlib import Path

import psycopg
import pytest

from tests.faults.harness.defective_program import (
    DefectiveProgram,
    beside,
    defective,
    message,
    opening,
    some_cases,
)
from tests.journeys.harness import checker
from tests.journeys.harness.program import NO_HEALTH, VIEWS
from tests.waiting import wait_until

pytestmark = pytest.mark.faults

KILLED = -signal.SIGKILL


def test_offsets_before_the_rows_lose_what_a_killed_runner_had_not_written(program: DefectiveProgram) -> None:
    program.give(*some_cases())
    program.publish()
    program.keep_views("workload")
    by = defective("offsets-before-the-rows", "runner.offsets", "1", "kill", "--")
    program.start("workload", *by, "project", "workload", *NO_HEALTH)
    assert program.wait_until_ended("workload") == KILLED
    # When a sound one goes on
    program.start("workload", "project", "workload", *NO_HEALTH)
    program.wait_until_published(10)
    assert "workload" in program.differing_views()


@pytest.mark.parametrize(
    ("defect", "dies_at"),
    [("rows-before-the-offsets", "runner.advancing"), ("no-fencing", "runner.committed")],
)
def test_a_runner_that_was_replaced_and_is_not_fenced_writes_over_its_successor(
    program: DefectiveProgram, tmp_path: Path, defect: str, dies_at: str
) -> None:
    # Given a runner that was paused with a folded batch
    gate = tmp_path / "write"
    program.give(opening("K-1"))
    program.publish()
    program.keep_views("workload")
    points = ("runner.folded", "1", f"hold={gate}", dies_at, "1", "kill")
    program.start("paused", *defective(defect, *points, "--", "project", "workload", *NO_HEALTH))
    program.wait_until_held(gate)
    program.freeze("paused")
    # and another one in its place, which has folded what came since
    program.give(message("K-1", "one"), message("K-1", "two"))
    program.start("workload", "project", "workload", *NO_HEALTH)
    program.wait_until_folded()
    # When the first one continues, writes, and is killed
    gate.touch()
    program.thaw("paused")
    assert program.wait_until_ended("paused") == KILLED
    # and its successor goes on with another case of the same partition
    program.give(opening(beside("K-1")))
    wait_until(lambda: rows_of_workload(program) == 2, f"the successor goes on\n{program.complaints()}")
    # Then the audit says that the view is not what its topic says
    assert program.differing_views() == {"workload"}


def rows_of_workload(program: DefectiveProgram) -> int:
    with psycopg.connect(program.database) as connection:
        found = connection.execute("select count(*) from workload.cases").fetchone()
    assert found is not None
    return int(found[0])


def test_a_parked_key_that_lets_its_next_record_through_is_not_the_fold(program: DefectiveProgram) -> None:
    # Given a case that is parked, since its second event is of a version that is not known yet
    program.give(opening("K-1"), message("K-1", "one"))
    with psycopg.connect(program.database) as connection:
        connection.execute(
            "update casecore.stored_events set topic = 'casecore.case.message_posted.v99' "
            "where topic = 'casecore.case.message_posted.v1'"
        )
    program.publish()
    program.keep_views("workload")
    program.start("workload", *defective("parked-key-lets-through", "project", "workload", *NO_HEALTH))
    wait_until(
        lambda: checker.parked(program.database, VIEWS) == 3, f"the case is parked\n{program.complaints()}"
    )
    # When its third event comes
    with psycopg.connect(program.database) as connection:
        connection.execute(
            "insert into casecore.stored_events "
            "(originator_id, originator_version, topic, state, recorded_at) "
            "select originator_id, 3, 'casecore.case.message_posted.v1', state, recorded_at "
            "from casecore.stored_events where topic = 'casecore.case.message_posted.v99'"
        )
    wait_until(
        lambda: checker.parked(program.database, VIEWS) == 5, f"the others park it\n{program.complaints()}"
    )
    wait_until(lambda: version_in_workload(program) == 3, f"one lets it through\n{program.complaints()}")
    # Then the audit finds that one alone
    assert program.differing_views() == {"workload"}


def version_in_workload(program: DefectiveProgram) -> int:
    with psycopg.connect(program.database) as connection:
        found = connection.execute("select coalesce(max(version), 0) from workload.states").fetchone()
    assert found is not None
    return int(found[0])


def test_rows_by_the_clock_are_other_rows_when_they_are_built_again(program: DefectiveProgram) -> None:
    program.give(*some_cases())
    program.publish()
    program.keep_views("timeline")
    program.start("timeline", *defective("rows-by-the-clock", "project", "timeline", *NO_HEALTH))
    program.wait_until_folded()
    assert program.differing_views() == {"timeline"}
