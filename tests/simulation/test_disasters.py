"""What no program can fix is noticed and refused, and is well again after what an operator then does."""

from __future__ import annotations

import pytest

from tests.simulation import laws
from tests.simulation.faults.profile import NO_FAULTS
from tests.simulation.run import PROGRAM, SimulationRun

SEEDS = range(5_000, 5_030)


def caught_up(seed: int) -> SimulationRun:
    """A run after its faults, with all laws kept."""
    run = SimulationRun(seed, PROGRAM, detailed=False)
    run.begin()
    run.complete()
    assert run.broken == []
    assert run.world.profile is NO_FAULTS
    return run


def seen(run: SimulationRun) -> dict[object, list[object]]:
    """What readers of committed records find."""
    return {at: [entry.event for entry in run.kafka.log(at).committed()] for at in run.kafka.partitions}


def until_caught_up(run: SimulationRun, limit_seconds: float = 60.0) -> None:
    """Let time pass until every command is answered and the lag is zero."""
    for _ in range(int(limit_seconds)):
        run.world.run_until(run.world.now + 1.0)
        if not run.ledger.unanswered and not laws.lag(run.store, run.kafka, run.views):
            return
    raise AssertionError(laws.lag(run.store, run.kafka, run.views) or "commands are not answered")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_store_restored_from_an_older_backup_is_refused_and_nothing_is_published(seed: int) -> None:
    # Given a backup, and events that were published after it
    run = caught_up(seed)
    backup = run.store.backup()
    run.give_more(6)
    until_caught_up(run)
    published = seen(run)
    if len(run.store.log) == len(backup.log):
        return  # all of it was refused

    # When the backup is restored, and commands are given again, until there is more than before
    run.store.stop()
    run.store.restore(backup)
    run.store.start()
    run.ledger.replies.clear()
    run.give_more(20)
    run.world.run_until(run.world.now + 60.0)

    # Then the relay refuses, and readers find nothing new
    assert any("relay refused" in what for what in run.refusals())
    assert seen(run) == published
    # and what was answered since then is stored, decided on what the backup holds
    assert run.ledger.unanswered == 0
    assert list(laws.of_log(run.store, run.ledger)) == []
    assert run.broken == []


@pytest.mark.parametrize("seed", SEEDS)
def test_topics_that_were_created_again_are_refused_until_an_operator_decides(seed: int) -> None:
    # Given a view that is caught up
    run = caught_up(seed)
    rows = dict(run.views.rows)

    # When every topic is deleted and created again, and commands are given
    for name in list(run.kafka.topics):
        run.kafka.make(name)
    run.world.run_until(run.world.now + 20.0)
    # Then a relay without anything to publish notices it, too
    assert "relay refused: TopicRecreated" in run.refusals()
    run.give_more(6)
    run.world.run_until(run.world.now + 20.0)

    # and relay and runners refuse, and the view stays as it is
    assert "relay refused: TopicRecreated" in run.refusals()
    assert "runner refused: TopicReplaced" in run.refusals()
    assert run.views.rows == rows

    # When an operator forgets the old ones and the view is built again
    run.store.topics.clear()
    for table in (run.views.states, run.views.rows, run.views.appended, run.views.quarantine):
        table.clear()
    run.views.offsets.clear()

    # Then everything is published again, and folded
    until_caught_up(run)
    assert list(laws.of_topics(run.store, run.kafka)) == []
    assert list(laws.of_view(run.views, run.kafka)) == []
