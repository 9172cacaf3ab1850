"""The reference of calendars and policies has every key, and its examples are the files, checked and run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from casecore.cases.topics import TOPICS
from casecore.cli.main import app
from casecore.contract.cases import Category, Level, Priority
from casecore.contract.service_levels import Clock, Covers, OnChange
from casecore.service_levels import calendar_checks, calendar_file, policy_checks, policy_tables
from casecore.service_levels.choice import CaseFacts, matches
from casecore.service_levels.durations import LONGEST_SECONDS
from casecore.service_levels.fixing import load_calendar
from casecore.service_levels.policy_file import load_policy

DOCS = Path(__file__).parents[2] / "docs"
FOLDER = DOCS / "service-levels"
PAGE = (DOCS / "service-levels.md").read_text(encoding="utf-8")
POLICIES = sorted(FOLDER.glob("*.toml"))
CALENDARS = sorted((FOLDER / "calendars").glob("*.toml"))
COMMANDS = re.findall(r"```console\n\$ casecore (.*)\n([\s\S]*?)```", PAGE)


def section(heading: str) -> str:
    return PAGE.split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]


@pytest.mark.parametrize(
    ("heading", "table"),
    [
        ("### Top level of a calendar", calendar_file.CalendarDefinition),
        ("### `[weekly]`", calendar_file.WeekTable),
        ("### `[holidays]`", calendar_file.HolidaysTable),
        ("### `holidays.also`", calendar_file.NamedDay),
        ("### `[[exceptions]]`", calendar_file.ExceptionTable),
        ("### Top level of a policy", policy_tables.PolicyTable),
        ("### `[match]`", policy_tables.MatchTable),
        ("### `[clocks.NAME]`", policy_tables.ClockTable),
        ("### `clocks.NAME.target`", policy_tables.TargetTable),
    ],
)
def test_each_key_is_documented_and_is_needed_where_it_says_so(heading, table):
    rows = re.findall(r"^\| `(\w+)` \| [^|]* \| ([^|]*) \|", section(heading), re.MULTILINE)
    fields = {field.encode_name: field.required for field in msgspec.structs.fields(table)}
    assert {key: default == "needed" for key, default in rows} == fields


@pytest.mark.parametrize("word", [*Covers, *Clock, *OnChange, *Category, *Priority, *Level])
def test_each_word_is_documented(word):
    assert re.search(rf'`"?{word.value}"?`', PAGE)


def test_the_bounds_are_those_of_the_program():
    assert calendar_checks.MOST_DATES == 1_000
    assert f"at most {calendar_checks.MOST_DATES:,}" in section("### Top level of a calendar")
    assert f"At most {calendar_checks.MOST_WINDOWS} for a day" in section("### `[weekly]`")
    assert f"more than {calendar_checks.MOST_CALENDAR_BYTES:,} bytes" in section(
        "### Top level of a calendar"
    )
    assert f"closed for {calendar_checks.LONGEST_CLOSURE_DAYS} days or more" in section(
        "### Top level of a calendar"
    )
    assert f"{calendar_checks.MOST_YEARS} years after it or more" in section("### Top level of a calendar")
    assert f"at most {policy_checks.MOST_MATCHED} values" in section("### `[match]`")
    assert LONGEST_SECONDS == 10 * 366 * 86_400  # "more than ten years"


@pytest.mark.parametrize("file", CALENDARS, ids=lambda file: file.stem)
def test_each_calendar_is_without_faults(file):
    load_calendar(file)


@pytest.mark.parametrize("file", POLICIES, ids=lambda file: file.stem)
def test_each_policy_is_without_faults_and_has_a_version_of_its_calendar(file):
    assert load_policy(file, TOPICS).calendar.version == 1


def test_there_is_an_example_of_what_each_organisation_promises():
    covered = {load_policy(file, TOPICS).covers for file in POLICIES}
    assert covered == set(Covers)


def test_the_examples_on_the_page_are_the_files():
    shown = re.findall(r"```toml\n([\s\S]*?)```", PAGE)
    files = {file.read_text(encoding="utf-8") for file in (*POLICIES, *CALENDARS)}
    assert len(shown) == 5
    assert set(shown) <= files


@pytest.mark.parametrize(("command", "output"), COMMANDS, ids=[command[:30] for command, _ in COMMANDS])
def test_a_command_prints_what_the_page_shows(command, output, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(DOCS.parent)
    done = CliRunner().invoke(app, shlex.split(command), catch_exceptions=False)
    assert done.exit_code == 0
    printed = [line.rstrip() for line in done.output.strip().splitlines()]
    assert printed == [line.rstrip() for line in output.strip().splitlines()]


def test_there_are_commands_to_run():
    assert len(COMMANDS) >= 5


@pytest.mark.parametrize(
    ("file", "customer", "topic", "matched"),
    [
        ("campus-user-support", "praxis-ost", "program_use", True),
        ("campus-user-support", "praxis-ost", "training", False),
        ("campus-user-support", "praxis-nord", "program_use", False),
        ("vendor-level-1", "praxis-nord", "recovery", True),
    ],
)
def test_the_examples_are_for_the_cases_that_the_page_says(file, customer, topic, matched):
    facts = CaseFacts(
        Category.USER_SUPPORT if topic in ("program_use", "training") else Category.TECHNICAL_SUPPORT,
        Priority.NORMAL,
        topic,
        customer,
        "nord",
        "vendor",
        "campus",
    )
    assert matches(load_policy(FOLDER / f"{file}.toml", TOPICS).match, facts) == matched
