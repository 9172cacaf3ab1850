"""The checks are checked: `casecore audit` reports each deliberate defect of bus and relay, or the
independent checker does, where the data cannot show it."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.faults.harness.defective_program import (
    DefectiveProgram,
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


def test_without_a_defect_nothing_is_reported(program: DefectiveProgram) -> None:
    acknowledged = program.give(opening("K-1"), message("K-1", "one"), opening("K-2"))
    program.publish()
    program.keep_views()
    program.wait_until_folded()
    check_acknowledged(program.database, acknowledged)
    program.check_laws()
    assert not program.audited()["differs"]


def test_a_receipt_that_comes_after_its_events_lets_a_command_be_stored_twice(
    program: DefectiveProgram,
) -> None:
    acknowledged = program.give(opening("K-1"))
    # Given a giver that is killed after the events and before the receipt
    by = defective("receipt-after-its-events")
    assert program.give(message("K-1", "one"), by=by, exits=KILLED) == {}
    # When the command is given again
    acknowledged |= program.give(message("K-1", "one"))
    # Then the checker of acknowledged commands says so
    with pytest.raises(AssertionError, match="stored 2"):
        check_acknowledged(program.database, acknowledged)


def test_a_receipt_that_comes_before_its_events_lets_a_command_be_lost(program: DefectiveProgram) -> None:
    acknowledged = program.give(opening("K-1"))
    by = defective("receipt-before-its-events")
    assert program.give(message("K-1", "one"), by=by, exits=KILLED) == {}
    acknowledged |= program.give(message("K-1", "one"))
    with pytest.raises(AssertionError, match="acknowledged 1, stored 0"):
        check_acknowledged(program.database, acknowledged)


def test_an_answer_before_the_commit_promises_what_is_not_kept(program: DefectiveProgram) -> None:
    acknowledged = program.give(opening("K-1"), by=defective("answer-before-the-commit"))
    with pytest.raises(AssertionError, match="acknowledged 1, stored 0"):
        check_acknowledged(program.database, acknowledged)


def test_appends_without_the_lock_let_the_relay_pass_an_event_over(
    program: DefectiveProgram, tmp_path: Path
) -> None:
    program.publish()
    program.keep_views()
    # Given a giver that has taken a position, and has not committed yet
    gate = tmp_path / "commit"
    lines = tmp_path / "given.jsonl"
    lines.write_text(as_lines(opening("K-1")))
    points = ("bus.inserted", "1", f"hold={gate}", "--")
    program.start("slow", *defective("append-without-the-lock", *points, "submit", str(lines)))
    program.wait_until_held(gate)
    # When another one's later event is published first
    program.give(opening("K-2"), by=defective("append-without-the-lock"))
    program.wait_until_published(1)
    gate.touch()
    assert program.wait_until_ended("slow") == 0
    program.give(opening("K-3"))
    program.wait_until_published(2)
    # Then the audit misses the first one
    assert "casecore.case.opened.v1" in program.differing_topic()


def test_a_clock_that_goes_back_is_seen_in_the_log(program: DefectiveProgram) -> None:
    program.give(opening("K-1"))
    program.give(message("K-1", "one"), by=defective("clock-that-goes-back"))
    with pytest.raises(AssertionError, match="backwards"):
        checker.check_log(checker.read_store(program.database))


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
    program: DefectiveProgram, defect: str, records: int, said: str
) -> None:
    # Given a relay that does so
    program.give(*some_cases())
    program.keep_views()
    program.start("relay", *defective(defect, "relay", *NO_HEALTH))
    program.wait_until_published(records)
    # When its place is taken by a sound one, which goes on behind
    program.kill("relay")
    program.publish()
    program.give(opening("K-last"))
    program.wait_until_published(records + 1)
    # Then the audit names it, and the checker finds it too
    assert said in program.differing_topic()
    cases = checker.of_cases(checker.read_store(program.database))
    with pytest.raises(AssertionError):
        checker.check_topic(cases, checker.read_topic(program.cluster, program.topic))


def test_a_future_that_is_not_awaited_lets_a_batch_be_lost(program: DefectiveProgram) -> None:
    # Given a relay whose client gives a batch up, and that does not look
    program.give(*some_cases())
    program.keep_views()
    program.start("relay", *defective("batch-lost,future-not-awaited", "relay", *NO_HEALTH))
    program.wait_until_published(1)
    # When it goes on with the same cases
    before = program.published()
    assert before < 10
    program.give(*(message(f"K-{n}", "two") for n in range(5)))
    program.wait_until_published(before + 5)
    # Then the audit finds what is missing
    assert "casecore.case" in program.differing_topic()


def test_a_relay_that_loses_a_batch_and_looks_ends_and_the_next_one_sends_it(
    program: DefectiveProgram,
) -> None:
    program.give(*some_cases())
    program.start("relay", *defective("batch-lost", "relay", *NO_HEALTH))
    assert program.wait_until_ended("relay") == 1
    program.publish()
    program.keep_views()
    program.wait_until_folded()
    assert not program.audited()["differs"]


def test_a_place_read_from_an_uncommitted_tail_passes_events_over(program: DefectiveProgram) -> None:
    # Given a relay that is killed between its records and their commit
    program.give(*some_cases())
    program.keep_views()
    by = defective("sound", "relay.flushed", "1", "kill", "--", "relay", *NO_HEALTH)
    program.start("relay", *by)
    assert program.wait_until_ended("relay") == KILLED
    # When the next one takes those records for published
    program.start("relay", *defective("place-from-an-uncommitted-tail", "relay", *NO_HEALTH))
    program.give(opening("K-last"))
    program.wait_until_published(1)
    # Then the audit misses them, whichever of them comes first
    assert program.published() == 1
    assert "where the store's position" in program.differing_topic()


def test_two_relays_without_a_lock_and_with_ids_of_their_own_double_what_they_publish(
    program: DefectiveProgram, tmp_path: Path
) -> None:
    # Given a relay that was held up before it published what it had read
    program.give(*some_cases())
    program.keep_views()
    gate = tmp_path / "publish"
    points = ("relay.batched", "1", f"hold={gate}", "--")
    program.start("first", *defective("no-lock-and-an-id-of-its-own", *points, "relay", *NO_HEALTH))
    program.wait_until_held(gate)
    # When a second one has published it, and the first one goes on
    program.start("second", *defective("no-lock-and-an-id-of-its-own", "relay", *NO_HEALTH))
    program.wait_until_published(10)
    gate.touch()
    program.wait_until_published(20)
    # Then the audit finds what is there twice
    assert "doubled" in program.differing_topic()
