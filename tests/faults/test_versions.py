"""An old and a new version of the program side by side: the new one writes what the old one does not know.

The old one is today's program; the new one is today's with a later version of one type (see `newer`), since a
clone has no earlier version of the program to run.
"""

from __future__ import annotations

import json

import psycopg
import pytest

from casecore.cli.exits import Exit
from tests.faults.conftest import Seen
from tests.faults.harness.defective_program import as_lines, message, opening
from tests.faults.harness.laws import goes_on, lag, owners, some_are_answered
from tests.faults.harness.load import Load
from tests.faults.harness.program import SupervisedProgram, by, seed
from tests.faults.injection.newer import NEWER
from tests.journeys.harness import checker
from tests.journeys.harness.program import CASE_VIEWS, NO_HEALTH, VIEWS
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

CASES = 24  # so that every runner of two has some of their partitions


def test_a_new_version_beside_an_old_one(supervised: SupervisedProgram, seen: Seen) -> None:
    program = supervised
    # Given an old relay, and of each view an old and a new runner, while old callers go on
    program.keep("relay", "relay", *NO_HEALTH)
    program.keep("old", "project", *NO_HEALTH)
    program.keep("new", *by("newer", "project", *NO_HEALTH))
    names = [f"N-{n}" for n in range(CASES)]
    with Load(program, seed()) as load:
        # shared at first, and again after each has folded something: a client may hang as it joins, and
        # restart
        wait_until(lambda: are_shared(program), f"two runners share each view\n{program.complaints()}", 60)
        goes_on(program, load)
        wait_until(lambda: are_shared(program), f"two runners share each view\n{program.complaints()}", 60)
        # When a new caller opens cases, and writes messages as only the new program reads them
        lines = [
            line for name in names for line in (opening(name), message(name, "one"), message(name, "two"))
        ]
        program.run(*by("newer", "submit", "-"), given=as_lines(*lines))
        some_are_answered(program, load)
        # Then an old caller is refused, since it cannot read such a case, and nothing is stored
        refused = program.run("submit", "-", given=as_lines(message("N-0", "old")), exits=Exit.REFUSED)
        assert f"{NEWER} is newer than this program" in " ".join(refused.split())
        # and the old relay publishes all, of which old runners park those cases, and no others
        load.stop_giving()
        wait_until(lambda: load.all_answered, f"all are answered\n{program.complaints()}")
        others = checker.stored_of_cases(program.database) - 3 * CASES
        wait_until(lambda: checker.folded(program.database, CASE_VIEWS) >= others, "the others go on", 60)
        wait_until(lambda: bool(parked_cases(program)), "an old runner has seen a new event", 60)
        parked = parked_cases(program)
        assert parked <= set(names), "a case is parked that has no new event"
    # When only the new program runs, it takes the old runners' partitions over, and lets what is parked go on
    program.let_go("old")
    wait_until(lambda: not parked_cases(program), f"nothing is parked\n{program.complaints()}", 60)
    # Then every view has everything, and is what a rebuild by the new program gives
    wait_until(lambda: lag(program.database) == 0, f"caught up\n{program.complaints()}", 60)
    found = json.loads(program.run(*by("newer", "audit", "--json")).splitlines()[-1])
    assert not found["differs"], found
    assert {view["view"] for view in found["views"] if view["equal"]} == set(VIEWS)
    seen.note(f"{len(parked)} of {CASES} cases were parked by old runners, and released by the new program")


def test_an_event_of_a_type_that_no_view_knows_is_passed_over(
    supervised: SupervisedProgram, seen: Seen
) -> None:
    program = supervised
    program.keep_few()
    program.run("submit", "-", given=as_lines(opening("K-1"), message("K-1", "one")))
    program.wait_until_folded()
    # Given an event of a type that a later version may have, stored by another program
    with psycopg.connect(program.database) as connection:
        connection.execute(
            "insert into casecore.stored_events "
            "(originator_id, originator_version, topic, state, recorded_at) "
            "select originator_id, 3, 'casecore.case.praised.v1', state, recorded_at "
            "from casecore.stored_events where topic = 'casecore.case.message_posted.v1'"
        )
    # Then it is published, the views pass over it, and nothing is parked
    wait_until(lambda: versions(program) == {3}, f"the views go on\n{program.complaints()}", 60)
    assert parked_cases(program) == set()
    found = json.loads(program.run("audit", "--json").splitlines()[-1])
    assert not found["differs"], found


def are_shared(program: SupervisedProgram) -> bool:
    """Whether the partitions of each view have two owners."""
    try:
        return all(len(owners(program, view) - {None}) == 2 for view in CASE_VIEWS)
    except psycopg.errors.UndefinedTable:  # a runner makes the tables of its view first
        return False


def parked_cases(program: SupervisedProgram) -> set[str]:
    """The references of the cases in the quarantine of any view."""
    with psycopg.connect(program.database) as connection:
        rows = connection.execute(
            " union ".join(
                f"select c.reference from {view}.quarantine q join workload.cases c "
                "on c.case_id::text = convert_from(q.key, 'UTF8')"
                for view in CASE_VIEWS
            )
        ).fetchall()
    return {str(reference) for (reference,) in rows}


def versions(program: SupervisedProgram) -> set[int]:
    """The versions of the one case in the views."""
    with psycopg.connect(program.database) as connection:
        rows = connection.execute(
            " union ".join(f"select version from {view}.states" for view in CASE_VIEWS)
        ).fetchall()
    return {int(version) for (version,) in rows}
