"""A fixed calendar has its holidays and its zone's clock changes as dates, and they are the right ones."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from holidays.countries import Germany
from hypothesis import given
from hypothesis import strategies as st

from casecore.clocks.instants import SECOND, micros
from casecore.clocks.open_hours import OpenHours
from casecore.contract.service_levels import OffsetChange
from casecore.service_levels.calendar_file import (
    CalendarDefinition,
    ExceptionTable,
    HolidaysTable,
    NamedDay,
    WeekTable,
)
from casecore.service_levels.errors import FaultsFound
from casecore.service_levels.fixing import fix, offset_changes
from tests.service_levels.definitions import calendars, is_open

ZONES = (
    "Europe/Berlin",
    "Europe/Lisbon",
    "America/St_Johns",
    "America/Sao_Paulo",  # skipped midnight at the start of summer
    "Africa/Casablanca",  # goes back for Ramadan
    "Asia/Kathmandu",
    "Asia/Beirut",  # skips midnight
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Apia",  # skipped a whole day
    "Pacific/Kiritimati",
    "America/Caracas",
    "UTC",
)
OFFICE = CalendarDefinition(
    id="office",
    version=1,
    organisation="vendor",
    time_zone="Europe/Berlin",
    first_on=date(2026, 1, 1),
    last_on=date(2027, 12, 31),
    weekly=WeekTable(monday=("08:00-12:00",)),
    holidays=HolidaysTable(country="DE", state="BY"),
)


def office(**changes: object) -> CalendarDefinition:
    return msgspec.structs.replace(OFFICE, **changes)


def holiday_table(**changes: object) -> HolidaysTable:
    return HolidaysTable(**{"country": "DE", **changes})


def faults_of(definition: CalendarDefinition) -> tuple[str, ...]:
    with pytest.raises(FaultsFound) as found:
        fix(definition)
    return found.value.faults


@given(data=st.data(), definition=calendars(ZONES))
def test_an_instant_is_open_if_the_zones_own_local_time_says_so(data, definition):
    # given a fixed calendar, computed with without its time zone
    fixed = fix(definition)
    hours = OpenHours(fixed.calendar)
    # when any instant is asked for, often one near a change of the clocks or the end of a window
    noon = datetime(
        definition.first_on.year, definition.first_on.month, definition.first_on.day, 12, tzinfo=UTC
    )
    span = (definition.last_on - definition.first_on).days * 86_400
    near = [micros(change.at) // SECOND for change in fixed.calendar.offsets]
    near += [edge // SECOND for edge in (*hours.opens[-5:], *hours.closes[:5])]
    somewhere = st.integers(micros(noon) // SECOND, micros(noon) // SECOND + span)
    close_by = st.builds(int.__add__, st.sampled_from(near), st.integers(-7_200, 7_200))
    for at in data.draw(st.lists(somewhere | close_by, min_size=20, max_size=20)):
        # then it is open exactly if the time zone file and the rules say so
        asked = datetime.fromtimestamp(at, UTC)
        found = hours.between(at * SECOND, at * SECOND + 1) == 1
        assert found == is_open(definition, set(fixed.calendar.holidays), asked), asked


@given(
    zone=st.sampled_from(ZONES),
    first_on=st.dates(date(1970, 1, 2), date(2036, 12, 31)),
    days=st.integers(0, 1_000),
    data=st.data(),
)
def test_the_offset_between_two_changes_is_the_zones_own(zone, first_on, days, data):
    changes = list(offset_changes(ZoneInfo(zone), first_on, first_on + timedelta(days=days)))
    begins_at = changes[0].at
    asked = begins_at + timedelta(seconds=data.draw(st.integers(0, days * 86_400)))
    last = [change for change in changes if change.at <= asked][-1]
    own = asked.astimezone(ZoneInfo(zone)).utcoffset()
    assert own == timedelta(seconds=last.offset_seconds)


def test_berlins_changes_are_the_known_ones():
    changes = fix(office(last_on=date(2026, 12, 31))).calendar.offsets
    assert changes == (
        OffsetChange(datetime(2025, 12, 31, 23, tzinfo=UTC), 3600),
        OffsetChange(datetime(2026, 3, 29, 1, tzinfo=UTC), 7200),
        OffsetChange(datetime(2026, 10, 25, 1, tzinfo=UTC), 3600),
    )


@pytest.mark.parametrize(("last_on", "changes"), [(28, 1), (29, 2)])
def test_changes_are_taken_over_up_to_the_last_day(last_on, changes):
    # given Berlin, where the clocks are put forward on 29 March 2026
    found = list(offset_changes(ZoneInfo("Europe/Berlin"), date(2026, 1, 1), date(2026, 3, last_on)))
    assert len(found) == changes


def test_a_first_day_whose_midnight_is_skipped_begins_at_the_clock_change():
    # given Beirut, where 29 March 2026 begins at 1:00
    starts_at = datetime(2026, 3, 28, 22, tzinfo=UTC)
    changes = list(offset_changes(ZoneInfo("Asia/Beirut"), date(2026, 3, 29), date(2026, 6, 30)))
    assert changes == [OffsetChange(starts_at, 7200), OffsetChange(starts_at, 10800)]
    # when it is open around the clock, then from that instant on
    round_the_clock = ("00:00-24:00",)
    week = WeekTable(**dict.fromkeys(WeekTable.__struct_fields__, round_the_clock))
    beirut = office(
        time_zone="Asia/Beirut",
        first_on=date(2026, 3, 29),
        last_on=date(2026, 6, 30),
        weekly=week,
        holidays=None,
    )
    assert OpenHours(fix(beirut).calendar).opens == [micros(starts_at)]


def test_a_zone_that_changes_twice_within_a_day_is_followed():
    # given clocks that are put forward at 14:00 and again at 20:00 UTC
    class Twice(ZoneInfo):
        def utcoffset(self, when):
            return timedelta(hours=self._steps(when))

        def fromutc(self, when):
            steps = (when.hour >= 14) + (when.hour >= 20) if when.date() == date(2026, 6, 1) else 0
            steps = 2 if when.date() > date(2026, 6, 1) else steps
            return when.replace(tzinfo=None).replace(tzinfo=self) + timedelta(hours=steps)

        def _steps(self, when):
            for steps in (2, 1, 0):
                at = when.replace(tzinfo=None) - timedelta(hours=steps)
                changed = 2 if at.date() > date(2026, 6, 1) else 0
                if at.date() == date(2026, 6, 1):
                    changed = (at.hour >= 14) + (at.hour >= 20)
                if changed == steps:
                    return steps
            return 0

    changes = list(offset_changes(Twice("UTC"), date(2026, 5, 30), date(2026, 6, 3)))
    assert [(change.at.day, change.at.hour, change.offset_seconds) for change in changes] == [
        (30, 0, 0),
        (1, 14, 3600),
        (1, 20, 7200),
    ]


def test_holidays_are_those_of_country_and_state_in_the_countrys_language():
    fixed = fix(office(holidays=holiday_table(state="BY")))
    assert fixed.holiday_names[date(2026, 1, 6)] == "Heilige Drei Könige"
    assert date(2026, 3, 8) not in fixed.holiday_names  # Women's Day: Berlin's alone
    assert fixed.calendar.holidays == tuple(sorted(fixed.holiday_names))
    assert date(2026, 1, 6) not in fix(office(holidays=holiday_table(state="BE"))).holiday_names
    assert fix(office(holidays=None)).calendar.holidays == ()


def test_the_language_of_the_machine_changes_nothing(monkeypatch):
    before = fix(OFFICE)
    monkeypatch.setenv("LANGUAGE", "en_US")
    monkeypatch.setenv("LANG", "th_TH.UTF-8")
    assert fix(OFFICE) == before


def test_a_holiday_can_be_left_out_and_another_added():
    table = holiday_table(
        left_out=(date(2026, 5, 1),), also=(NamedDay(on=date(2026, 12, 24), name="Heiligabend"),)
    )
    names = fix(office(holidays=table)).holiday_names
    assert date(2026, 5, 1) not in names
    assert names[date(2026, 12, 24)] == "Heiligabend"


def test_a_newer_holidays_package_changes_what_is_fixed_but_not_the_hash_of_the_file(monkeypatch):
    before = fix(OFFICE)
    monkeypatch.setattr(Germany, "_populate_public_holidays", lambda _: None)
    after = fix(OFFICE)
    assert after.calendar != before.calendar
    assert after.definition_sha256 == before.definition_sha256


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        (
            {"time_zone": "Europe/Berlim"},
            "time_zone: 'Europe/Berlim' is not a time zone .* Europe/Berlin meant",
        ),
        ({"time_zone": "Europe"}, "time_zone: 'Europe' is not a time zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone: .* is not a time zone"),
        ({"time_zone": "localtime"}, "time_zone: 'localtime' is not a time zone"),
        ({"holidays": holiday_table(country="ZZ")}, "holidays.country: no holidays are known for 'ZZ'; .*DE"),
        (
            {"holidays": holiday_table(state="XX")},
            "holidays.state: 'XX' is not a state of DE; there are: BB, BE",
        ),
        (
            {"holidays": holiday_table(left_out=(date(2026, 5, 2),))},
            "holidays.except: 2026-05-02 is not a holiday of DE, so there is nothing to leave out",
        ),
        (
            {"holidays": holiday_table(left_out=(date(2025, 5, 1),))},
            "holidays.except: 2025-05-01 is not from first_on to last_on",
        ),
        (
            {"holidays": holiday_table(also=(NamedDay(on=date(2028, 5, 1), name="x"),))},
            "holidays.also: 2028-05-01 is not from first_on to last_on",
        ),
        (
            {"holidays": holiday_table(also=(NamedDay(on=date(2026, 5, 2), name="x"),) * 2)},
            "holidays.also: 2026-05-02 is there 2 times",
        ),
        (
            {
                "holidays": holiday_table(
                    left_out=(date(2026, 5, 1),), also=(NamedDay(on=date(2026, 5, 1), name="x"),)
                )
            },
            "holidays.except: 2026-05-01 is under holidays.also too",
        ),
        (
            {"first_on": date(1985, 1, 1), "last_on": date(1999, 1, 1)},
            "the holidays of DE are known for 1991 to 2100",
        ),
        ({"last_on": date(2025, 1, 1)}, "last_on: 2025-01-01 is before first_on, 2026-01-01"),
        ({"weekly": WeekTable()}, "weekly: the calendar has no open hour at all"),
        (
            {"exceptions": (ExceptionTable(on=date(2030, 1, 1), hours=()),)},
            "exceptions: 2030-01-01 is not from first_on to last_on",
        ),
    ],
)
def test_what_cannot_be_fixed_says_where_and_what_would_be_right(changes, fault):
    (found,) = faults_of(office(**changes))
    assert re.search(fault, found), found


def test_all_faults_are_reported_at_once():
    faulty = office(
        time_zone="Mars/Olympus",
        holidays=holiday_table(state="XX"),
        weekly=WeekTable(monday=("12:00-08:00",)),
    )
    assert [fault.split(":")[0] for fault in faults_of(faulty)] == [
        "time_zone",
        "holidays.state",
        "weekly.monday",
    ]
