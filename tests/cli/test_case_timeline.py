"""A case's timeline, as `case show` prints it: the words and people of the log it was imported from."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from casecore.app.background_runs.plain import as_plain
from casecore.cli import output
from casecore.cli.commands.case.timeline import print_timeline, timeline_fields, what_happened, who_did_it
from projections.timeline.queries import TimelineEvent


def event(kind: str, data: dict | None = None, source: dict | None = None, **more: object) -> TimelineEvent:
    body = {"data": data or {}, **({"source": source} if source else {})}
    given = {
        "case_id": UUID(int=1),
        "version": 1,
        "position": 1,
        "reference": "HD-1",
        "type": kind,
        "occurred_at": datetime(2024, 5, 6, 9, 0, 1, 234_567, tzinfo=UTC),
        "recorded_at": datetime(2024, 5, 6, 9, 0, 2, 345_678, tzinfo=UTC),
        "person": "import:helpdesk",
        "organisation": "vendor",
        "role": "system",
        "state": "opened",
        "level": None,
        "holder": "helpdesk",
        "agent": None,
        "implied": False,
        "changed": "{}",
        "source_activity": source["activity"] if source else None,
        "internal": False,
        "body": json.dumps(body),
    }
    return TimelineEvent(**{**given, **more})


SOURCE = {"name": "desk", "case": "1", "place": 1, "activity": "Require upgrade"}


def test_an_imported_event_has_the_activity_of_its_row():
    assert what_happened(event("activity_noted", source=SOURCE)) == "activity noted: Require upgrade"
    assert what_happened(event("taken", implied=True)) == "taken (implied)"


def test_the_system_is_named_with_whom_it_acted_for_unless_the_row_names_its_own_person():
    named = {"person": "ida", "organisation": "nord", "role": "seller"}
    noted = event("activity_noted", source=SOURCE)
    body = json.dumps({**json.loads(noted.body), "on_behalf_of": named})
    assert who_did_it(noted._replace(body=body)) == "import:helpdesk for ida"
    by_ann = json.dumps({**json.loads(body), "source": {**SOURCE, "resource": "Ann"}})
    assert who_did_it(noted._replace(body=by_ann)) == "Ann"
    assert as_plain(timeline_fields(noted._replace(body=body)))["body"] == msgspec.Raw(body.encode())


def test_a_message_that_is_not_for_the_customer_is_called_internal():
    assert what_happened(event("message_posted")) == "message posted"
    assert what_happened(event("message_posted", internal=True)) == "message posted, internal"


@pytest.mark.parametrize(
    ("resource", "by"),
    [
        ("Ann", "Ann"),
        ({"form": "plain", "text": "Ann"}, "Ann"),
        ({"form": "sealed", "key_id": "k-1", "ciphertext": "eA=="}, "[sealed under k-1]"),
        (None, "import:helpdesk"),
    ],
)
def test_an_imported_event_is_by_the_person_of_its_row(resource, by):
    source = SOURCE if resource is None else {**SOURCE, "resource": resource}
    assert who_did_it(event("taken", source=source)) == by


def test_whoever_gave_the_command_did_what_was_not_imported():
    assert who_did_it(event("taken", person="ida")) == "ida"


def test_a_program_gets_personal_and_plain_attributes_in_one_shape():
    source = {
        **SOURCE,
        "resource": {"form": "plain", "text": "Ann"},
        "attributes": {"level": "2", "contact": {"form": "plain", "text": "Dr. B."}, "who": "Bea"},
        "types": {"level": "int"},
    }
    [shown] = json.loads(msgspec.json.encode([as_plain(timeline_fields(event("taken", source=source)))]))
    assert shown["source"] == {
        "person": {"text": "Ann", "personal": True, "type": "string"},
        "attributes": {
            "level": {"text": "2", "personal": False, "type": "int"},
            "contact": {"text": "Dr. B.", "personal": True, "type": "string"},
            "who": {"text": "Bea", "personal": False, "type": "string"},
        },
    }
    assert shown["body"]["source"] == source
    assert "source" not in timeline_fields(event("taken"))


@pytest.mark.parametrize(
    ("kind", "data", "what"),
    [
        (
            "service_level_warned",
            {"clock": "resolution", "percent": 75},
            "service level warned: resolution, 75 %",
        ),
        (
            "service_level_warned",
            {"clock": "level_time", "level": "level_1", "percent": 50},
            "service level warned: level time at level 1, 50 %",
        ),
        ("service_level_missed", {"clock": "first_response"}, "service level missed: first response"),
    ],
)
def test_a_service_level_is_named_with_its_clock_and_share(kind, data, what):
    assert what_happened(event(kind, data)) == what


def test_a_timeline_fits_a_terminal_and_has_whole_seconds(monkeypatch):
    monkeypatch.setattr(output.screen, "width", 80, raising=False)
    long = {**SOURCE, "activity": "Take in charge ticket", "resource": "Ann"}
    with output.screen.capture() as captured:
        print_timeline("HD-1", [event("activity_noted", source=long), event("taken", agent="ida")])
    text = captured.get()
    assert "2024-05-06 11:00:01" in text
    assert "occurred (CEST)" in text
    assert ".2345" not in text
    assert "activity noted:" in text
    assert "ticket" in text
    assert max(map(len, text.splitlines())) <= 80


def test_what_was_recorded_late_is_marked_with_when(monkeypatch):
    # Given a miss of 12:00, a pause that began at 11:00 and was recorded at 18:00, and an import of long ago
    monkeypatch.setattr(output.screen, "width", 200, raising=False)
    at_noon = {"occurred_at": instant(12), "recorded_at": instant(12)}
    late = {"occurred_at": instant(11), "recorded_at": instant(18)}
    a_minute = {"occurred_at": instant(18), "recorded_at": instant(18) + timedelta(seconds=60)}
    overtaken = {"occurred_at": instant(17), "recorded_at": instant(17) + timedelta(seconds=1)}
    timeline = [
        event("opened", occurred_at=instant(8), recorded_at=instant(18), source=SOURCE),
        event("service_level_missed", {"clock": "resolution"}, **at_noon),
        event("waiting_started", **late),
        event("waiting_ended", **a_minute),
        event("message_posted", **overtaken),
    ]
    with output.screen.capture() as captured:
        print_timeline("C-1", timeline)
    lines = captured.get().splitlines()[3:]
    # Then those are marked that came long after they happened, or after something later
    assert ["recorded" in line for line in lines] == [False, False, True, False, True]
    # and of a case that was recorded in the evening, only what came out of order, and the opening
    as_a_whole = [
        event("opened", occurred_at=instant(8), recorded_at=instant(18)),
        event("taken", occurred_at=instant(9), recorded_at=instant(18)),
        event("message_posted", occurred_at=instant(8), recorded_at=instant(18)),
    ]
    with output.screen.capture() as captured:
        print_timeline("C-1", as_a_whole)
    assert ["recorded" in line for line in captured.get().splitlines()[3:]] == [True, False, True]
    assert "waiting started, recorded 2024-05-06" in lines[2]


def instant(hour):
    return datetime(2024, 5, 6, hour, tzinfo=UTC)
