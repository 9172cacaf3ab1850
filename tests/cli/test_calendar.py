"""`casecore calendar`: hours are checked, published once and for good, shown, and counted with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from holidays.countries import Germany

from tests.cli.asking import asked, error_of, run, use

BERLIN = "docs/service-levels/calendars/berlin.toml"
NORD = "docs/service-levels/calendars/nord.toml"
FRIDAY = "2026-03-06T14:00+01:00"


@pytest.fixture
def installation(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(database, monkeypatch)


def changed(folder: Path, old: str, new: str) -> str:
    """Berlin's calendar with a change."""
    text = Path(BERLIN).read_text(encoding="utf-8")
    assert old in text
    path = folder / "berlin.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return str(path)


def test_checking_needs_no_server_and_says_what_a_calendar_comes_to():
    shown = run("calendar", "check", BERLIN)
    for line in (
        "Calendar berlin, version 1, of vendor",
        "Monday     08:00-12:00, 13:00-17:00",
        "2026-03-08  Sun  closed       Frauentag",
        "2026-12-31  Thu  08:00-12:00",
        "2026-03-29 01:00:00 UTC = Sun 2026-03-29 03:00:00 +02:00",
        "2026  1926:00",
    ):
        assert line in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_the_open_hours_of_a_year_are_those_that_one_can_count():
    # given 2026 in Berlin: 52 of each Monday, Tuesday and Wednesday, 53 Thursdays and 52 Fridays
    week = 52 * 3 * 8 + 53 * 8 + 52 * 6
    # less its holidays: 1 January, Ascension Day and Christmas Eve on Thursdays; Easter and Whit Monday;
    # Good Friday, 1 May and Christmas Day on Fridays; half of New Year's Eve, a Thursday.
    # One Saturday morning more.
    less = 3 * 8 + 2 * 8 + 3 * 6 + 4 - 4
    years = asked("calendar", "check", BERLIN)["open_seconds_by_year"]
    assert years[0] == {"year": 2026, "open_seconds": (week - less) * 3600}


def test_a_wrong_file_is_reported_with_all_its_faults_and_nothing_is_published(tmp_path, installation):
    wrong = changed(tmp_path, 'monday = ["08:00-12:00"', 'monday = ["12:00-08:00"')
    error = error_of("calendar", "publish", wrong)
    assert "berlin.toml: weekly.monday: 12:00-08:00 does not end after it starts" in error
    assert asked("calendar", "list") == []


def test_a_calendar_is_published_once(installation):
    assert "calendar berlin, version 1: published" in run("calendar", "publish", BERLIN)
    # when it is published again, then there is nothing to change
    assert "is published already, nothing to change" in run("calendar", "publish", BERLIN)
    assert asked("calendar", "list") == [
        {
            "id": "berlin",
            "version": 1,
            "organisation": "vendor",
            "time_zone": "Europe/Berlin",
            "first_on": "2026-01-01",
            "last_on": "2030-12-31",
        }
    ]


def test_what_is_published_is_what_was_checked(installation):
    run("calendar", "publish", BERLIN)
    assert asked("calendar", "show", "berlin") == asked("calendar", "check", BERLIN)


def test_another_content_needs_another_version(tmp_path, installation):
    run("calendar", "publish", BERLIN)
    later = changed(tmp_path, "17:00", "18:00")
    error = error_of("calendar", "publish", later, exits=3)
    assert "Version 1 of berlin is published with another content" in error
    assert "make this one version 2" in error
    # when it is made version 2, then both are there
    text = Path(later).read_text(encoding="utf-8").replace("version = 1", "version = 2")
    Path(later).write_text(text, encoding="utf-8")
    run("calendar", "publish", later)
    assert asked("calendar", "show", "berlin")["calendar"]["weekly"][0] == ["08:00-12:00", "13:00-18:00"]
    shown = asked("calendar", "show", "berlin", "--version", "1")
    assert shown["calendar"]["weekly"][0] == ["08:00-12:00", "13:00-17:00"]


def test_another_organisations_calendar_is_not_ours_to_publish(installation):
    sued = ("calendar", "publish", NORD, "--as", "seller:sued:udo")
    assert "only an agent of nord may" in error_of(*sued, exits=3)
    run("calendar", "publish", NORD, "--as", "seller:nord:ida")


def test_a_command_given_twice_is_answered_twice(installation):
    given = ("calendar", "publish", BERLIN, "--command-id", "6f1d9f0a-54a5-4c0e-9d7e-1f6a3c2b7e10")
    run(*given)
    assert "was given before" in run(*given)


def test_a_published_calendar_stays_as_it_was_when_holidays_change(installation, monkeypatch):
    # given a calendar that was published, and a later program that knows other holidays
    run("calendar", "publish", BERLIN)
    before = asked("calendar", "show", "berlin")
    monkeypatch.setattr(Germany, "_populate_public_holidays", lambda _: None)
    assert asked("calendar", "check", BERLIN) != before
    # then it stays, and publishing the same file again is no change
    assert asked("calendar", "show", "berlin") == before
    assert "nothing to change" in run("calendar", "publish", BERLIN)


def test_one_year_is_shown_alone(installation):
    run("calendar", "publish", BERLIN)
    shown = run("calendar", "show", "berlin", "--year", "2027")
    assert "2027-05-06  Thu" in shown
    assert "2026-05-14" not in shown
    assert "2027-03-28 01:00:00 UTC" in shown


def test_what_is_not_published_is_said_with_what_is(installation):
    assert "there is no calendar berlin; published are: none" in error_of("calendar", "show", "berlin")
    run("calendar", "publish", BERLIN)
    error = error_of("calendar", "show", "berlin", "--version", "7")
    assert "calendar berlin has no version 7; its only version is 1" in error


def test_open_time_between_two_instants_over_a_weekend():
    # given Friday 14:00 until Monday 9:00, when Friday closes at 15:00 and Monday opens at 8:00
    asked_for = ("calendar", "between", FRIDAY, "2026-03-09T08:00Z", "--calendar", BERLIN)
    # then it is open for an hour on each
    assert asked(*asked_for)["open_seconds"] == 7200
    shown = run(*asked_for)
    assert "from  2026-03-06 13:00:00 UTC = Fri 2026-03-06 14:00:00 +01:00" in shown
    assert "open  2:00 (7200 seconds)" in shown


def test_fractions_of_a_second_are_counted():
    counted = asked("calendar", "between", FRIDAY, "2026-03-06T14:00:00.25+01:00", "--calendar", BERLIN)
    assert counted["open_seconds"] == 0.25


def test_an_instant_after_so_much_open_time():
    added = ("calendar", "add", FRIDAY, "PT1H30M", "--calendar", BERLIN)
    assert asked(*added)["end_local"] == "2026-03-09T08:30:00+01:00"
    assert "to    2026-03-09 07:30:00 UTC = Mon 2026-03-09 08:30:00 +01:00" in run(*added)
    # at closing time it stays at closing time
    added = ("calendar", "add", FRIDAY, "PT1H", "--calendar", BERLIN)
    assert asked(*added)["end_at"] == "2026-03-06T14:00:00Z"


def test_a_published_calendar_counts_as_its_file_does(installation):
    run("calendar", "publish", BERLIN)
    add = ("calendar", "add", FRIDAY, "PT400H", "--calendar")
    assert asked(*add, "berlin") == asked(*add, BERLIN) == asked(*add, "berlin", "--version", "1")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ("add", FRIDAY, "PT20000H"),
            "lies beyond the horizon of calendar berlin, 2030-12-31: it is",
        ),
        (
            ("add", "2031-01-01T00:00Z", "PT1H"),
            "2[0-9-]+T.* is beyond the horizon of calendar berlin",
        ),
        (("add", "2025-01-01T00:00Z", "PT1H"), "2[0-9-]+T.* is beyond the horizon"),
        (("between", FRIDAY, "2031-01-02T00:00Z"), "2[0-9-]+T.* is beyond the horizon"),
        (("between", FRIDAY, "2026-03-01T00:00Z"), "the end .* lies before the start"),
        (("between", "friday", FRIDAY), "START 'friday' is not an instant"),
        (("between", FRIDAY, "2026-04-01T00:00"), "END '2026-04-01T00:00' names no offset from UTC"),
        (("add", FRIDAY, "P1D"), "DURATION 'P1D' has more than hours: .* write hours, such as PT8H"),
        (("add", FRIDAY, "4h"), "DURATION '4h' is not a duration"),
        (("add", FRIDAY, "PT1H", "--version", "1"), "--version goes with a published calendar's id"),
    ],
)
def test_what_cannot_be_counted_is_reported(arguments, error):
    assert re.search(error, error_of("calendar", *arguments, "--calendar", BERLIN))
