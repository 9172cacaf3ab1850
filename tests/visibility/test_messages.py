"""Who sees a message of a case: everywhere the same, also of an audience that only a newer program knows."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import psycopg
import pytest

from casecore.app.feed.judging import Judge
from casecore.contract.cases import Audience
from casecore.contract.wire import StoredEvent
from casecore.visibility import messages, rules
from casecore.visibility.messages import RULE_BY_AUDIENCE, sees_event
from casecore.visibility.rules import Viewer

PARTS = {"customer": "praxis", "seller": "nord", "vendor": "vendor", "partner": None}
IN_THE_CASE = ("praxis", "nord", "vendor")
MESSAGE, NEWER_TYPE = "casecore.case.message_posted.v1", "casecore.case.poll_begun.v1"

Said = dict[str, object]


def viewer(organisation: str) -> Viewer:
    return Viewer(organisation, is_vendor=organisation == "vendor")


def body_of(said: Said) -> bytes:
    return msgspec.json.encode({"occurred_at": "2026-03-02T09:30:00Z", "data": {**PARTS, **said}})


def seen_as_stored(event_type: str, said: Said) -> set[str]:
    return {one for one in IN_THE_CASE if sees_event(viewer(one), event_type, body_of(said))}


def seen_in_the_feed(event_type: str, said: Said) -> set[str]:
    event = StoredEvent(1, uuid4(), 1, event_type, datetime(2026, 3, 2, tzinfo=UTC), body_of(said))
    (judged,) = Judge("casecore").judge([event], lambda _: {event.stream_id: event})
    return {one for one in IN_THE_CASE if judged.shown_to(viewer(one)) is not None}


CASES = [
    (MESSAGE, {"audience": "public"}, set(IN_THE_CASE)),
    (MESSAGE, {"audience": "public", "readers": ["nord"]}, set(IN_THE_CASE)),
    (MESSAGE, {"audience": "internal", "readers": ["nord", "vendor"]}, {"nord", "vendor"}),
    (MESSAGE, {"audience": "internal", "readers": []}, set()),
    (MESSAGE, {"audience": "all_but", "readers": ["nord"]}, set()),
    (MESSAGE, {"audience": "internal", "readers": {"nord": "may read"}}, set()),
    (MESSAGE, {}, set()),
    (NEWER_TYPE, {}, set(IN_THE_CASE)),
    (NEWER_TYPE, {"audience": "internal", "readers": ["nord"]}, {"nord"}),
    (NEWER_TYPE, {"readers": ["nord"]}, set()),
]


@pytest.mark.parametrize(("event_type", "said", "seen_by"), CASES)
def test_a_message_is_for_those_whom_its_audience_is(event_type: str, said: Said, seen_by: set[str]) -> None:
    assert seen_as_stored(event_type, said) == seen_by
    assert seen_in_the_feed(event_type, said) == seen_by
    # and whoever looks from the command line sees everything
    assert sees_event(None, event_type, body_of(said))


def test_a_row_of_a_message_is_for_the_same(database: str) -> None:
    query = f"""select from (select {messages.READERS}, %(internal)s::boolean as internal
        from (values (%(body)s::jsonb, %(readers)s::jsonb)) as one (body, readers)) as messages
        where {messages.condition("messages")}"""
    with psycopg.connect(database) as connection:

        def is_seen(who: Viewer | None, said: Said) -> bool:
            readers = msgspec.json.encode(said.get("readers", [])).decode()
            given = {"internal": said["audience"] != "public", "readers": readers, **rules.given(who)}
            found = connection.execute(query.encode(), {**given, "body": body_of(said).decode()})
            return found.fetchone() is not None

        for event_type, said, seen_by in CASES:
            if event_type == MESSAGE and isinstance(said.get("readers", []), list) and said:
                assert {one for one in IN_THE_CASE if is_seen(viewer(one), said)} == seen_by, said
                assert is_seen(None, said)


def test_each_audience_that_a_command_may_name_has_a_rule() -> None:
    assert set(RULE_BY_AUDIENCE) == {one.value for one in Audience}
