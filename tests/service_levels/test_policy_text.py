"""A policy that is typed is read as a file is; each fault has its line, and says what would be right."""

from __future__ import annotations

import pytest
from hypothesis import given
from msgspec.structs import replace

from casecore.cases.topics import TOPICS
from casecore.contract.cases import Priority
from casecore.service_levels.durations import read_duration, written_duration
from casecore.service_levels.errors import InvalidServiceLevelFile
from casecore.service_levels.policy_file import as_policy
from casecore.service_levels.policy_tables import CalendarTable
from casecore.service_levels.policy_text import (
    LONGEST_WITH_LINES,
    PlacedFault,
    placed,
    read_policy_text,
    written_policy,
)
from tests.cases.promises import policy
from tests.service_levels.definitions import policies

TEXT = """\
# What nord promises.
id = "nord-level-0"
version = 2
organisation = "nord"
covers = "level_0"
in_force_from = 2026-01-01
calendar = { id = "nord-office", version = 1 }

[match]
priorities = [
  "high",
  "urgent",
]

[clocks.hand_over]
target = "PT2H"

[clocks.level_time]
target = { low = "PT40H", normal = "PT16H", high = "PT8H", urgent = "PT4H" }
pauses = true
warn_at_percent = [80]
"""


def faults_of(text: str) -> list[PlacedFault]:
    with pytest.raises(InvalidServiceLevelFile) as refused:
        read_policy_text(text, TOPICS)
    return placed(text, refused.value.faults)


def test_it_is_read_as_a_file_is_and_names_a_published_calendar() -> None:
    read = read_policy_text(TEXT, TOPICS)
    assert (read.definition.id, read.definition.match.priorities) == (
        "nord-level-0",
        (Priority.HIGH, Priority.URGENT),
    )
    assert read.calendar == CalendarTable(id="nord-office", version=1)


def test_a_file_that_it_names_as_its_calendar_is_not_read() -> None:
    text = TEXT.replace('{ id = "nord-office", version = 1 }', '"/etc/passwd"')
    assert read_policy_text(text, TOPICS).calendar == "/etc/passwd"


@pytest.mark.parametrize(
    ("right", "wrong", "line", "says"),
    [
        ('"PT2H"', '"2 hours"', 16, "PT4H"),
        ('high = "PT8H"', 'high = "P1D"', 19, "write hours"),
        ("[80]", "[80, 100]", 21, "1 to 99"),
        ('"urgent",\n', '"sofort",\n', 10, "low, normal, high, urgent"),
        ('"level_0"', '"level_7"', 5, "level_0, level_1, partner"),
        ("pauses = true", "pause = true", 20, "target, pauses, warn_at_percent"),
        ('target = "PT2H"\n', "", 15, "is missing"),
        ("version = 2\n", "", None, "is missing"),
        ('"PT2H"', "2 hours", 16, "KEY = VALUE"),
        ("version = 1 }", "version = 1", 7, "KEY = VALUE"),
        ("warn_at_percent = [80]", "warn_at_percent =", 21, "KEY = VALUE"),
        ("warn_at_percent = [80]", "warn_at_percent = [80", 21, "KEY = VALUE"),
        ("[clocks.hand_over]", "[clocks.first_response]", 15, "hand_over, level_time"),
    ],
)
def test_a_fault_has_its_line_and_says_what_would_be_right(
    right: str, wrong: str, line: int | None, says: str
) -> None:
    assert right in TEXT
    fault = faults_of(TEXT.replace(right, wrong, 1))[0]
    assert fault.line == line, fault
    assert says in fault.text


def test_all_faults_are_told_at_once() -> None:
    found = faults_of(TEXT.replace('"PT2H"', '"2 hours"').replace('"level_0"', "7"))
    assert len(found) == 1, "a covers that is none is told before targets are read"
    found = faults_of(TEXT.replace('"PT2H"', '"2 hours"').replace('"PT40H"', '"40"'))
    assert [fault.line for fault in found] == [16, 19]


def test_in_a_text_that_is_too_long_no_line_is_looked_for() -> None:
    text = TEXT.replace('"PT2H"', '"2 hours"') + "# more\n" * LONGEST_WITH_LINES
    assert faults_of(text)[0].line is None


@given(policies())
def test_a_published_policy_is_written_as_it_would_be_read(definition) -> None:  # type: ignore[no-untyped-def]
    policy_of = as_policy(definition, policy("whole").calendar)
    read = read_policy_text(written_policy(policy_of), TOPICS)
    assert as_policy(read.definition, policy_of.calendar) == replace(policy_of, version=policy_of.version + 1)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "PT0S"), (5_400, "PT1H30M"), (14_400, "PT4H"), (61, "PT1M1S")]
)
def test_a_duration_is_written_as_it_is_read(seconds: int, text: str) -> None:
    assert written_duration(seconds) == text
    assert read_duration(text) == seconds
