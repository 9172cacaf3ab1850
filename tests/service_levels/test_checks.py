"""The faults of a calendar or a policy are found, also if it comes in a command and not from a file."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given

from casecore.cases.topics import TOPICS
from casecore.contract.cases import Category
from casecore.contract.service_levels import (
    Calendar,
    Clock,
    ClockTerms,
    Covers,
    Day,
    Match,
    OffsetChange,
    Policy,
    Targets,
)
from casecore.service_levels.calendar_checks import calendar_faults
from casecore.service_levels.fixing import fix
from casecore.service_levels.policy_checks import CLOCKS_OF_A_CASE, CLOCKS_OF_A_LEVEL, policy_faults
from casecore.service_levels.policy_file import as_policy
from tests.service_levels.definitions import calendars, policies

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
OFFICE = Calendar(
    id="office",
    version=1,
    time_zone="UTC",
    first_on=date(2026, 1, 1),
    last_on=date(2028, 12, 31),
    weekly=(("08:00-12:00", "13:00-17:00"), (), (), (), (), (), ()),
    offsets=(OffsetChange(FIRST, 0),),
    holidays=(date(2026, 5, 1),),
)
PROMISE = Policy(
    id="promise",
    version=1,
    organisation="vendor",
    covers=Covers.LEVEL_1,
    in_force_from=FIRST,
    clocks=(ClockTerms(Clock.TIME_AT_LEVEL, Targets(4, 3, 2, 1), True, (50, 80)),),
    calendar=OFFICE,
)
TIME_TO_ASSIGNMENT = ClockTerms(Clock.TIME_TO_ASSIGNMENT, Targets(4, 3, 2, 1))


def calendar(**changes: object) -> Calendar:
    return msgspec.structs.replace(OFFICE, **changes)


def week(*monday: str) -> tuple[tuple[str, ...], ...]:
    return (monday, *[()] * 6)


def policy(**changes: object) -> Policy:
    return msgspec.structs.replace(PROMISE, **changes)


def terms(**changes: object) -> tuple[ClockTerms, ...]:
    return (msgspec.structs.replace(PROMISE.clocks[0], **changes),)


@given(definition=calendars())
def test_a_calendar_without_faults_has_none(definition):
    assert calendar_faults(fix(definition).calendar) == []


@given(definition=policies())
def test_a_policy_without_faults_has_none(definition):
    found = policy_faults(as_policy(definition, OFFICE), TOPICS)
    # except that it may be over before it began
    assert all(fault.startswith("in_force_until: ") for fault in found)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"id": ""}, "id: '' is not an id"),
        ({"id": "x" * 101}, "id: 'x+' is not an id"),
        ({"id": "a\nb"}, "id: .* is not an id"),
        ({"version": 0}, "version: is 0: versions are 1, 2, 3"),
        ({"time_zone": ""}, "time_zone: has 1 to 100 visible characters"),
        ({"last_on": date(2025, 1, 1)}, "last_on: 2025-01-01 is before first_on, 2026-01-01"),
        ({"last_on": date(2076, 1, 1)}, "last_on: 2076-01-01 is more than 50 years after first_on"),
        ({"last_on": date(9999, 12, 31)}, "last_on: 9999-12-31 is not from 1970-01-01 to 2199-12-31"),
        ({"first_on": date(1969, 12, 31)}, "first_on: 1969-12-31 is not from 1970-01-01"),
        ({"weekly": week("12:00-08:00")}, "weekly.monday: 12:00-08:00 does not end after it starts"),
        ({"weekly": week("08:00-08:00")}, "weekly.monday: 08:00-08:00 does not end after it starts"),
        ({"weekly": week("08:00-12:00", "11:00-13:00")}, "monday: 08:00-12:00 and 11:00-13:00 overlap"),
        ({"weekly": week("08:00-12:00", "08:00-12:00")}, "monday: 08:00-12:00 and 08:00-12:00 overlap"),
        ({"weekly": week(*["08:00-12:00"] * 25)}, "monday: has 25 windows, and may have 24"),
        ({"weekly": week()}, "weekly: the calendar has no open hour at all"),
        (
            {"exceptions": (Day(date(2026, 2, 2), ("10:00-09:00",)),)},
            "exceptions 2026-02-02: 10:00-09:00 does not end after it starts",
        ),
        ({"exceptions": (Day(date(2026, 2, 2)),) * 2}, "exceptions: 2026-02-02 is there 2 times"),
        ({"exceptions": (Day(date(2025, 2, 2)),)}, "exceptions: 2025-02-02 is not from first_on to last_on"),
        ({"holidays": (date(2029, 1, 1),)}, "holidays: 2029-01-01 is not from first_on to last_on"),
        ({"holidays": (date(2026, 1, 1),) * 2}, "holidays: 2026-01-01 is there 2 times"),
        ({"holidays": (date(2026, 1, 1),) * 2001}, "holidays: there are 2001, and may be 2000"),
        (
            {"offsets": (OffsetChange(FIRST, 0), OffsetChange(FIRST - timedelta(1), 3600))},
            "offsets: 2025-12-31.* comes after 2026-01-01",
        ),
    ],
)
def test_a_fault_of_a_calendar_says_where(changes, fault):
    found = calendar_faults(calendar(**changes))
    assert any(re.search(fault, one) for one in found), found


def test_a_calendar_of_fifty_years_to_the_day_has_no_fault():
    assert calendar_faults(calendar(last_on=date(2075, 12, 31))) == []


def test_windows_that_touch_and_midnights_are_not_faults():
    assert calendar_faults(calendar(weekly=week("00:00-12:00", "12:00-24:00"))) == []


@pytest.mark.parametrize(("closed_days", "is_fault"), [(364, False), (365, False), (366, True), (700, True)])
def test_a_closure_of_a_year_is_a_fault(closed_days, is_fault):
    # given a calendar that is open all day except for this many days in a row
    shut = tuple(Day(date(2026, 3, 1) + timedelta(days)) for days in range(closed_days))
    found = calendar_faults(calendar(weekly=(("00:00-24:00",),) * 7, exceptions=shut))
    assert bool(found) == is_fault
    if is_fault:
        assert f"there are {closed_days} days without any open hour, from 2026-03-01" in found[0]


def test_a_calendar_that_would_burden_every_case_is_refused():
    on = [date(2026, 1, 1) + timedelta(days) for days in range(900)]
    hours = tuple(f"{hour:02}:00-{hour:02}:30" for hour in range(24))
    (fault,) = calendar_faults(calendar(exceptions=tuple(Day(day, hours) for day in on)))
    assert re.search("exceptions: its JSON has [0-9]+ bytes, and may have 65536", fault)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"id": " x"}, "id: ' x' is not an id"),
        ({"organisation": ""}, "organisation: '' is not an id"),
        ({"version": -1}, "version: is -1"),
        ({"clocks": ()}, "clocks: there is none: name at least one of hand_over, level_time"),
        ({"clocks": (TIME_TO_ASSIGNMENT, TIME_TO_ASSIGNMENT)}, "clocks: hand_over is there 2 times"),
        ({"clocks": terms(clock=Clock.RESOLUTION)}, "clocks.resolution: is not a clock of .* level_1"),
        (
            {"covers": Covers.END_TO_END},
            "clocks.level_time: is not a clock of .* has first_response",
        ),
        (
            {"clocks": terms(targets=Targets(1, 1, -1, 1))},
            "clocks.level_time.target.high: -1 seconds",
        ),
        ({"clocks": terms(targets=Targets(10**9, 1, 1, 1))}, "target.low: 1000000000 seconds are not from 0"),
        ({"clocks": terms(warn_at_percent=(80, 50))}, r"warn_at_percent: \[80, 50\] do not rise"),
        ({"clocks": terms(warn_at_percent=(50, 50))}, r"warn_at_percent: \[50, 50\] do not rise"),
        ({"clocks": terms(warn_at_percent=(100,))}, r"warn_at_percent: \[100\] are not all from 1 to 99"),
        ({"in_force_until": FIRST}, "in_force_until: .* is not after in_force_from"),
        (
            {"in_force_from": FIRST - timedelta(seconds=1)},
            "in_force_from: .* is not in the days",
        ),
        ({"in_force_from": datetime(2029, 1, 1, tzinfo=UTC)}, "in_force_from: .* is not in the days"),
        (
            {"match": Match(topics=("magic",))},
            "match.topics: 'magic' is not a topic; the topics are: ",
        ),
        ({"match": Match(customers=("a", "a"))}, "match.customers: a is there 2 times"),
        ({"match": Match(customers=(" ",))}, "match.customers: ' ' is not an id"),
        ({"match": Match(customers=("a",) * 201)}, "match.customers: has 201 values, and may have 200"),
        (
            {"match": Match(categories=(Category.USER_SUPPORT,))},
            "match.categories: a case at level_1",
        ),
        (
            {"covers": Covers.PARTNER, "match": Match(categories=(Category.TECHNICAL_SUPPORT,))},
            "match.categories: a case at partner is of user_support",
        ),
        (
            {"covers": Covers.LEVEL_0, "match": Match(sellers=("nord",))},
            "match.sellers: level 0 is the seller's own, so it is 'vendor': leave it out",
        ),
        ({"calendar": calendar(weekly=week())}, "calendar: weekly: the calendar has no open hour at all"),
    ],
)
def test_a_fault_of_a_policy_says_where(changes, fault):
    found = policy_faults(policy(**changes), TOPICS)
    assert any(re.search(fault, one) for one in found), found


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"covers": Covers.LEVEL_0, "match": Match(sellers=("vendor",))},
        {"match": Match(sellers=("nord",), categories=(Category.TECHNICAL_SUPPORT,))},
        {"clocks": terms(targets=Targets(0, 0, 0, 0))},
        {"in_force_from": datetime(2028, 12, 31, 23, 59, tzinfo=UTC)},
    ],
)
def test_what_makes_sense_is_not_a_fault(changes):
    assert policy_faults(policy(**changes), TOPICS) == []


def test_without_a_catalogue_any_topic_will_do():
    assert policy_faults(policy(match=Match(topics=("magic",))), None) == []


def test_a_calendar_that_opens_too_often_is_refused() -> None:
    # Given a day of 24 windows, for forty years
    often = tuple(f"{hour:02}:00-{hour:02}:30" for hour in range(24))
    found = calendar_faults(calendar(weekly=(often,) * 7, last_on=date(2065, 12, 31)))
    # Then the fault says how often it would open, and what would be right
    assert [fault for fault in found if "it opens about" in fault and "fewer windows" in fault]


def test_every_clock_is_one_of_the_whole_case_or_of_a_level() -> None:
    assert sorted((*CLOCKS_OF_A_CASE, *CLOCKS_OF_A_LEVEL), key=list(Clock).index) == list(Clock)
