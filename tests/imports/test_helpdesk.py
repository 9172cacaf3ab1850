"""The help-desk log through its mapping and the decider: every case and every row as the reference says."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from casecore.cases.decider import CASES
from casecore.cases.state import Case
from casecore.commands.admission import Admission
from casecore.contract.cases import Level, State
from casecore.contract.envelope import Fact
from casecore.contract.types import EVENT_TYPES
from casecore.decider.decider import Context
from casecore.imports.mapping import read_mapping
from casecore.imports.places import PlaceCounter
from casecore.imports.source_file import SourceRow, open_source
from casecore.imports.translation import Translator
from casecore.imports.xes import read_xes
from tests.imports import reference

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MAPPING = Path(__file__).parents[2] / "data" / "helpdesk.toml"

ACTIVITIES = {
    "Take in charge ticket": 5_060,
    "Resolve ticket": 4_983,
    "Assign seriousness": 4_938,
    "Closed": 4_574,
    "Wait": 1_463,
    "Require upgrade": 119,
    "Insert ticket": 118,
    "Create SW anomaly": 67,
    "Resolve SW anomaly": 13,
    "Schedule intervention": 5,
    "VERIFIED": 3,
    "RESOLVED": 2,
    "INVALID": 2,
    "DUPLICATE": 1,
}

IMPLIED = 5_220
NOTED = 1_158

MOVE_OF_TYPE = {
    "casecore.case.opened.v1": "open",
    "casecore.case.taken.v1": "take",
    "casecore.case.assigned.v1": "assign",
    "casecore.case.escalated.v1": "escalate",
    "casecore.case.handed_back.v1": "hand_back",
    "casecore.case.waiting_started.v1": "wait",
    "casecore.case.priority_changed.v1": "priority",
    "casecore.case.resolved.v1": "resolve",
    "casecore.case.reopened.v1": "reopen",
    "casecore.case.closed.v1": "close",
    "casecore.case.cancelled.v1": "cancel",
    "casecore.case.activity_noted.v1": "note",
}

STATE_NAMES = {
    State.OPENED: "opened",
    State.RESELLER_L0: "level 0",
    State.ESCALATED_L1: "level 1",
    State.RESOLVED: "resolved",
    State.CLOSED: "closed",
    State.CANCELLED: "cancelled",
}


class Imported(NamedTuple):
    """The log as the importer read it, and what the decider made of it."""

    rows: list[SourceRow]
    outcomes: dict[str, list[reference.Outcome]]
    facts: dict[str, list[Fact]]
    final: dict[str, Case]


@pytest.fixture(scope="module")
def expected() -> dict[str, tuple[list[reference.Row], reference.Ticket, list[reference.Outcome]]]:
    return {name: (rows, *reference.play(rows)) for name, rows in reference.cases()}


@pytest.fixture(scope="module")
def imported() -> Imported:
    translator = Translator(read_mapping(MAPPING), "vendor")
    admission = Admission([CASES])
    found = Imported([], {}, {}, {})
    with open_source(reference.LOG) as source, PlaceCounter() as places:
        for row in read_xes(source, "concept:name", places):
            command = admission.admit(translator.command_for(row).command).command
            case = found.final.get(row.case)
            decision = CASES.decide(case, command, Context(NOW, command.occurred_at, "vendor"))
            facts = found.facts.setdefault(row.case, [])
            for place, data in enumerate(decision.events):
                last = place == len(decision.events) - 1
                fact = Fact(
                    occurred_at=command.occurred_at,
                    actor=command.actor.as_actor(),
                    command_id=command.command_id,
                    correlation_id=command.command_id,
                    implied=place < decision.implied,
                    source=decision.source if last else None,
                    data=data,
                )
                case = CASES.evolve(case, fact)
                facts.append(fact)
            moves = [MOVE_OF_TYPE[EVENT_TYPES.name_of(data)] for data in decision.events]
            outcome = reference.Outcome(tuple(moves[: decision.implied]), *moves[decision.implied :])
            found.outcomes.setdefault(row.case, []).append(outcome)
            found.final[row.case] = case
            found.rows.append(row)
    return found


def test_all_rows_and_cases_of_the_log_are_read(imported):
    assert len(imported.rows) == 21_348
    assert len(imported.final) == 4_580
    assert Counter(row.attributes["concept:name"] for row in imported.rows) == ACTIVITIES


def test_every_row_becomes_the_event_that_the_reference_says_after_the_same_implied_moves(expected, imported):
    assert {case: outcomes for case, (_, _, outcomes) in expected.items()} == imported.outcomes


def test_every_case_ends_as_the_reference_says(expected, imported):
    def as_reference(case: Case) -> tuple[str, str, str | None, bool, str]:
        standing = case.standing
        return (
            STATE_NAMES[standing.state],
            "level 1" if standing.level is Level.LEVEL_1 else "level 0",
            standing.agent,
            standing.waiting_since is not None,
            standing.priority.value,
        )

    assert {name: as_reference(case) for name, case in imported.final.items()} == {
        name: (t.state, t.held_at, t.agent, t.waiting, t.priority) for name, (_, t, _) in expected.items()
    }


def test_each_row_is_one_event_that_keeps_activity_person_time_and_attributes(expected, imported):
    for case, (rows, _, _) in expected.items():
        kept = [fact for fact in imported.facts[case] if not fact.implied]
        assert len(kept) == len(rows)
        for place, (row, fact) in enumerate(zip(rows, kept, strict=True), start=1):
            source = fact.source
            assert source is not None
            assert (source.name, source.case, source.place) == ("helpdesk", case, place)
            assert (source.activity, source.resource) == (row.activity, row.person)
            assert fact.occurred_at == datetime.fromisoformat(row.time)
            free = {"concept:name", "org:resource", "time:timestamp"}
            assert source.attributes == {k: v for k, v in row.attributes.items() if k not in free}
        assert all(fact.source is None for fact in imported.facts[case] if fact.implied)


def test_each_row_has_an_identity_of_its_own_also_those_that_repeat_an_earlier_one(expected, imported):
    repeats = 0
    for rows, _, _ in expected.values():
        seen = Counter((row.activity, row.time, row.person) for row in rows)
        repeats += sum(count - 1 for count in seen.values())
    commands = {fact.command_id for facts in imported.facts.values() for fact in facts}
    assert repeats == 127
    assert len(commands) == 21_348


def test_what_no_one_would_make_up_is_in_the_log_and_is_imported(expected):
    before_take = takes_after = resolves_after = closed_twice = 0
    for rows, _, _ in expected.values():
        activities = [row.activity for row in rows]
        for place, activity in enumerate(activities):
            earlier = activities[:place]
            before_take += activity == "Resolve ticket" and "Take in charge ticket" not in earlier
            takes_after += activity == "Take in charge ticket" and "Resolve ticket" in earlier
            resolves_after += activity == "Resolve ticket" and "Resolve ticket" in earlier
        closed_twice += activities.count("Closed") > 1
    assert (before_take, takes_after, resolves_after, closed_twice) == (374, 206, 414, 15)


def test_the_cases_with_odd_paths_keep_all_their_rows(expected, imported):
    # Given the rows of the kinds above, when they are imported, then what they imply is what the rules say.
    odd = Counter()
    for case, (rows, _, _) in expected.items():
        for row, outcome in zip(rows, imported.outcomes[case], strict=True):
            odd[row.activity, outcome] += 1
    outcome = reference.Outcome
    assert odd["Resolve ticket", outcome(("take",), "resolve")] > 0
    assert odd["Take in charge ticket", outcome(("reopen",), "assign")] > 0
    assert odd["Resolve ticket", outcome(("reopen",), "resolve")] > 0
    assert odd["Closed", outcome((), "note")] >= 15
    assert sum(len(outcome.implied) * count for (_, outcome), count in odd.items()) == IMPLIED
    assert sum(count for (_, outcome), count in odd.items() if outcome.event == "note") == NOTED
