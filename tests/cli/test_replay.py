"""`casecore replay`: a case, and all cases, as they stood and were known on a day."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from casecore.cli.commands.replay.stepping import keys_of, walk
from projections.timeline.projection import TIMELINE
from tests.cli.asking import asked, error_of, run, use
from tests.projections.stored import fold_store

OPENING = ("case", "open", "--customer", "praxis", "--seller", "nord", "--topic", "recovery")
IDA = ("--as", "seller:nord:ida")


@pytest.fixture(autouse=True)
def _a_case(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that was opened two hours ago, and that ida took."""
    use(database, monkeypatch)
    run(*OPENING, "--reference", "C-1", "--at", ago(120), *IDA)
    run("case", "take", "C-1", "--agent", "ida", "--at", ago(110), *IDA)


def ago(minutes: int) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def now() -> str:
    return datetime.now(UTC).isoformat()


def types(events: Sequence[dict[str, object]]) -> list[object]:
    return [event["type"] for event in events]


def test_a_case_is_shown_as_it_stood_and_as_it_was_known() -> None:
    # Given what was known of a case, and a message of before that which was recorded later
    then = now()
    run("case", "message", "C-1", "--text", "Hello", "--at", ago(115), *IDA)
    run("case", "escalate", "C-1", "--at", ago(30), *IDA)
    # When it is replayed, then all has happened, in the order in which it did, each with where the case was
    found = asked("replay", "C-1")
    assert types(found["events"]) == ["opened", "message_posted", "taken", "escalated"]
    assert [event["stood"]["state"] for event in found["events"]] == [
        "opened",
        "opened",
        "reseller_l0",
        "escalated_l1",
    ]
    assert [event["is_late"] for event in found["events"]] == [True, True, False, False]
    assert (found["stood"]["state"], found["known_later"]) == ("escalated_l1", [])
    # and as of an hour ago it was with ida, by all that is known
    found = asked("replay", "C-1", "--at", ago(60))
    assert (found["stood"]["state"], found["stood"]["agent"]) == ("reseller_l0", "ida")
    assert types(found["events"]) == ["opened", "message_posted", "taken"]
    # and by what was known then, the message is not there, and stands apart
    found = asked("replay", "C-1", "--at", ago(60), "--recorded-by", then)
    assert types(found["events"]) == ["opened", "taken"]
    assert types(found["known_later"]) == ["message_posted"]
    assert (found["behind"], found["parked"]) == (0, [])
    printed = run("replay", "C-1", "--at", ago(60), "--recorded-by", then)
    assert "reseller_l0, level_0" in printed
    assert "Known later: happened by then, and recorded after it (1)" in printed
    assert "message" in printed.split("Known later")[1]
    assert max(map(len, printed.splitlines())) <= 80


def test_what_was_recorded_too_late_is_said_and_not_shown_as_an_empty_table(database: str) -> None:
    # Given a case that was recorded two hours after it was opened, as an import does
    fold_store(database, TIMELINE)
    # When it is asked what was known an hour ago
    printed = run("replay", "C-1", "--at", ago(60), "--as-known")
    # Then nothing was, and it is said how much had happened, and which option shows it
    assert "nothing of it was recorded by then: 2 events" in " ".join(printed.split())
    assert "without --as-known" in printed
    found = asked("replay", "C-1", "--at", ago(60), "--as-known")
    assert (found["stood"], found["events"], len(found["known_later"])) == (None, [], 2)
    # and so it is for all cases
    printed = " ".join(run("replay", "--all", "--at", ago(60), "--as-known").split())
    assert "0 cases as of" in printed
    assert "1 case had been opened, moved or assigned by then, as was recorded after" in printed
    assert "Without --as-known" in printed
    found = asked("replay", "--all", "--at", ago(60), "--as-known")
    assert (found["cases"], found["counts"], found["recorded_later"]) == (0, [], 1)
    listed = run("replay", "--all", "--cases", "--at", ago(60), "--as-known")
    assert "1 case had been opened" in listed
    # and before it was opened, there is no such case
    assert "C-1 was not opened by" in error_of("replay", "C-1", "--at", ago(180))
    assert error_of("replay", "C-9", exits=3)


def test_all_cases_are_counted_as_of_a_day_and_listed(database: str, tmp_path: Path) -> None:
    # Given three cases, of which one went to the vendor
    for reference in ("C-2", "C-3"):
        run(*OPENING, "--reference", reference, "--at", ago(100), *IDA)
    run("case", "escalate", "C-1", "--at", ago(50), *IDA)
    fold_store(database, TIMELINE)
    # When they are counted as of an hour ago
    found = asked("replay", "--all", "--at", ago(60))
    # Then it was with ida still
    assert found["counts"] == [
        {"state": "opened", "level": None, "organisation": "nord", "agent": None, "cases": 2},
        {"state": "reseller_l0", "level": "level_0", "organisation": "nord", "agent": "ida", "cases": 1},
    ]
    assert (found["cases"], found["behind"], found["recorded_later"]) == (3, 0, 0)
    by_level = asked("replay", "--all", "--by", "level, state")["counts"]
    assert [(one["state"], one["level"], one["cases"]) for one in by_level] == [
        ("opened", None, 2),
        ("escalated_l1", "level_1", 1),
    ]
    printed = run("replay", "--all", "--at", ago(60))
    assert [name in printed for name in ("by state", "by level", "by organisation", "by agent")] == [True] * 4
    assert max(map(len, printed.splitlines())) <= 80
    # and the list is narrowed, goes on where it ended, and is written whole
    assert [case["reference"] for case in asked("replay", "--all", "--cases", "--level", "level_1")] == [
        "C-1"
    ]
    printed = run("replay", "--all", "--cases", "--limit", "2")
    assert "add --after C-2" in printed
    assert max(map(len, printed.splitlines())) <= 80
    page = asked("replay", "--all", "--cases", "--after", "C-2", "--open")
    assert [case["reference"] for case in page] == ["C-3"]
    file = tmp_path / "cases.csv"
    run("replay", "--all", "--cases", "--limit", "1", "--csv", str(file))
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["reference"] for row in rows] == ["C-1", "C-2", "C-3"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((), "name a case, or all with --all"),
        (("C-1", "--all"), "leave the case out"),
        (("--all", "--step"), "leave --all out"),
        (("C-1", "--by", "state"), "add --all"),
        (("C-1", "--cases"), "add --all"),
        (("--all", "--csv", "-"), "add --cases"),
        (("--all", "--by", "colour"), "is none of state, level, organisation, agent"),
        (("--all", "--as-known"), "name that"),
        (("--all", "--at", "2026-03-02T09:30:00Z", "--as-known", "--recorded-by", "x"), "leave one out"),
    ],
)
def test_options_that_do_not_go_together_are_refused(given: Sequence[str], says: str) -> None:
    assert says in error_of("replay", *given)


def test_an_answer_that_lacks_events_ends_with_5_unless_they_came_after_what_is_asked(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a view that lacks the last event
    monkeypatch.setenv("CASECORE_FRESHNESS_SECONDS", "0")
    fold_store(database, TIMELINE)
    then = now()
    run("case", "escalate", "C-1", *IDA)
    # When all that is known now is asked for, then the answer says what it lacks
    assert '"behind":1' in run("replay", "--all", "--json", exits=5)
    # and by what was recorded before that it lacks nothing
    found = asked("replay", "--all", "--recorded-by", then)
    assert (found["behind"], found["cases"]) == (0, 1)


def test_without_a_terminal_all_steps_are_printed() -> None:
    run("case", "message", "C-1", "--text", "Hello", "--at", ago(115), *IDA)
    printed = run("replay", "C-1", "--step")
    assert [line.split("  ")[0] for line in printed.splitlines() if " of 3  " in line] == [
        "1 of 3",
        "2 of 3",
        "3 of 3",
    ]
    assert "message posted, LATE" in printed
    assert "reseller_l0, ida" in printed


@pytest.mark.parametrize(
    ("keys", "places"),
    [
        (["n", " ", "q"], [0, 1, 2]),
        (["b", "n", "b", "n", "q"], [0, 1, 0, 1]),
        (["n", "e"], [0, 1, 2, 3]),
        (["x", "\x1b[C", "\x1b[D", "\x04"], [0, 1, 0]),
        ([" ", " ", " ", " "], [0, 1, 2, 3]),
    ],
)
def test_keys_go_forward_back_and_to_the_end(keys: Sequence[str], places: Sequence[int]) -> None:
    typed: Iterator[str] = iter(keys)
    assert list(walk(4, keys_of(lambda: next(typed)))) == places
    # and the same if all of them were typed before the first was shown
    assert list(walk(4, keys_of(lambda: "".join(keys)))) == places
