"""A topic with what an example must be able to deal with: new versions, new words, bad records, old days."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from casecore.kafka.cluster import Cluster
from casecore.kafka.settings import connection
from tests.examples.reference import Kept
from tests.examples.subscribers import NOTHING, Example, Subscriber, updated

LONG_AGO = datetime(2026, 3, 1, 12, tzinfo=UTC)
RECENTLY = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Topic:
    """A topic to which events are written as the relay does, and what is not one, too."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster = cluster
        self.name = name
        with KafkaAdminClient(**connection(cluster)) as admin:
            admin.create_topics([NewTopic(name, 3, 1)])
            admin.wait_for_topics([name])
        self._producer = KafkaProducer(**connection(cluster), transactional_id=name)
        self._producer.init_transactions()
        self._aborts = False
        self._versions: dict[str, int] = {}

    def close(self) -> None:
        self._producer.close()

    @contextmanager
    def aborted(self) -> Iterator[None]:
        """What is written in the block never happened."""
        versions = dict(self._versions)
        self._aborts = True
        yield
        self._aborts, self._versions = False, versions

    def event(
        self,
        case: str,
        event_type: str,
        standing: Mapping[str, str],
        at: datetime = RECENTLY,
        **more: Any,
    ) -> None:
        """An event of a case, published a minute after it was recorded."""
        version = self._versions[case] = self._versions.get(case, 0) + 1
        headers = {
            "ce_id": f"{case}/{version}",
            "ce_type": f"casecore.case.{event_type}",
            "ce_recordedtime": at.isoformat().replace("+00:00", "Z"),
            "ce_streamversion": str(version),
            "ce_new": "1",
        }
        data = {"reference": case, "seller": "nord", "standing": standing, "new": [1], **more}
        body = {"occurred_at": headers["ce_recordedtime"], "data": data, "new": {}}
        self.record(case, json.dumps(body).encode(), headers, at)

    def record(
        self,
        key: str | None,
        value: bytes | None,
        headers: Mapping[str, str] = NOTHING,
        at: datetime = RECENTLY,
    ) -> None:
        """Any record."""
        named = [(name, text.encode()) for name, text in headers.items()]
        published = int((at + timedelta(minutes=1)).timestamp() * 1000)
        encoded = None if key is None else key.encode()
        self._producer.begin_transaction()
        self._producer.send(self.name, key=encoded, value=value, headers=named, timestamp_ms=published).get(
            30
        )
        if self._aborts:
            self._producer.abort_transaction()
        else:
            self._producer.commit_transaction()


NOT_TAKEN = {"state": "opened"}
LEVEL_1 = {"state": "escalated_l1", "level": "level_1"}


def fill(topic: Topic) -> None:
    """Cases with something newer, something new, and something bad."""
    # Of NEWER, the escalation is of a version that is not known, and minutes come after it.
    topic.event("NEWER", "opened.v1", NOT_TAKEN)
    topic.event("NEWER", "escalated.v2", LEVEL_1)
    topic.event("NEWER", "effort_recorded.v1", LEVEL_1, minutes=10)
    # WORDS is in a state and at a level that nobody knows; a type that nobody knows comes, too.
    topic.event("WORDS", "taken.v1", {"state": "at_arms_length", "level": "level_9"})
    topic.event("WORDS", "blessed.v1", {"state": "closed"})
    # BAD has a record that is no JSON, and is resolved after it; one record has no key, and nothing else.
    topic.event("BAD", "opened.v1", NOT_TAKEN)
    topic.record("BAD", b"{", {"ce_type": "casecore.case.taken.v1"})
    topic.event("BAD", "resolved.v1", {"state": "resolved", "level": "level_0"})
    topic.record(None, b"")
    topic.event("LATER", "opened.v1", NOT_TAKEN)


BEFORE_UPDATE = Kept(
    frozenset(
        {
            ("NEWER", "nord", "not taken"),
            ("WORDS", "nord", "level_9"),
            ("BAD", "nord", "not taken"),
            ("LATER", "nord", "not taken"),
        }
    ),
    {},
)
AFTER_UPDATE = Kept(
    BEFORE_UPDATE.open_cases - {("NEWER", "nord", "not taken")} | {("NEWER", "nord", "level_1")},
    {("nord", "level_1"): 10},
)


def check_set_aside_and_taken_up(topic: Topic, example: Example, home: Path) -> None:
    """That what is not understood waits, with what comes after it, and is taken up by an updated program."""
    # Given such records, when the example reads them
    fill(topic)
    one = Subscriber(example, home / "db", topic.cluster, topic.name)
    one.start()
    try:
        one.wait_for(lambda: one.kept() == BEFORE_UPDATE and len(one.set_aside()) == 5, "all is read")
        # Then what is bad or newer is set aside with all later ones of its key, and everything else is not
        aside = dict.fromkeys(key for key, _ in one.set_aside())
        assert set(aside) == {"NEWER", "BAD", None}
        reasons = [reason for key, reason in one.set_aside() if key == "NEWER"]
        assert "casecore.case.escalated.v2" in reasons[0]
        assert "earlier" in reasons[1]
    finally:
        one.kill()
    # And when a program that knows the version is started, then it takes up what it understands, once
    two = Subscriber(
        example, home / "db", topic.cluster, topic.name, folder=updated(example, home / "updated")
    )
    two.start()
    try:
        two.wait_for(lambda: two.kept() == AFTER_UPDATE and len(two.set_aside()) == 3, "it is taken up")
        assert {key for key, _ in two.set_aside()} == {"BAD", None}
        topic.event("NEWER", "closed.v1", {"state": "closed", "level": "level_1"})
        closed = AFTER_UPDATE.open_cases - {("NEWER", "nord", "level_1")}
        two.wait_for(lambda: two.kept().open_cases == closed, "its case goes on")
    finally:
        two.kill()


def check_from_a_day(topic: Topic, example: Example, home: Path) -> None:
    """That it begins with what was recorded on a day, and that another database and group begin again."""
    topic.event("OLD", "opened.v1", NOT_TAKEN, LONG_AGO)
    topic.event("OLDER", "opened.v1", NOT_TAKEN, datetime(2026, 3, 1, 23, 59, tzinfo=UTC))
    topic.event("FIRST", "opened.v1", NOT_TAKEN, datetime(2026, 3, 2, tzinfo=UTC))
    topic.event("OLD", "escalated.v1", LEVEL_1, RECENTLY)
    of_the_day = {("OLD", "nord", "level_1"), ("FIRST", "nord", "not taken")}
    for name, since, wanted in (
        ("day", "2026-03-02", of_the_day),
        ("zero", "", of_the_day | {("OLDER", "nord", "not taken")}),
    ):
        one = Subscriber(example, home / name, topic.cluster, topic.name, {"FROM": since})
        one.start()
        try:
            one.wait_for(lambda one=one, wanted=wanted: one.kept().open_cases == wanted, f"from {name}")
        finally:
            one.kill()


def check_aborted_is_left_out(topic: Topic, example: Example, home: Path) -> None:
    """That what a relay that was killed has left counts once: when it is published for good."""
    # Given minutes that were published three times in vain, as by relays that were killed, and then for good
    topic.event("C-1", "opened.v1", NOT_TAKEN)
    for minutes in (5, 7):
        for _ in range(3):
            with topic.aborted():
                topic.event("C-1", "effort_recorded.v1", LEVEL_1, minutes=minutes)
        topic.event("C-1", "effort_recorded.v1", LEVEL_1, minutes=minutes)
    topic.event("C-1", "closed.v1", {"state": "closed", "level": "level_1"})
    # When the example reads them, then each counts once
    one = Subscriber(example, home, topic.cluster, topic.name)
    one.start()
    try:
        one.wait_for(lambda: one.kept() == Kept(frozenset(), {("nord", "level_1"): 12}), "it has read all")
    finally:
        one.kill()
