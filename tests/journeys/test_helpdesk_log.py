"""The help desk's log, from file to view: every row counts once, and every case ends as the rules say."""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict

import psycopg

from casecore.local.postgres import POSTGRES_VERSION
from tests.imports import reference
from tests.journeys.harness import checker
from tests.journeys.harness.program import HELPDESK_LOG, Program

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
"""Source activities and how often each occurs, as the log's publishers and a plain count agree."""

MOVES = {
    "opened": "open",
    "taken": "take",
    "assigned": "assign",
    "escalated": "escalate",
    "handed_back": "hand_back",
    "waiting_started": "wait",
    "priority_changed": "priority",
    "resolved": "resolve",
    "reopened": "reopen",
    "closed": "close",
    "cancelled": "cancel",
    "activity_noted": "note",
}
STATES = {
    "opened": "opened",
    "reseller_l0": "level 0",
    "escalated_l1": "level 1",
    "resolved": "resolved",
    "closed": "closed",
    "cancelled": "cancelled",
}


def events_by_case(store: list[checker.Event]) -> dict[str, list[tuple[str, bool, dict[str, object]]]]:
    found: dict[str, list[tuple[str, bool, dict[str, object]]]] = defaultdict(list)
    for event in store:
        body = json.loads(event["body"])
        if "source" in body or body.get("implied"):
            move = MOVES[event["type"].split(".")[2]]
            found[body["data"]["reference"]].append((move, body.get("implied", False), body))
    return found


def test_the_log_is_whole_in_the_store_the_topic_and_the_timeline(imported: Program) -> None:
    store = checker.of_cases(checker.read_store(imported.database))
    topic = [e for events in checker.read_topic(imported.cluster, imported.topic).values() for e in events]
    with psycopg.connect(imported.database) as connection:
        timeline = connection.execute("select body from timeline.events").fetchall()
    for bodies in (
        [json.loads(event["body"]) for event in store],
        [json.loads(event["body"]) for event in topic],
        [row[0] for row in timeline],
    ):
        own = [body for body in bodies if "source" in body and not body.get("implied")]
        assert len(own) == 21_348
        assert len({body["data"]["reference"] for body in bodies}) == 4_580
        assert Counter(body["source"]["activity"] for body in own) == ACTIVITIES
        assert len({(b["source"]["name"], b["source"]["case"], b["source"]["place"]) for b in own}) == 21_348


def test_all_laws_hold(imported: Program) -> None:
    assert imported.check_laws() == len(checker.read_store(imported.database))


def test_each_case_has_the_events_and_the_state_that_the_reference_says(imported: Program) -> None:
    found = events_by_case(checker.read_store(imported.database))
    by_source = {events[-1][2]["source"]["case"]: events for events in found.values()}  # type: ignore[index]
    facts = Counter[str]()
    for name, rows in reference.cases():
        ticket, outcomes = reference.play(rows)
        expected = [
            entry
            for outcome in outcomes
            for entry in [*((move, True) for move in outcome.implied), (outcome.event, False)]
        ]
        events = by_source[name]
        assert [(move, implied) for move, implied, _ in events] == expected, name
        standing = events[-1][2]["data"]["standing"]  # type: ignore[index]
        assert STATES[standing["state"]] == ticket.state, name
        own = [body["source"]["activity"] for _, implied, body in events if not implied]  # type: ignore[index]
        facts += count_facts(own)
    # Then the oddities that only a real log has are all there
    assert facts == {
        "resolve before any take": 374,
        "take after a resolve": 206,
        "resolve after a resolve": 414,
        "closed more than once": 15,
    }


def count_facts(activities: list[str]) -> Counter[str]:
    """Plain counts over a case's own rows, whatever became of them."""
    take, resolve = "Take in charge ticket", "Resolve ticket"
    facts = Counter[str]()
    for place, activity in enumerate(activities):
        before = activities[:place]
        facts["resolve before any take"] += activity == resolve and take not in before
        facts["take after a resolve"] += activity == take and resolve in before
        facts["resolve after a resolve"] += activity == resolve and resolve in before
    facts["closed more than once"] += activities.count("Closed") > 1
    return facts


def test_the_audit_names_the_first_difference(imported: Program) -> None:
    # Given a row of a view that was changed by hand
    with psycopg.connect(imported.database, autocommit=True) as connection:
        connection.execute("update workload.cases set effort_minutes = 77 where reference = 'HD-10'")
        printed = imported.run("audit", exits=5)
        connection.execute("update workload.cases set effort_minutes = 0 where reference = 'HD-10'")
    assert "workload.cases" in printed
    assert "effort_minutes" in printed
    assert "77" in printed


def test_a_second_import_stores_nothing_and_says_so(imported: Program) -> None:
    before = len(checker.read_store(imported.database))
    printed = imported.run("import", *HELPDESK_LOG)
    assert "Nothing was stored." in printed
    assert len(checker.read_store(imported.database)) == before


def test_a_rebuilt_view_is_the_live_one_which_answers_all_the_while(imported: Program) -> None:
    # Given a reader that asks the live view without pause, and a case that changes meanwhile
    asked, failed, ended = Counter[int](), [], threading.Event()

    def ask() -> None:
        with psycopg.connect(imported.database, autocommit=True) as connection:
            while not ended.is_set():
                try:
                    found = connection.execute("select count(*) from workload.cases").fetchone()
                    asked[found[0] if found else -1] += 1
                except psycopg.Error as error:
                    failed.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    # When it is rebuilt
    report = json.loads(imported.run("rebuild", "workload", "--json"))
    ended.set()
    asking.join()
    # Then both are equal by hash, every question was answered, and from the whole
    assert report["equal"] is True
    assert {table["table"] for table in report["compared"]} >= {"cases"}
    assert all(table["live_hash"] == table["rebuilt_hash"] for table in report["compared"])
    assert failed == []
    assert set(asked) == {4_580}
    assert asked.total() > 10
    # And the view goes on from there
    opening = ["case", "open", "--customer", "c", "--seller", "nord", "--topic", "recovery"]
    imported.run(*opening, "--reference", "AFTER-REBUILD", "--as", "seller:nord:ida")
    shown = imported.ask_until_fresh("case", "show", "AFTER-REBUILD")
    assert shown["case"]["state"] == "opened"


def test_the_database_is_the_one_that_is_promised(imported: Program) -> None:
    with psycopg.connect(imported.database) as connection:
        assert connection.info.server_version // 10_000 == POSTGRES_VERSION
