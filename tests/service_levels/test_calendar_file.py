"""A calendar's file is read as it is written, or all its faults are reported at once."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from casecore.service_levels.calendar_file import calendar_sha256, read_calendar
from casecore.service_levels.errors import InvalidServiceLevelFile
from casecore.service_levels.tables import LARGEST_FILE_BYTES
from tests.service_levels.definitions import calendar_toml, calendars

OFFICE = """
id = "office"
version = 1
organisation = "vendor"
time_zone = "Europe/Berlin"
first_on = 2026-01-01
last_on = 2027-12-31
[weekly]
monday = ["08:00-12:00", "13:00-17:00"]
[holidays]
country = "DE"
also = [{ on = 2026-12-31, name = "Silvester" }, { on = 2026-12-24, name = "Heiligabend" }]
[[exceptions]]
on = 2026-11-14
hours = ["09:00-13:00"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "office.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(InvalidServiceLevelFile) as error:
        read_calendar(written(folder, text))
    return error.value.faults


@given(definition=calendars())
def test_a_calendar_that_was_written_reads_back_as_it_was(definition, tmp_path_factory):
    path = written(tmp_path_factory.mktemp("calendar"), calendar_toml(definition))
    assert read_calendar(path) == definition


def test_the_hash_is_of_the_content_and_not_of_its_form(tmp_path):
    # given a calendar, and the same one with other spaces, comments, order, and with defaults written out
    expected = calendar_sha256(read_calendar(written(tmp_path, OFFICE)))
    otherwise = (
        OFFICE.replace('"08:00-12:00", "13:00-17:00"', ' "13:00-17:00" , "08:00-12:00" # with lunch\n')
        .replace('id = "office"\nversion = 1', "version=1\nid='office'")
        .replace("[holidays]", "sunday = []\n[holidays]\nexcept = []")
        .replace(
            '{ on = 2026-12-31, name = "Silvester" }, { on = 2026-12-24, name = "Heiligabend" }',
            '{ name = "Heiligabend", on = "2026-12-24" }, { on = 2026-12-31, name = "Silvester" }',
        )
    )
    # then they have the same hash
    assert calendar_sha256(read_calendar(written(tmp_path, otherwise))) == expected


def test_the_hash_of_a_file_never_changes(tmp_path):
    # given the content of the file as JSON with sorted keys, without spaces, and without what is a default
    canonical = (
        '{"exceptions":[{"hours":["09:00-13:00"],"on":"2026-11-14"}],"first_on":"2026-01-01",'
        '"holidays":{"also":[{"name":"Heiligabend","on":"2026-12-24"},{"name":"Silvester","on":"2026-12-31"}],'
        '"country":"DE"},"id":"office","last_on":"2027-12-31","organisation":"vendor",'
        '"time_zone":"Europe/Berlin","version":1,"weekly":{"monday":["08:00-12:00","13:00-17:00"]}}'
    )
    # then its SHA-256 is the file's, today and with every later program
    assert calendar_sha256(read_calendar(written(tmp_path, OFFICE))) == sha256(canonical.encode()).hexdigest()


def test_the_order_in_a_file_has_no_meaning(tmp_path):
    text = OFFICE + '[[exceptions]]\non = 2026-10-03\nhours = ["13:00-14:00", "09:00-10:00"]\n'
    read = read_calendar(written(tmp_path, text))
    assert [(str(day.on), day.hours) for day in read.exceptions] == [
        ("2026-10-03", ("09:00-10:00", "13:00-14:00")),
        ("2026-11-14", ("09:00-13:00",)),
    ]
    # nor has the order in a calendar that a program made
    turned = msgspec.structs.replace(read, exceptions=read.exceptions[::-1])
    assert calendar_sha256(turned) == calendar_sha256(read)


@given(one=calendars(), other=calendars())
def test_different_calendars_have_different_hashes(one, other):
    assert (calendar_sha256(one) == calendar_sha256(other)) == (one == other)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("version = 1", "version = 0", "version: cannot be 0: versions are 1, 2, 3"),
        ("version = 1", "", "version: is missing: versions are 1, 2, 3"),
        ('"office"', '" office"', "id: cannot be ' office': an id has 1 to 100 visible characters"),
        ("2027-12-31", '"never"', "last_on: cannot be 'never': it is a date, such as 2026-12-24"),
        ("2027-12-31", "2027-12-31T00:00:00", "last_on: cannot be '2027-12-31T00:00:00': it is a date"),
        ("monday", "montag", "weekly.montag: is not a key here; the keys here are: monday, tuesday"),
        ('["08:00-12:00", "13:00-17:00"]', '"08:00-12:00"', "weekly.monday: cannot be .*: hours are a list"),
        ('"08:00-12:00"', '"8-12"', "weekly.monday 1: cannot be '8-12': from a time of day until before"),
        ('"08:00-12:00"', '"08:00-24:30"', "weekly.monday 1: cannot be '08:00-24:30'"),
        ('"13:00-17:00"', '"13:00-17:00 "', "weekly.monday 2: cannot be '13:00-17:00 '"),
        ('"DE"', '"Germany"', "holidays.country: cannot be 'Germany': a country is a code of ISO 3166-1"),
        (', name = "Silvester"', "", "holidays.also 1.name: is missing: a name has"),
        ('hours = ["09:00-13:00"]', "", "exceptions 1.hours: is missing: hours are a list"),
        (
            '["08:00-12:00", "13:00-17:00"]',
            f"{['00:00-01:00'] * 25}",
            "monday: has 25 entries, and may have 24",
        ),
        ("[weekly]", "[weekly", "is not TOML: "),
        ("2026-11-14", "2026-02-30", "is not TOML: "),
    ],
)
def test_a_fault_of_a_calendar_says_where_and_what_would_be_right(tmp_path, old, new, fault):
    assert old in OFFICE
    (found,) = faults_of(tmp_path, OFFICE.replace(old, new, 1))
    assert re.search(fault, found), found


def test_all_faults_are_reported_at_once_with_the_file(tmp_path):
    text = OFFICE.replace("version = 1", "version = 0\ncolour = 3").replace("monday", "montag")
    assert [fault.split(":")[0] for fault in faults_of(tmp_path, text)] == [
        "colour",
        "version",
        "weekly.montag",
    ]
    with pytest.raises(InvalidServiceLevelFile, match=r"office\.toml: 3 faults\n  colour: "):
        read_calendar(written(tmp_path, text))


def test_what_is_not_text_or_too_long_is_refused(tmp_path):
    path = tmp_path / "office.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(InvalidServiceLevelFile, match=r"office\.toml: is not UTF-8"):
        read_calendar(path)
    path.write_bytes(b"#" * (LARGEST_FILE_BYTES + 1))
    with pytest.raises(InvalidServiceLevelFile, match=r"office\.toml: is longer than 1048576 bytes"):
        read_calendar(path)
