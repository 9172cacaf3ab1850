"""Which records of a topic a relay of this prefix can have written, of whatever version."""

from __future__ import annotations

from casecore.contract.streams import kind_of, topic_name
from casecore.contract.wire import RecordMalformed, StoredEvent, from_record, source_of
from casecore.kafka.records import KafkaRecord
from casecore.relay.place import partition_number


def event_of_relay(record: KafkaRecord) -> StoredEvent | None:
    """The event in a record; None for a record that no relay can have written into this partition.

    Every relay has written what `from_record` reads, to the topic and partition of the event's stream, with
    its topic as the source and its place in the stream as the id. So a record that passes says what was
    published, by this store's relay or by that of another store with the same prefix.
    """
    headers = dict(record.headers)
    try:
        event = from_record(record.key, record.value, headers.items())
        kind = kind_of(event.type)
    except (RecordMalformed, KeyError):
        return None
    prefix = record.topic.removesuffix(topic_name("", kind))
    in_place = record.topic == topic_name(prefix, kind)
    in_place = in_place and record.partition == partition_number(event.stream_id)
    named = headers.get("ce_id") == f"{event.stream_id}/{event.version}".encode()
    named = named and headers.get("ce_source") == source_of(prefix, kind).encode()
    return event if in_place and named else None
