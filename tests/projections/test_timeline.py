"""The timeline's fold: every event of a case is a row, with what changed."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import cast

import psycopg
from hypothesis import given

from casecore.contract.wire import StoredEvent
from projections.kit.tables import schema
from projections.timeline.projection import TIMELINE
from projections.timeline.tables import InternalMessageRow, TimelineRow
from tests.projections.histories import (
    EFFORT,
    ESCALATE,
    INTERNAL,
    MESSAGE,
    NOON,
    TAKE,
    WAIT,
    history,
    interleaved,
    sent,
)
from tests.projections.memory import folded


def timeline(events: list[StoredEvent]) -> list[TimelineRow]:
    return cast(list[TimelineRow], list(folded(TIMELINE, sent(events)).rows["events"].values()))


def test_each_row_says_what_changed_and_how_the_case_stands_after_it() -> None:
    opened, taken, escalated = timeline(history("K-1", [TAKE, ESCALATE]))
    assert (opened.type, opened.state, opened.level) == ("opened", "opened", None)
    assert json.loads(taken.changed) == {
        "state": ["opened", "reseller_l0"],
        "level": [None, "level_0"],
        "agent": [None, "anna"],
    }
    assert json.loads(escalated.changed) == {
        "state": ["reseller_l0", "escalated_l1"],
        "organisation": ["seller", "vendor"],
        "level": ["level_0", "level_1"],
        "agent": ["anna", None],
    }
    assert (escalated.person, escalated.organisation, escalated.role) == ("importer", "vendor", "system")


def test_effort_changes_the_total() -> None:
    *_, first, second = timeline(history("K-1", [TAKE, EFFORT, EFFORT]))
    assert json.loads(first.changed) == {"effort_minutes": [0, 15]}
    assert json.loads(second.changed) == {"effort_minutes": [15, 30]}


def test_a_waiting_changes_since_when() -> None:
    *_, waiting = timeline(history("K-1", [TAKE, WAIT]))
    assert json.loads(waiting.changed) == {"waiting_since": [None, "2024-03-01T14:00:00Z"]}


def test_the_text_of_an_internal_message_is_in_a_row_of_its_own() -> None:
    # Given a case with a public and an internal message
    events = history("K-1", [TAKE, MESSAGE, INTERNAL])
    view = folded(TIMELINE, sent(events))
    # Then what every reader gets has a row for both, and the body of the public one only
    *_, public, internal = timeline(events)
    assert (public.type, public.internal, public.body) == ("message_posted", False, events[2].body.decode())
    assert (internal.type, internal.internal, internal.body) == ("message_posted", True, None)
    # and the other table has the internal one, with those for whom it was written
    [(key, row)] = view.rows["internal_messages"].items()
    assert key == (internal.case_id, internal.version)
    assert isinstance(row, InternalMessageRow)
    assert (row.position, row.reference, row.readers) == (internal.position, "K-1", '["seller","vendor"]')
    assert row.body == events[3].body.decode()


def test_the_state_at_a_past_instant_is_that_of_the_last_move_by_then(database: str) -> None:
    # Given a case that was taken at 13:00 and escalated at 14:00, and a message and an effort of before that
    # which came late
    before = NOON + timedelta(minutes=30)
    events = history("C-1", [TAKE, ESCALATE, MESSAGE, EFFORT], late={3: before, 4: before})
    asked = re.findall(r"```sql\n(.*?)```", Path("docs/views.md").read_text(encoding="utf-8"), re.DOTALL)
    wrong, right = [text.replace("2024-03-01T13:00Z", "2024-03-01T12:45Z") for text in asked[:2]]
    with psycopg.connect(database) as connection:
        schema.ensure(connection, TIMELINE)
        for row in timeline(events):
            places = ", ".join(["%s"] * len(row))
            connection.execute(f"insert into timeline.events values ({places})", row)
        # When its state at 12:45 is asked for as docs/views.md says
        # Then it is the one of then, and not the one after the escalation, which the late rows have
        assert connection.execute(right).fetchone() == ("opened",)
        assert connection.execute(wrong).fetchone() == ("escalated_l1",)


@given(events=interleaved())
def test_there_is_one_row_for_each_event_and_its_body_is_the_fact(events: list[StoredEvent]) -> None:
    view = folded(TIMELINE, sent(events))
    bodies = {key: cast(TimelineRow, row).body for key, row in view.rows["events"].items()}
    internal = {
        key: cast(InternalMessageRow, row).body for key, row in view.rows["internal_messages"].items()
    }
    assert {key for key, body in bodies.items() if body is None} == set(internal)
    assert {**bodies, **internal} == {
        (event.stream_id, event.version): event.body.decode() for event in events
    }
