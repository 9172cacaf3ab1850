"""`casecore sla evaluate`, `explain` and `whatif`: what they print, and what they refuse."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from holidays.countries import Germany
from typer.testing import CliRunner

from casecore.app.service_levels import what_if
from casecore.app.service_levels.words import percent_text
from casecore.cases import commands as c
from casecore.cases.decider import CASES
from casecore.cli.main import app
from casecore.commands.bus import CommandBus
from casecore.contract.cases import Category
from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.evaluation.whatif import Result
from casecore.service_levels.decider import SERVICE_LEVELS
from tests.cli.asking import asked, error_of, run, use

FOLDER = Path("docs/service-levels")
BERLIN = str(FOLDER / "calendars" / "berlin.toml")
LEVEL_1 = str(FOLDER / "vendor-level-1.toml")
WHOLE = str(FOLDER / "vendor-end-to-end.toml")


@pytest.fixture
def story(tmp_path: Path) -> str:
    """Two cases, of which the second was opened a month after the first."""
    opened = [
        {"type": "opened", "occurred_at": f"2026-0{month}-02T08:00:00Z", "data": {"reference": f"C-{month}"}}
        for month in (3, 4)
    ]
    path = tmp_path / "story.jsonl"
    path.write_text("\n".join(map(json.dumps, opened)))
    return str(path)


def test_a_case_that_was_not_opened_by_then_is_left_out_and_reported(story):
    # when it is asked for a day between the openings
    done = CliRunner().invoke(app, ["sla", "evaluate", story, "--at", "2026-03-05T08:00:00Z", "--json"])
    # then the first case is evaluated, and the other one is said to be left out
    assert done.exit_code == 0
    assert json.loads(done.stdout)["case"] == "C-3"
    assert "C-4 was not opened by 2026-03-05 08:00:00Z: left out" in done.stderr
    # when no case is left, then that is an error
    assert "no case was opened by 2026-03-01" in error_of(
        "sla", "evaluate", story, "--at", "2026-03-01T08:00:00Z"
    )


def test_policies_of_which_none_goes_before_the_other_are_refused(story, tmp_path):
    # given a policy as specific as another one, in force at other times
    (tmp_path / "calendars").mkdir()
    (tmp_path / "calendars" / "berlin.toml").write_bytes(Path(BERLIN).read_bytes())
    text = Path(LEVEL_1).read_text(encoding="utf-8")
    twin = tmp_path / "twin.toml"
    twin.write_text(text.replace('"vendor-level-1"', '"twin"').replace("2026-01-01", "2027-01-01"))
    error = error_of("sla", "evaluate", story, "--policy", LEVEL_1, "--policy", str(twin))
    assert "vendor-level-1 and twin are as specific as each other" in error
    assert "give one of them" in error
    again = error_of("sla", "evaluate", story, "--policy", WHOLE, "--policy", WHOLE)
    assert "the policy vendor-end-to-end is given twice: try one version at a time" in again
    run("sla", "evaluate", story, "--policy", WHOLE, "--policy", LEVEL_1)


@pytest.fixture
def case(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A case that went to the vendor twice, under the vendor's published policy for level 1."""
    use(database, monkeypatch)
    run("calendar", "publish", BERLIN)
    run("policy", "publish", LEVEL_1)
    opening = c.OpenCase(
        customer="praxis", seller="nord", category=Category.TECHNICAL_SUPPORT, topic="recovery"
    )
    actor = GivenActor("importer", "vendor", Role.SYSTEM)
    steps: list[c.PlainAction] = [opening, c.EscalateCase(), c.HandBackCase(), c.EscalateCase()]
    with CommandBus(database, [CASES, SERVICE_LEVELS], "vendor") as bus:
        for hour, do in enumerate(steps, start=8):
            at = datetime(2026, 3, 2, hour, tzinfo=UTC)
            bus.give(c.CaseCommand(command_id=uuid4(), actor=actor, occurred_at=at, case="C-1", do=do))
    return "C-1"


def test_an_explanation_is_headed_by_the_level_and_number_of_its_clock(case):
    at = ("--at", "2026-03-02T12:00:00Z")
    assert "How hand-over, level 1 (2) adds up" in run("sla", "explain", case, "hand_over", *at)
    first = run("sla", "explain", case, "hand_over", "--number", "1", *at)
    assert "How hand-over, level 1 adds up" in first


def test_an_explanation_names_what_changed_the_terms_with_the_target_of_then(case):
    # Given a case of normal priority that became urgent while the vendor had it
    run("case", "priority", case, "--to", "urgent", "--at", "2026-03-02T11:30:00Z")
    asked_for = ("sla", "explain", case, "level_time", "--at", "2026-03-02T12:00:00Z")
    # When its time at the level is explained
    terms = asked(*asked_for)["terms"]
    # Then each change is named, in order, with the target that held from then on
    assert [(one["what"], one["priority"], one["target_seconds"]) for one in terms] == [
        ("started", "normal", 40 * 3600),
        ("priority_changed", "urgent", 8 * 3600),
    ]
    printed = run(*asked_for)
    assert "By what level time, level 1 was measured" in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_a_policy_is_tried_with_its_calendar_as_that_was_published(case, monkeypatch):
    # given a later program that knows other holidays
    monkeypatch.setattr(Germany, "_populate_public_holidays", lambda _: None)
    tried = []
    monkeypatch.setattr(what_if, "what_if", lambda _, policies, *__: tried.extend(policies) or Result())
    # when the published policy is tried, then by the calendar that was published
    run("sla", "whatif", "--policy", LEVEL_1)
    (policy,) = tried
    assert json.loads(msgspec.json.encode(policy)) == asked("policy", "show", "vendor-level-1")
    assert policy.calendar.holidays


def test_what_if_prints_the_same_however_many_processes_there_are(case):
    command = ("sla", "whatif", "--policy", WHOLE, "--at", "2026-06-30T12:00:00Z", "--json")
    one, two = (run(*command, "--processes", count) for count in "12")
    assert one == two
    clocks = [(row["clock"], row["level"], list(row["after"])) for row in json.loads(one)["clocks"]]
    assert clocks == [
        ("first_response", None, ["missed"]),
        ("resolution", None, ["missed"]),
        ("hand_over", "level_1", ["met", "missed"]),
        ("level_time", "level_1", ["missed"]),
    ]


@pytest.mark.parametrize(
    ("met", "missed", "shown"),
    [
        (1, 7, "12.5 %"),
        (1, 799, "0.1 %"),
        (1, 15, "6.3 %"),
        (3, 13, "18.8 %"),
        (2, 0, "100.0 %"),
        (0, 0, None),
    ],
)
def test_a_share_is_rounded_to_a_tenth_halves_up_as_the_view_does(met, missed, shown):
    assert percent_text(met, missed) == shown
