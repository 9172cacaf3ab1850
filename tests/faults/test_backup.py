"""The store restored from a backup older than the topics: noticed, refused, and well after the advice."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from casecore.cli.exits import Exit
from casecore.kafka.cluster import Cluster
from casecore.relay.driver import EXIT_REFUSED
from tests.faults.conftest import NewProgram, Seen
from tests.faults.harness.laws import all_is_well, goes_on, some_are_answered
from tests.faults.harness.load import Load
from tests.faults.harness.operator_steps import delete_topic, publish_again, rebuild
from tests.faults.harness.program import SupervisedProgram, seed
from tests.faults.injection.servers import OwnPostgres
from tests.journeys.harness import checker
from tests.journeys.harness.program import VIEWS
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.mark.parametrize("given_more", [False, True], ids=["nothing is given meanwhile", "commands go on"])
def test_a_store_restored_from_an_older_backup(
    new_program: NewProgram, own_postgres: OwnPostgres, kafka_server: Cluster, seen: Seen, given_more: bool
) -> None:
    program = new_program(own_postgres.new_database(), kafka_server)
    program.keep_all()
    with Load(program, seed()) as load:
        # Given a backup of a store that is published: it remembers the topics into which
        goes_on(program, load)
        back_up(own_postgres)
        some_are_answered(program, load)
        load.stop_giving()
        wait_until(lambda: load.all_answered, f"all are answered\n{program.complaints()}")
        wait_until(lambda: published(program) == checker.stored_of_cases(program.database), "published")
        lost = load.acknowledged
        # and a store that has lost published events
        restore(own_postgres)
        if given_more:
            load.go_on()
        # Then the relay refuses, and says what can be done
        program.wait_until_said("relay", "to publish this store again", 90)
        wait_until(lambda: EXIT_REFUSED in program.codes("relay"), "it ends", 30)
        audited = program.run("audit", exits=(Exit.DIFFERENCE, Exit.UNAVAILABLE))
        assert "difference" in audited
        load.stop_giving()
        wait_until(lambda: load.all_answered, f"all are answered\n{program.complaints()}")
    # When exactly these steps are taken: delete the topics, create them, forget the old ones, rebuild the
    # views
    for kind in ("cases", "service_levels", "parties", "licences", "billing"):
        delete_topic(program, f"{program.prefix}.{kind}")
    publish_again(program)
    rebuild(program, *VIEWS)
    # Then all is well with what the backup had, and what came since
    seen.well(all_is_well(program, None))
    kept = {event["body"] for event in checker.read_store(program.database)}
    seen.note(f"{len(lost)} commands were accepted before, {len(kept)} events are there after")


def published(program: SupervisedProgram) -> int:
    return sum(map(len, checker.read_topic(program.cluster, program.topic).values()))


def back_up(server: OwnPostgres) -> None:
    """A copy of all its data, taken while it is stopped."""
    server.stop()
    copy(server, "postgres", "backup")
    server.start()


def restore(server: OwnPostgres) -> None:
    """Put the copy in the place of what there is."""
    server.stop()
    shutil.rmtree(server.data)
    copy(server, "backup", "postgres")
    server.start()


def copy(server: OwnPostgres, source: str, target: str) -> None:
    folder = server.data.parent
    # With owners and modes: the server belongs to a user of its own where root has started it.
    subprocess.run(("cp", "-a", str(folder / source), str(folder / target)), check=True)
