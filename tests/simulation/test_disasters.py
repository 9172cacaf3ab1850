"""What no program can mend is noticed and refused, and what an operator then does puts it right."""

from __future__ import annotations

import pytest

from tests.simulation import laws
from tests.simulation.faults.profile import CALM
from tests.simulation.run import PROGRAM, Life

SEEDS = range(5_000, 5_030)


def caught_up(seed: int) -> Life:
    """A life after its storm, with all laws kept."""
    life = Life(seed, PROGRAM, telling=False)
    life.begin()
    life.run()
    assert life.broken == []
    assert life.world.weather is CALM
    return life


def seen(life: Life) -> dict[object, list[object]]:
    """What readers of committed records find."""
    return {at: [entry.event for entry in life.kafka.log(at).committed()] for at in life.kafka.partitions}


def until_caught_up(life: Life, limit_seconds: float = 60.0) -> None:
    """Let time pass until every command is answered and the lag is zero."""
    for _ in range(int(limit_seconds)):
        life.world.run_until(life.world.now + 1.0)
        if not life.ledger.unanswered and not laws.lag(life.store, life.kafka, life.views):
            return
    raise AssertionError(laws.lag(life.store, life.kafka, life.views) or "commands are not answered")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_store_restored_from_an_older_backup_is_refused_and_nothing_is_published(seed: int) -> None:
    # Given a backup, and events that were published after it
    life = caught_up(seed)
    backup = life.store.backup()
    life.give_more(6)
    until_caught_up(life)
    published = seen(life)
    if len(life.store.log) == len(backup.log):
        return  # all of it was refused

    # When the backup is restored, and commands are given again, until there is more than before
    life.store.stop()
    life.store.restore(backup)
    life.store.start()
    life.ledger.replies.clear()
    life.give_more(20)
    life.world.run_until(life.world.now + 60.0)

    # Then the relay refuses, and readers find nothing new
    assert any("relay refused" in what for what in life.refusals())
    assert seen(life) == published
    # and what was answered since then is stored, decided on what the backup holds
    assert life.ledger.unanswered == 0
    assert list(laws.of_log(life.store, life.ledger)) == []
    assert life.broken == []


@pytest.mark.parametrize("seed", SEEDS)
def test_topics_that_were_created_anew_are_refused_until_an_operator_decides(seed: int) -> None:
    # Given a view that is caught up
    life = caught_up(seed)
    rows = dict(life.views.rows)

    # When every topic is deleted and created anew, and commands are given
    for name in list(life.kafka.topics):
        life.kafka.make(name)
    life.world.run_until(life.world.now + 20.0)
    # Then a relay without anything to publish notices it, too
    assert "relay refused: TopicRecreated" in life.refusals()
    life.give_more(6)
    life.world.run_until(life.world.now + 20.0)

    # and relay and runners refuse, and the view stays as it is
    assert "relay refused: TopicRecreated" in life.refusals()
    assert "runner refused: TopicReplaced" in life.refusals()
    assert life.views.rows == rows

    # When an operator forgets the old ones and builds the view anew
    life.store.topics.clear()
    for table in (life.views.states, life.views.rows, life.views.appended, life.views.quarantine):
        table.clear()
    life.views.offsets.clear()

    # Then everything is published again, and folded
    until_caught_up(life)
    assert list(laws.of_topics(life.store, life.kafka)) == []
    assert list(laws.of_view(life.views, life.kafka)) == []
