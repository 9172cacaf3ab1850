"""The checks are checked: `casecore audit` reports each deliberate defect of bus and relay, or the
independent checker does, where the data cannot show it."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.faults.harness.trial import (
    Trial,
    as_lines,
    check_acknowledged,
    defective,
    message,
    opening,
    some_cases,
)
from tests.journeys.harness import checker
from tests.journeys.harness.program import NO_HEALTH

pytestmark = pytest.mark.faults

KILLED = -signal.SIGKILL


# Between a command and the store


def test_without_a_defect_nothing_is_reported(trial: Trial) -> None:
    acknowledged = trial.give(opening("K-1"), message("K-1", "one"), opening("K-2"))
    trial.publish()
    trial.keep_views()
    trial.wait_until_folded()
    check_acknowledged(trial.database, acknowledged)
    trial.check_laws()
    assert not trial.audited()["differs"]


def test_a_receipt_that_comes_after_its_events_lets_a_command_be_stored_twice(trial: Trial) -> None:
    acknowledged = trial.give(opening("K-1"))
    # Given a giver that is killed after the events and before the receipt
    by = defective("receipt-after-its-events")
    assert trial.give(message("K-1", "one"), by=by, exits=KILLED) == {}
    # When the command is given again
    acknowledged |= trial.give(message("K-1", "one"))
    # Then the checker of acknowledged commands says so
    with pytest.raises(AssertionError, match="stored 2"):
        check_acknowledged(trial.database, acknowledged)


def test_a_receipt_that_comes_before_its_events_lets_a_command_be_lost(trial: Trial) -> None:
    acknowledged = trial.give(opening("K-1"))
    by = defective("receipt-before-its-events")
    assert trial.give(message("K-1", "one"), by=by, exits=KILLED) == {}
    acknowledged |= trial.give(message("K-1", "one"))
    with pytest.raises(AssertionError, match="acknowledged 1, stored 0"):
        check_acknowledged(trial.database, acknowledged)


def test_an_answer_before_the_commit_promises_what_is_not_kept(trial: Trial) -> None:
    acknowledged = trial.give(opening("K-1"), by=defective("answer-before-the-commit"))
    with pytest.raises(AssertionError, match="acknowledged 1, stored 0"):
        check_acknowledged(trial.database, acknowledged)


def test_appends_without_the_lock_let_the_relay_pass_an_event_over(trial: Trial, tmp_path: Path) -> None:
    trial.publish()
    trial.keep_views()
    # Given a giver that has taken a position, and has not committed yet
    gate = tmp_path / "commit"
    lines = tmp_path / "given.jsonl"
    lines.write_text(as_lines(opening("K-1")))
    points = ("bus.inserted", "1", f"hold={gate}", "--")
    trial.start("slow", *defective("append-without-the-lock", *points, "submit", str(lines)))
    trial.wait_until_held(gate)
    # When another one's later event is published first
    trial.give(opening("K-2"), by=defective("append-without-the-lock"))
    trial.wait_until_published(1)
    gate.touch()
    assert trial.wait_until_ended("slow") == 0
    trial.give(opening("K-3"))
    trial.wait_until_published(2)
    # Then the audit misses the first one
    assert "casecore.case.opened.v1" in trial.differing_topic()


def test_a_clock_that_goes_back_is_seen_in_the_log(trial: Trial) -> None:
    trial.give(opening("K-1"))
    trial.give(message("K-1", "one"), by=defective("clock-that-goes-back"))
    with pytest.raises(AssertionError, match="backwards"):
        checker.check_log(checker.read_store(trial.database))


# Between the store and the topics


@pytest.mark.parametrize(
    ("defect", "records", "said"),
    [
        ("event-dropped", 9, "casecore.case"),
        ("event-doubled", 11, "casecore.case"),
        ("events-swapped", 10, "version 2"),
        ("event-in-another-partition", 10, "casecore.case"),
        ("event-altered", 10, "sued"),
    ],
)
def test_what_a_relay_publishes_otherwise_than_it_is_stored_is_named(
    trial: Trial, defect: str, records: int, said: str
) -> None:
    # Given a relay that does so
    trial.give(*some_cases())
    trial.keep_views()
    trial.start("relay", *defective(defect, "relay", *NO_HEALTH))
    trial.wait_until_published(records)
    # When its place is taken by a sound one, which goes on behind
    trial.kill("relay")
    trial.publish()
    trial.give(opening("K-last"))
    trial.wait_until_published(records + 1)
    # Then the audit names it, and the checker finds it too
    assert said in trial.differing_topic()
    cases = checker.of_cases(checker.read_store(trial.database))
    with pytest.raises(AssertionError):
        checker.check_topic(cases, checker.read_topic(trial.bootstrap, trial.topic))


def test_a_future_that_is_not_awaited_lets_a_batch_be_lost(trial: Trial) -> None:
    # Given a relay whose client gives a batch up, and that does not look
    trial.give(*some_cases())
    trial.keep_views()
    trial.start("relay", *defective("batch-lost,future-not-awaited", "relay", *NO_HEALTH))
    trial.wait_until_published(1)
    # When it goes on with the same cases
    before = trial.published()
    assert before < 10
    trial.give(*(message(f"K-{n}", "two") for n in range(5)))
    trial.wait_until_published(before + 5)
    # Then the audit finds what is missing
    assert "casecore.case" in trial.differing_topic()


def test_a_relay_that_loses_a_batch_and_looks_ends_and_the_next_one_sends_it(trial: Trial) -> None:
    trial.give(*some_cases())
    trial.start("relay", *defective("batch-lost", "relay", *NO_HEALTH))
    assert trial.wait_until_ended("relay") == 1
    trial.publish()
    trial.keep_views()
    trial.wait_until_folded()
    assert not trial.audited()["differs"]


def test_a_place_read_from_an_uncommitted_tail_passes_events_over(trial: Trial) -> None:
    # Given a relay that is killed between its records and their commit
    trial.give(*some_cases())
    trial.keep_views()
    by = defective("sound", "relay.flushed", "1", "kill", "--", "relay", *NO_HEALTH)
    trial.start("relay", *by)
    assert trial.wait_until_ended("relay") == KILLED
    # When the next one takes those records for published
    trial.start("relay", *defective("place-from-an-uncommitted-tail", "relay", *NO_HEALTH))
    trial.give(opening("K-last"))
    trial.wait_until_published(1)
    # Then the audit misses them, whichever of them comes first
    assert trial.published() == 1
    assert "where the store's position" in trial.differing_topic()


def test_two_relays_without_a_lock_and_with_ids_of_their_own_double_what_they_publish(
    trial: Trial, tmp_path: Path
) -> None:
    # Given a relay that was held up before it published what it had read
    trial.give(*some_cases())
    trial.keep_views()
    gate = tmp_path / "publish"
    points = ("relay.batched", "1", f"hold={gate}", "--")
    trial.start("first", *defective("no-lock-and-an-id-of-its-own", *points, "relay", *NO_HEALTH))
    trial.wait_until_held(gate)
    # When a second one has published it, and the first one goes on
    trial.start("second", *defective("no-lock-and-an-id-of-its-own", "relay", *NO_HEALTH))
    trial.wait_until_published(10)
    gate.touch()
    trial.wait_until_published(20)
    # Then the audit finds what is there twice
    assert "casecore.case" in trial.differing_topic()
