"""Which records at the end of a topic say what was published, and which are somebody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from casecore.contract.wire import StoredEvent, to_record
from casecore.kafka.records import KafkaRecord
from casecore.relay.own_records import event_of_relay
from casecore.relay.place import partition_number

PREFIX = "some"
STREAM = UUID(int=1)
EVENT = StoredEvent(
    position=41,
    stream_id=STREAM,
    version=3,
    type="casecore.case.opened.v1",
    recorded_at=datetime(2026, 3, 1, tzinfo=UTC),
    body=b'{"occurred_at":"2026-03-01T12:00:00Z","data":{"reference":"C-1"}}',
)


def record(event: StoredEvent = EVENT, prefix: str = PREFIX, **other: Any) -> KafkaRecord:
    """The record of an event as a relay writes it, with other parts or headers in place of some."""
    key, value, headers = to_record(event, prefix)
    parts: dict[str, Any] = {
        "topic": f"{PREFIX}.cases",
        "partition": partition_number(event.stream_id),
        "offset": 9,
        "key": key,
        "value": value,
        "headers": headers,
    }
    changed = {name: other.pop(name) for name in [*other] if name in parts}
    named = dict(headers) | {name: text.encode() for name, text in other.items()}
    return KafkaRecord(**(parts | {"headers": list(named.items())} | changed))


@pytest.mark.parametrize(
    "written",
    [
        record(),
        # by the first version of the program, which wrote fewer headers
        record(
            headers=[h for h in to_record(EVENT, PREFIX)[2] if h[0] not in ("ce_dataschema", "ce_subject")]
        ),
        # by a newer one: a type that this one does not know, a header more
        record(ce_type="casecore.case.rated.v7", ce_new="1"),
        # by the relay of a store that was restored from an older backup, or of another store
        record(EVENT._replace(position=2**40)),
    ],
)
def test_what_a_relay_of_this_prefix_can_have_written_says_what_was_published(written: KafkaRecord) -> None:
    event = event_of_relay(written)
    assert event is not None
    assert event.stream_id == STREAM


@pytest.mark.parametrize(
    "foreign",
    [
        record(headers=[]),
        record(key=None),
        record(value=None),
        record(key=b"K-7"),
        record(prefix="other"),
        record(ce_source="urn:some:parties"),
        record(ce_id="17"),
        record(ce_type="other.thing.happened.v1"),
        record(ce_type="casecore.party.registered.v1", ce_source="urn:some:parties"),
        record(ce_position="0"),
        record(partition=partition_number(STREAM) + 1),
        record(topic="cases"),
    ],
)
def test_what_no_relay_of_this_prefix_can_have_written_is_of_somebody_else(foreign: KafkaRecord) -> None:
    assert event_of_relay(foreign) is None
