"""The help desk's log under its two policies: each figure of each case, as a second computation has it."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.journeys.harness import checker
from tests.journeys.harness.program import Program
from tests.journeys.helpdesk import service_levels as second
from tests.journeys.helpdesk.answers import (
    Row,
    assert_same,
    by_holder,
    due_and_target,
    figures,
    notes,
    notes_expected,
    seconds,
    statuses_of,
    told_by,
    unwarned,
)
from tests.journeys.helpdesk.service_levels import Figures, Name
from tests.journeys.helpdesk.stories import Story, stories

POLICIES = Path("docs/service-levels")
CALENDAR = POLICIES / "calendars" / "helpdesk.toml"
END_TO_END, LEVEL_0 = "helpdesk-end-to-end", "helpdesk-level-0"
OWNER = ("--as", "seller:helpdesk:anna")
PATIENT = {"CASECORE_FRESHNESS_SECONDS": "300"}
IMPORTER = ("--reason", "imported", "--as", "seller:helpdesk:import", "--json")

CLOCKS = """select reference, clock, level, number, priority, target_seconds, status, started_at, due_at,
  met_at, missed_at, elapsed_seconds, paused_seconds from sla.clocks_at(%s) where reference like 'HD-%%'"""
HOLDERS = """select reference, holder, organisation, agent, seconds from sla.holders_at(%s)
where reference like 'HD-%%'"""


class Desk(NamedTuple):
    """The program after both policies were pinned, what each pinning said, and what should be known `at`.

    `reported` is the report that was asked for as soon as the policies were pinned.
    """

    program: Program
    pinned: dict[tuple[str, int], Row]
    reported: dict[str, object]
    at: int
    stories: list[Story]
    expected: dict[Name, Figures]

    @property
    def at_text(self) -> str:
        return datetime.fromtimestamp(self.at, UTC).isoformat()


@pytest.fixture(scope="module")
def desk(imported: Program) -> Desk:
    imported.run("calendar", "publish", str(CALENDAR), *OWNER)
    for policy in (END_TO_END, LEVEL_0):
        imported.run("policy", "publish", str(POLICIES / f"{policy}.toml"), *OWNER)
    pinned, reported, at = {}, {}, 0
    for turn in (1, 2):
        for policy in (END_TO_END, LEVEL_0):
            pinned[policy, turn] = json.loads(imported.run("policy", "pin", policy, *IMPORTER))
        if turn == 1:
            at = int((datetime.now(UTC) + timedelta(seconds=2)).timestamp())
            report = ("sla", "report", "--at", datetime.fromtimestamp(at, UTC).isoformat(), "--json")
            reported = json.loads(imported.run(*report, environment=PATIENT))
    imported.wait_until_folded()
    cases = list(stories())
    return Desk(imported, pinned, reported, at, cases, second.clocks(cases, at))


def test_each_policy_is_pinned_once_to_each_case_that_it_is_for(desk: Desk) -> None:
    been_at_level_0 = sum(any(s.place == "level_0" for s in story.phases) for story in desk.stories)
    assert len(desk.stories) == 4_580
    assert {which: result["pinned"] for which, result in desk.pinned.items()} == {
        (END_TO_END, 1): 4_580,
        (LEVEL_0, 1): been_at_level_0,
        (END_TO_END, 2): 0,
        (LEVEL_0, 2): 0,
    }
    assert all(result["refused"] == 0 for result in desk.pinned.values())


def test_every_clock_of_every_case_has_the_figures_of_the_second_computation(desk: Desk) -> None:
    with psycopg.connect(desk.program.database, row_factory=dict_row) as connection:
        found = figures(connection.execute(CLOCKS, (desk.at_text,)).fetchall())
    assert_same(found, unwarned(desk.expected))
    # Then the log has all that can become of a clock
    statuses = {clock.status for clock in found.values()}
    assert statuses == {"met", "missed", "cancelled", "paused"}


def test_every_second_of_every_case_has_its_holder(desk: Desk) -> None:
    with psycopg.connect(desk.program.database) as connection:
        rows = connection.execute(HOLDERS, (desk.at_text,)).fetchall()
    found: dict[str, Counter[second.Holder]] = {story.reference: Counter() for story in desk.stories}
    for reference, holder, organisation, agent, duration in rows:
        found[reference][holder, organisation, agent or None] = duration
    expected = {story.reference: second.holders(story, desk.at) for story in desk.stories}
    assert_same(found, expected)
    # Then they add up to each case's age
    for story in desk.stories:
        end = story.phases[-1].end
        assert found[story.reference].total() == (desk.at if end is None else end) - story.phases[0].start
    # And over all cases each holder has what the second computation says
    assert by_holder(found.values()) == by_holder(expected.values())


def test_the_report_says_what_was_met_and_missed_in_each_month(desk: Desk) -> None:
    printed = json.loads(desk.program.run("sla", "report", "--at", desk.at_text, "--json"))
    found = {
        (row["month"], row["clock"], row["level"], row["priority"]): (row["met"], row["missed"])
        for row in printed["attainment"]
    }
    counted: dict[tuple[str, str, str, str], Counter[str]] = {}
    for name, clock in desk.expected.items():
        if clock.status in ("met", "missed"):
            key = (str(second.month(clock)), name.clock, name.level or "", clock.priority)
            counted.setdefault(key, Counter())[clock.status] += 1
    assert_same(found, {key: (counts["met"], counts["missed"]) for key, counts in counted.items()})
    assert {row["organisation"] for row in printed["attainment"]} == {"helpdesk"}
    # And the report said so as soon as the policies were pinned
    assert desk.reported == printed
    assert printed["behind"] == 0


def test_the_cases_without_a_policy_are_those_that_the_vendor_had(desk: Desk) -> None:
    printed = json.loads(desk.program.run("sla", "unmatched", "--limit", "100000", "--json"))
    found = {row["reference"]: row["without_policy"] for row in printed if row["reference"].startswith("HD-")}
    went_up = {s.reference for s in desk.stories if any(phase.place == "level_1" for phase in s.phases)}
    assert found == {case: ["level_1"] for case in went_up}


def test_a_case_is_shown_with_the_same_figures(desk: Desk) -> None:
    # Given a case for each thing that can become of a clock, and one that was handed over often
    samples = {clock.status: name.case for name, clock in desk.expected.items()}
    samples["often"] = max(desk.expected, key=lambda name: (name.number, name.case)).case
    for case in set(samples.values()):
        # When it is asked for
        shown = json.loads(desk.program.run("sla", "case", case, "--at", desk.at_text, "--json"))
        # Then clocks and holders are those of the second computation
        expected = {name: clock for name, clock in desk.expected.items() if name.case == case}
        assert_same(figures(shown["clocks"]), unwarned(expected))
        held = {(h["holder"], h["organisation"], h["agent"] or None): h["seconds"] for h in shown["holders"]}
        story = next(story for story in desk.stories if story.reference == case)
        assert held == second.holders(story, desk.at)


def test_other_targets_are_tried_on_all_cases_and_nothing_is_stored(desk: Desk, tmp_path: Path) -> None:
    # Given the policy of the whole case with another target, in a file
    (tmp_path / "calendars").mkdir()
    shutil.copy(CALENDAR, tmp_path / "calendars")
    tried = tmp_path / "stricter.toml"
    tried.write_text(
        f'id = "{END_TO_END}"\nversion = 2\norganisation = "helpdesk"\ncovers = "end_to_end"\n'
        'in_force_from = 2010-01-01\ncalendar = "calendars/helpdesk.toml"\n\n[clocks.resolution]\n'
        'target = { low = "PT200H", normal = "PT180H", high = "PT400H", urgent = "PT40H" }\npauses = true\n'
    )
    hours = {"low": 200, "normal": 180, "high": 400, "urgent": 40}
    before = checker.last_position(desk.program.database)
    # When it is tried
    command = ("sla", "whatif", "--policy", str(tried), "--at", desk.at_text, "--limit", "1000000", "--json")
    result = json.loads(desk.program.run(*command))
    # Then what is counted before and after is what the second computation counts
    others = second.clocks(desk.stories, desk.at, [second.RESOLUTION._replace(hours=hours)])
    after = {**desk.expected, **others}
    found = {(row["clock"], row["level"]): (row["before"], row["after"]) for row in result["clocks"]}
    was, becomes = statuses_of(desk.expected), statuses_of(after)
    assert found == {clock: (was[clock], becomes[clock]) for clock in was}
    # And the clocks that are predicted to differ are exactly those that do
    changes = {
        Name(c["case"], c["clock"], c["level"], c["number"]): (c["before"], c["after"])
        for c in result["changes"]
    }
    differing = {
        name: (clock.status, after[name].status)
        for name, clock in desk.expected.items()
        if clock.status != after[name].status
    }
    assert_same(changes, differing)
    assert {("met", "missed"), ("missed", "met")} <= set(changes.values())
    assert result["cases_changed"] == len({name.case for name in changes})
    # And nothing was stored
    assert checker.last_position(desk.program.database) == before


def test_the_watch_makes_each_warning_and_miss_an_event_once(desk: Desk) -> None:
    # When it looks twice
    first, again = (
        json.loads(desk.program.run("sla", "watch", "--once", "--json"))["recorded"] for _ in range(2)
    )
    # Then each warning and miss of the second computation is an event, with its time, due and target
    found = Counter(
        (told_by(body["data"]), what, seconds(body["occurred_at"]), *due_and_target(body["data"]))
        for what, body in notes(checker.read_store(desk.program.database))
    )
    expected = Counter(dict.fromkeys(notes_expected(desk.expected), 1))
    assert_same(found, expected)
    assert (first, again) == (expected.total(), 0)
    # And the figures are as they were
    desk.program.wait_until_folded()
    with psycopg.connect(desk.program.database, row_factory=dict_row) as connection:
        rows = connection.execute(CLOCKS, (desk.at_text,)).fetchall()
    assert_same(figures(rows), unwarned(desk.expected))


def test_the_view_built_again_is_the_live_one_and_the_audit_finds_no_difference(desk: Desk) -> None:
    report = json.loads(desk.program.run("rebuild", "sla", "--json"))
    assert report["equal"] is True
    assert {table["table"] for table in report["compared"]} >= {"cases", "clocks", "holders", "calendars"}
    assert all(table["live_hash"] == table["rebuilt_hash"] for table in report["compared"])
    audit = json.loads(desk.program.run("audit", "--json"))
    assert audit["differs"] is False
    assert audit["topics"]["events"] == len(checker.read_store(desk.program.database))
    assert [view["equal"] for view in audit["views"]] == [True, True, True, True]
