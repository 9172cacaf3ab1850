"""A policy's file is read as it is written, with its calendar, and all faults are reported at once."""

from __future__ import annotations

import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from casecore.cases.topics import TOPICS
from casecore.contract.service_levels import Clock, OnChange, Policy
from casecore.service_levels import fixing
from casecore.service_levels.book import Book, PublishedCalendar
from casecore.service_levels.errors import InvalidServiceLevelFile
from casecore.service_levels.fixing import load_calendar
from casecore.service_levels.policy_file import as_policy, load_policy, policy_sha256, read_policy
from tests.service_levels.definitions import policies, policy_toml

CALENDAR = """
id = "office"
version = 1
organisation = "vendor"
time_zone = "Europe/Berlin"
first_on = 2026-01-01
last_on = 2027-12-31
[weekly]
monday = ["08:00-12:00"]
"""
PROMISE = """
id = "promise"
version = 1
organisation = "vendor"
covers = "end_to_end"
in_force_from = 2026-01-01
calendar = "calendars/office.toml"
[match]
priorities = ["urgent", "low"]
[clocks.resolution]
target = "PT40H"
[clocks.first_response]
target = { low = "PT16H", normal = "PT8H30M", high = "PT4H", urgent = "PT90S" }
pauses = true
warn_at_percent = [50, 80]
"""


def written(folder: Path, promise: str = PROMISE, calendar: str = CALENDAR) -> Path:
    (folder / "calendars").mkdir(exist_ok=True)
    (folder / "calendars" / "office.toml").write_text(calendar, encoding="utf-8")
    (folder / "promise.toml").write_text(promise, encoding="utf-8")
    return folder / "promise.toml"


def faults_of(folder: Path, promise: str = PROMISE, calendar: str = CALENDAR) -> tuple[str, ...]:
    with pytest.raises(InvalidServiceLevelFile) as error:
        load_policy(written(folder, promise, calendar), TOPICS)
    return error.value.faults


@given(definition=policies())
def test_a_policy_that_was_written_reads_back_as_it_was(definition, tmp_path_factory):
    path = tmp_path_factory.mktemp("policy") / "promise.toml"
    path.write_text(policy_toml(definition), encoding="utf-8")
    assert read_policy(path, TOPICS) == definition


def test_a_policy_comes_complete_with_its_calendar(tmp_path):
    policy = load_policy(written(tmp_path), TOPICS)
    # the calendar is found from the policy's own folder, and fixed
    assert policy.calendar.id == "office"
    assert policy.calendar.offsets[1].at == datetime(2026, 3, 29, 1, tzinfo=UTC)
    # one target applies to every priority; clocks and values have an order of their own
    assert [terms.clock for terms in policy.clocks] == [Clock.FIRST_RESPONSE, Clock.RESOLUTION]
    assert msgspec.structs.astuple(policy.clocks[0].targets) == (57_600, 30_600, 14_400, 90)
    assert msgspec.structs.astuple(policy.clocks[1].targets) == (144_000,) * 4
    assert [priority.value for priority in policy.match.priorities] == ["low", "urgent"]
    # what is left out has its default
    assert (policy.clocks[1].pauses, policy.clocks[1].warn_at_percent) == (False, ())
    assert (policy.on_change, policy.in_force_until) == (OnChange.KEEP, None)


@pytest.mark.parametrize(
    ("written_as", "since"),
    [
        ("2026-01-01", datetime(2025, 12, 31, 23, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ('"2026-07-01"', datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2026-07-01T08:00:00+02:00", datetime(2026, 7, 1, 6, tzinfo=UTC)),
        ("2026-07-01T08:00:00Z", datetime(2026, 7, 1, 8, tzinfo=UTC)),
    ],
)
def test_a_date_is_its_first_moment_where_the_calendar_is(tmp_path, written_as, since):
    text = PROMISE.replace("in_force_from = 2026-01-01", f"in_force_from = {written_as}")
    assert load_policy(written(tmp_path, text), TOPICS).in_force_from == since


def test_a_published_policy_needs_no_time_zone_and_no_calendars_file(tmp_path, monkeypatch):
    # given a policy as it is printed when published, and no time zones or holidays any more
    policy = load_policy(written(tmp_path), TOPICS)
    published = tmp_path / "published.json"
    published.write_bytes(msgspec.json.encode(policy))
    monkeypatch.setattr(fixing, "ZoneInfo", None)
    monkeypatch.setitem(sys.modules, "holidays", None)
    # then it is the same policy, with the same hash
    assert load_policy(published, TOPICS) == policy
    assert policy_sha256(load_policy(published, TOPICS)) == policy_sha256(policy)


def test_a_damaged_or_invalid_published_policy_is_refused(tmp_path):
    policy = load_policy(written(tmp_path), TOPICS)
    path = tmp_path / "published.json"
    path.write_bytes(b'{"id":')
    with pytest.raises(
        InvalidServiceLevelFile, match=r"published\.json: is not a policy in its published form"
    ):
        load_policy(path, TOPICS)
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(policy, clocks=())))
    with pytest.raises(InvalidServiceLevelFile, match=r"published\.json: clocks: there is none"):
        load_policy(path, TOPICS)


def test_an_unknown_key_in_a_published_policy_is_named_with_its_place(tmp_path):
    # given a published policy with unknown keys
    content = msgspec.to_builtins(load_policy(written(tmp_path), TOPICS))
    content["on_chang"] = "restart"
    content["clocks"][1]["pause"] = True
    content["calendar"]["hours"] = []
    path = tmp_path / "published.json"
    path.write_bytes(msgspec.json.encode(content))
    # then each is named
    with pytest.raises(InvalidServiceLevelFile) as error:
        load_policy(path, TOPICS)
    assert [fault.split(";")[0] for fault in error.value.faults] == [
        "clocks 2.pause: is not a key here",
        "calendar.hours: is not a key here",
        "on_chang: is not a key here",
    ]
    assert "the keys here are: clock, targets, pauses, warn_at_percent" in error.value.faults[0]


def test_the_published_form_is_not_published_again(tmp_path):
    path = tmp_path / "published.json"
    path.write_bytes(msgspec.json.encode(load_policy(written(tmp_path), TOPICS)))
    with pytest.raises(InvalidServiceLevelFile, match=r"published\.json: .*give the policy's file in TOML"):
        read_policy(path, TOPICS)


@pytest.mark.parametrize("since", ["2026-W05-1", "2026-W05-1T08:00:00+01:00", "20260105"])
def test_a_week_is_not_a_date(tmp_path, since):
    text = PROMISE.replace("in_force_from = 2026-01-01", f'in_force_from = "{since}"')
    with pytest.raises(InvalidServiceLevelFile, match=r"in_force_from: .* is neither a date, such as 2026"):
        read_policy(written(tmp_path, text), TOPICS)


def test_a_calendar_is_as_it_was_published_where_the_book_has_it(tmp_path):
    # given the calendar of the file as published, when another holiday was known
    own = load_policy(path := written(tmp_path), TOPICS)
    definition, fixed = load_calendar(path.parent / "calendars" / "office.toml")
    then = msgspec.structs.replace(own.calendar, holidays=(date(2026, 5, 8),))
    published = PublishedCalendar(definition.organisation, then, fixed.definition_sha256, {})
    # then the policy is measured by that
    assert load_policy(path, TOPICS, Book({"office": (published,)})).calendar == then
    # and by the file's own, if the file has another content than the published one
    other = msgspec.structs.replace(published, definition_sha256="0f" * 32)
    assert load_policy(path, TOPICS, Book({"office": (other,)})) == own


def hash_of(folder: Path, promise: str = PROMISE, calendar: str = CALENDAR) -> str:
    return policy_sha256(load_policy(written(folder, promise, calendar), TOPICS))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"PT40H"', '"PT2400M" # forty hours'),
        ('"PT40H"', '{ low = "PT40H", normal = "PT40H", high = "PT40H", urgent = "PT40H" }'),
        ('"PT40H"', '"PT40H"\npauses = false\nwarn_at_percent = []'),
        ('["urgent", "low"]', '["low", "urgent"]\ntopics = []'),
        ("calendar =", 'on_change = "keep"\ncalendar ='),
        ("2026-01-01", "2026-01-01T00:00:00+01:00"),
    ],
)
def test_the_hash_is_of_the_content_and_not_of_its_form(tmp_path, old, new):
    assert old in PROMISE
    assert hash_of(tmp_path, PROMISE.replace(old, new, 1)) == hash_of(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"PT40H"', '"PT41H"'),
        ('"PT40H"', '"PT40H"\npauses = true'),
        ('["urgent", "low"]', '["urgent"]'),
        ("calendar =", 'on_change = "restart"\ncalendar ='),
        ("2026-01-01", "2026-01-02"),
        ("2026-01-01", "2026-01-01\nin_force_until = 2026-02-01"),
    ],
)
def test_another_content_has_another_hash(tmp_path, old, new):
    assert old in PROMISE
    assert hash_of(tmp_path, PROMISE.replace(old, new, 1)) != hash_of(tmp_path)


def test_the_hash_of_a_policy_is_of_its_calendars_id_and_version_too(tmp_path):
    before = hash_of(tmp_path)
    assert hash_of(tmp_path, calendar=CALENDAR.replace("version = 1", "version = 2")) != before
    assert hash_of(tmp_path, calendar=CALENDAR.replace('"office"', '"desk"')) != before


def test_an_empty_match_is_the_same_as_none(tmp_path):
    without = PROMISE.replace('[match]\npriorities = ["urgent", "low"]\n', "")
    empty = PROMISE.replace('priorities = ["urgent", "low"]', "priorities = []")
    policy = load_policy(written(tmp_path, empty), TOPICS)
    assert hash_of(tmp_path, without) == hash_of(tmp_path, empty)
    # also in a policy from a program that left it out
    fields = {key: value for key, value in msgspec.structs.asdict(policy).items() if key != "match"}
    assert policy_sha256(Policy(**fields)) == policy_sha256(policy)
    again = msgspec.json.decode(msgspec.json.encode(policy), type=Policy)
    assert policy_sha256(again) == policy_sha256(policy)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("version = 1", 'version = "1"', "version: cannot be '1': versions are 1, 2, 3"),
        (
            '"end_to_end"',
            '"all"',
            "covers: cannot be 'all': it is one of end_to_end, level_0",
        ),
        ("[match]", "[matches]", "matches: is not a key here; the keys here are: id, version"),
        ("priorities", "priority", "match.priority: is not a key here; .* priorities"),
        ('"urgent", ', '"asap", ', "match.priorities 1: cannot be 'asap': it is one of low, normal, high"),
        ("clocks.resolution", "clocks.response", "clocks.response: .* it is one of first_response"),
        ('"PT40H"', "40", "clocks.resolution.target: cannot be 40: a target is a duration .* PT4H"),
        ('"PT40H"', '"P5D"', "target: 'P5D' has more than hours: .* write hours, such as PT8H"),
        ('"PT40H"', '"P1W"', "target: 'P1W' has more than hours"),
        ('"PT40H"', '"-PT40H"', "target: '-PT40H' is negative"),
        ('"PT40H"', '"PT1.5H"', "target: 'PT1.5H' is not a duration of whole seconds"),
        ('"PT40H"', '"forty hours"', "target: 'forty hours' is not a duration"),
        ('"PT40H"', '"PT999999H"', "target: 'PT999999H' is longer than PT87840H"),
        ('low = "PT16H", ', "", "clocks.first_response.target.low: is missing"),
        ("[50, 80]", "[0]", "warn_at_percent 1: cannot be 0: it is a whole number from 1 to 99"),
        ("2026-01-01", "2026-01-01T00:00:00", "in_force_from: .* names no offset from UTC"),
        (
            "2026-01-01",
            '"soon"',
            "in_force_from: 'soon' is neither a date, .* nor an instant",
        ),
        ("2026-01-01", "0001-01-01", "in_force_from: '0001-01-01' is not from 1970-01-01 to 2199-12-31"),
        (
            "calendars/office.toml",
            "office.toml",
            "calendar: 'office.toml' cannot be read at .*: No such",
        ),
    ],
)
def test_a_fault_of_a_policy_says_where_and_what_would_be_right(tmp_path, old, new, fault):
    assert old in PROMISE
    found = faults_of(tmp_path, PROMISE.replace(old, new, 1))
    assert any(re.search(fault, one) for one in found), found


def test_the_faults_of_policy_and_calendar_are_reported_at_once(tmp_path):
    promise = PROMISE.replace('"PT40H"', '"P5D"').replace("[50, 80]", "[80, 50]").replace('"low"', '"urgent"')
    calendar = CALENDAR.replace("Berlin", "Berlim").replace("08:00-12:00", "12:00-08:00")
    found = faults_of(tmp_path, promise, calendar)
    places = [re.match(r"(calendar \S+: )?[\w.]+", fault)[0] for fault in found]
    assert places == [
        "clocks.resolution.target",
        "clocks.first_response.warn_at_percent",
        "match.priorities",
        "calendar calendars/office.toml: time_zone",
        "calendar calendars/office.toml: weekly.monday",
    ]


def test_the_calendar_of_another_organisation_is_refused(tmp_path):
    (fault,) = faults_of(tmp_path, calendar=CALENDAR.replace('"vendor"', '"nord"'))
    assert "belongs to 'nord', and the policy to 'vendor'" in fault


def test_reading_a_policy_alone_leaves_its_calendar_unread(tmp_path):
    path = written(tmp_path, PROMISE, "no calendar at all")
    definition = read_policy(path, TOPICS)
    assert (definition.calendar, definition.in_force_from) == ("calendars/office.toml", date(2026, 1, 1))
    calendar = load_policy(written(tmp_path), TOPICS).calendar
    assert as_policy(definition, calendar) == load_policy(path, TOPICS)
