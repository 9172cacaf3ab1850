"""An event is the same after every way through the contract, and what is not an event is named as such."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.contract import cases, service_levels, streams
from casecore.contract.envelope import Actor, EventData, Fact, Role
from casecore.contract.licences import LicenceEvent
from casecore.contract.parties import PartyEvent
from casecore.contract.personal import Plain, Sealed, legible
from casecore.contract.streams import kind_of
from casecore.contract.types import (
    EVENT_TYPES,
    EventType,
    EventTypes,
    NewerVersion,
    UnknownType,
    split_wire_name,
)
from casecore.contract.wire import (
    RecordMalformed,
    StoredEvent,
    _read_carefully,
    _read_quickly,
    decode_event,
    from_record,
    to_line,
    to_lines,
    to_record,
)
from devtools.examples import examples
from tests.contract.objects import object_at, paths_of_objects
from tests.contract.strategies import any_fact, personals, stored_events

STREAM = UUID("3b0c5a52-6f0e-4c0e-9a55-0d5a4f3f7c01")
AT = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
OPENED = "casecore.case.opened.v1"


def stored(body: bytes | None = None, wire_name: str = OPENED) -> StoredEvent:
    example = EVENT_TYPES.encode(examples()[0])
    return StoredEvent(17, STREAM, 3, wire_name, AT, example if body is None else body)


# Law: nothing is lost or changed on the way to the store, to a record, to a line, and back.


@given(any_fact)
def test_a_fact_is_the_same_after_encoding_and_decoding(fact: Fact[EventData]) -> None:
    wire_name = EVENT_TYPES.name_of(fact.data)
    assert EVENT_TYPES.decode(wire_name, EVENT_TYPES.encode(fact)) == fact


@given(stored_events())
def test_an_event_is_the_same_after_a_journey_as_a_record(event: StoredEvent) -> None:
    key, value, headers = to_record(event)
    assert from_record(key, value, headers) == event


@given(stored_events())
def test_a_line_holds_the_whole_event(event: StoredEvent) -> None:
    line = to_line(event)
    assert b"\n" not in line
    decoded = msgspec.json.decode(line)
    assert decoded.pop("type") == event.type
    assert decoded.pop("stream_id") == str(event.stream_id)
    assert decoded.pop("version") == event.version
    assert decoded.pop("position") == event.position
    assert datetime.fromisoformat(decoded.pop("recorded_at")) == event.recorded_at
    assert decoded == msgspec.json.decode(event.body)


def test_a_file_has_a_line_for_each_event() -> None:
    assert to_lines([stored(), stored()]) == (to_line(stored()) + b"\n") * 2
    assert to_lines([]) == b""


def test_an_event_with_its_place_is_typed_on_reading() -> None:
    event = decode_event(stored())
    assert (event.position, event.stream_id, event.version, event.recorded_at) == (17, STREAM, 3, AT)
    assert event.type == OPENED
    assert event.fact == examples()[0]


# CloudEvents 1.0, Kafka binding, binary mode.


@given(stored_events())
def test_a_record_follows_cloudevents_binary_mode(event: StoredEvent) -> None:
    key, value, headers = to_record(event)
    names = [name for name, _ in headers]
    attributes = {name.removeprefix("ce_"): content for name, content in headers if name.startswith("ce_")}
    assert len(set(names)) == len(names)
    for required in ("specversion", "id", "source", "type"):
        assert attributes[required]
    for name in attributes:
        assert re.fullmatch(r"[a-z0-9]{1,20}", name)
    assert attributes["specversion"] == b"1.0"
    assert [name for name in names if not name.startswith("ce_")] == ["content-type"]
    assert dict(headers)["content-type"] == b"application/json"
    assert key == str(event.stream_id).encode()
    assert value == event.body
    assert attributes["type"] == event.type.encode()


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("casecore.case.opened.v1", b"C-2026-0417"),
        ("casecore.case.policy_pinned.v1", b"C-2026-0417"),
        ("casecore.licence.activated.v1", b"L-2024-00417"),
        ("casecore.billing.maintenance_fee_fell_due.v1", b"L-2024-00417"),
        ("casecore.party.registered.v1", b"dental-systems-nord"),
        ("casecore.billing.settlement_closed.v1", b"dental-systems-nord"),
        ("casecore.billing.fee_memo_recorded.v1", b"dental-systems-nord"),
        ("casecore.billing.vat_rate_set.v1", None),
        ("casecore.service_level.policy_published.v1", None),
    ],
)
def test_a_record_says_what_it_is_about_and_by_which_schema(name: str, subject: bytes | None) -> None:
    body = next(EVENT_TYPES.encode(fact) for fact in examples() if EVENT_TYPES.name_of(fact.data) == name)
    found = dict(to_record(stored(body, name))[2])
    assert found.get("ce_subject") == subject
    assert found["ce_dataschema"] == f"urn:casecore:schema:{name}".encode()


@pytest.mark.parametrize("data", [b"7", b"null", b'{"reference": {"a": 1}}', b'{"party": 7}'])
def test_a_newer_event_that_says_its_subject_in_another_way_has_none_and_is_published(data: bytes) -> None:
    body = b'{"occurred_at":"2026-03-02T08:15:00Z","data":' + data + b"}"
    assert "ce_subject" not in dict(to_record(stored(body))[2])


def test_the_id_is_stream_and_version_so_it_is_unique_in_its_source() -> None:
    _, _, headers = to_record(stored())
    found = dict(headers)
    assert found["ce_id"] == f"{STREAM}/3".encode()
    assert found["ce_source"] == b"urn:casecore:cases"


def test_a_record_carries_both_times_as_rfc_3339() -> None:
    _, value, headers = to_record(stored())
    found = dict(headers)
    assert found["ce_time"].decode() == msgspec.json.decode(value)["occurred_at"]
    assert found["ce_recordedtime"] == b"2026-03-02T08:15:00Z"


# The quick way to read a record is a short cut, and not another rule.

QUICK_OR_NOT = {
    "ce_position": [b"17", b"017", b"0", b"", b"-1", b"+1", b"1_0", "٣".encode(), b"9" * 18, b"9" * 19, None],
    "ce_streamversion": [b"3", b"03", b"00", b" 3", b"3.0", b"9223372036854775807", None],
    "ce_type": [OPENED.encode(), b"", b"x" * 300, b"\xff", None],
    "ce_recordedtime": [
        b"2026-03-02T08:15:00Z",
        b"2026-03-02T08:15:00",
        b"2026-W10-1T08:15+01:00",
        b"",
        None,
    ],
}
KEYS = [str(STREAM).encode(), str(STREAM).upper().encode(), b"", b"\xff", None]


@given(stored_events())
def test_every_event_of_ours_is_read_the_quick_way(event: StoredEvent) -> None:
    # given a log of less than 10^18 events; beyond that, the careful way reads them
    event = event._replace(position=event.position % 10**17 + 1, version=event.version % 10**17 + 1)
    key, value, headers = to_record(event)
    assert _read_quickly(key, value, dict(headers)) == event


@given(
    key=st.sampled_from(KEYS),
    value=st.sampled_from([b"{}", b"", None]),
    headers=st.fixed_dictionaries(
        {name: st.sampled_from(contents) | st.binary(max_size=4) for name, contents in QUICK_OR_NOT.items()}
    ),
)
def test_the_quick_way_reads_what_the_careful_one_reads_or_leaves_it(
    key: bytes | None, value: bytes | None, headers: dict[str, bytes | None]
) -> None:
    quick = _read_quickly(key, value, headers)
    if quick is not None:
        assert quick == _read_carefully(key, value, headers)
        assert from_record(key, value, headers.items()) == quick


# What is not an event of ours is named, with what is wrong.


def record_with(**changes: bytes | None) -> tuple[bytes, bytes, list[tuple[str, bytes | None]]]:
    key, value, headers = to_record(stored())
    changed: dict[str, bytes | None] = {**dict(headers), **changes}
    return key, value, list(changed.items())


NEEDED = ("ce_position", "ce_streamversion", "ce_type", "ce_recordedtime")


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_header_is_named(name: str) -> None:
    key, value, headers = to_record(stored())
    with pytest.raises(RecordMalformed, match=f"no header {name}"):
        from_record(key, value, [header for header in headers if header[0] != name])


@pytest.mark.parametrize("name", NEEDED)
def test_a_header_without_content_is_as_missing(name: str) -> None:
    with pytest.raises(RecordMalformed, match=f"no header {name}"):
        from_record(*record_with(**{name: None}))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ce_position", b"abc"),
        ("ce_position", b"0"),
        ("ce_position", b"-1"),
        ("ce_position", b"1_000"),
        ("ce_position", b" 7"),
        ("ce_position", b"9223372036854775808"),
        ("ce_position", b"9" * 6_000),
        ("ce_streamversion", b""),
        ("ce_streamversion", b"1.0"),
        ("ce_type", b"\xff"),
        ("ce_recordedtime", b"yesterday"),
        ("ce_recordedtime", b"2026-03-02T08:15:00"),
        ("ce_recordedtime", b"\xe2\x82\xac"),
    ],
)
def test_a_header_that_cannot_be_read_is_named(name: str, content: bytes) -> None:
    with pytest.raises(RecordMalformed, match=f"{name} cannot be read"):
        from_record(*record_with(**{name: content}))


@pytest.mark.parametrize(
    "key",
    [b"", b"C-1", b"\xff", str(STREAM).upper().encode(), STREAM.hex.encode(), b"{%s}" % str(STREAM).encode()],
)
def test_a_key_that_is_not_a_stream_id_is_named(key: bytes) -> None:
    _, value, headers = to_record(stored())
    with pytest.raises(RecordMalformed, match="key cannot be read"):
        from_record(key, value, headers)


def test_a_record_without_key_or_value_is_named() -> None:
    key, value, headers = to_record(stored())
    with pytest.raises(RecordMalformed, match="no key"):
        from_record(None, value, headers)
    with pytest.raises(RecordMalformed, match="no value"):
        from_record(key, None, headers)


def test_headers_that_we_do_not_know_are_ignored() -> None:
    assert from_record(*record_with(traceparent=b"00-1-2-01", ce_other=b"x")) == stored()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"occurred_at": "2026-03-02T08:15:00"}',
        b'{"data": {"subject": "\xff"}}',
        b'{"x":' + b"[" * 100_000,
    ],
)
def test_a_body_that_is_not_a_fact_is_invalid(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode_event(stored(body))


# Readers and versions.


@pytest.mark.parametrize("fact", examples(), ids=lambda fact: type(fact.data).__name__)
def test_a_field_that_a_reader_does_not_know_is_ignored(fact: Fact[EventData]) -> None:
    wire_name = EVENT_TYPES.name_of(fact.data)
    decoded = msgspec.json.decode(EVENT_TYPES.encode(fact))
    for path in list(paths_of_objects(decoded)):
        object_at(decoded, path)["added_later"] = {"anything": [1, None]}
    assert EVENT_TYPES.decode(wire_name, msgspec.json.encode(decoded)) == fact


@pytest.mark.parametrize(
    "wire_name",
    [
        "casecore.case.exploded.v1",
        "casecore.case.opened",
        "casecore.case.opened.v",
        "casecore.case.opened.v0",
        "casecore.case.opened.v01",
        "casecore.case.opened.v-1",
        "casecore.case.opened.v1.0",
        "casecore.case.opened.v²",
        "casecore.case.opened.v" + "9" * 6_000,
        "",
    ],
)
def test_a_type_that_is_not_in_the_table_is_unknown(wire_name: str) -> None:
    with pytest.raises(UnknownType):
        decode_event(stored(wire_name=wire_name))


def test_a_version_from_the_future_is_newer_and_not_unknown() -> None:
    with pytest.raises(NewerVersion, match="newer than this program"):
        decode_event(stored(wire_name="casecore.case.opened.v2"))


def test_a_struct_that_is_not_in_the_table_has_no_name() -> None:
    class Exploded(EventData, frozen=True):
        pass

    with pytest.raises(UnknownType, match="Exploded"):
        EVENT_TYPES.name_of(Exploded())


@given(st.from_regex(r"[a-z]+(\.[a-z]+){0,3}", fullmatch=True), st.integers(1, 9_999))
def test_a_wire_name_is_a_name_and_a_version(name: str, version: int) -> None:
    assert split_wire_name(f"{name}.v{version}") == (name, version)


# A type with a history: v1 had a price in euros, v2 in cents, v3 has a currency too.


class Priced(EventData, frozen=True):
    """Something has a price."""

    cents: int
    currency: str
    quoted_at: datetime


def _to_cents(data: dict[str, Any]) -> dict[str, Any]:
    return {"cents": data["euros"] * 100, "quoted_at": data["quoted_at"]}


def _with_currency(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "currency": "EUR"}


EVOLVED = EventTypes((EventType("casecore.case.priced", 3, Priced, {1: _to_cents, 2: _with_currency}),))


def body_of(data: object) -> bytes:
    return msgspec.json.encode(
        {
            "occurred_at": "2026-03-02T08:15:00Z",
            "actor": {"person": "p", "organisation": "o", "role": "system"},
            "command_id": str(STREAM),
            "correlation_id": str(STREAM),
            "data": data,
        }
    )


@pytest.mark.parametrize(
    ("version", "data"),
    [
        (1, {"euros": 99, "quoted_at": "2026-01-01T00:00:00Z"}),
        (2, {"cents": 9900, "quoted_at": "2026-01-01T00:00:00Z"}),
        (3, {"cents": 9900, "currency": "EUR", "quoted_at": "2026-01-01T00:00:00Z"}),
    ],
)
def test_every_old_version_is_read_as_todays(version: int, data: object) -> None:
    fact = EVOLVED.decode(f"casecore.case.priced.v{version}", body_of(data))
    assert fact.data == Priced(9900, "EUR", datetime(2026, 1, 1, tzinfo=UTC))
    assert fact.actor == Actor("p", "o", Role.SYSTEM)
    assert fact.command_id == STREAM


def test_a_version_after_the_last_is_newer() -> None:
    with pytest.raises(NewerVersion):
        EVOLVED.decode("casecore.case.priced.v4", body_of({}))


@pytest.mark.parametrize("body", [body_of({}), body_of(None), body_of({"euros": None}), b"{}", b"[]", b"{"])
def test_an_old_body_that_is_not_of_its_type_is_invalid(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        EVOLVED.decode("casecore.case.priced.v1", body)


def test_a_table_names_each_type_and_each_struct_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        EventTypes((EventType("a", 1, Priced), EventType("a", 1, cases.CaseOpened)))
    with pytest.raises(ValueError, match="twice"):
        EventTypes((EventType("a", 1, Priced), EventType("b", 1, Priced)))


def kinds_of(kind: type[EventData]) -> set[type[EventData]]:
    """The kinds of event below one that are in the contract and have no kinds below them."""
    below = {
        found
        for other in kind.__subclasses__()
        if other.__module__.startswith("casecore.contract.")
        for found in kinds_of(other)
    }
    return below or {kind}


def test_every_event_of_the_contract_is_in_the_table() -> None:
    assert {t.struct for t in EVENT_TYPES.all} == kinds_of(EventData)


@pytest.mark.parametrize("event_type", EVENT_TYPES.all, ids=lambda event_type: event_type.name)
def test_an_event_of_a_case_goes_to_the_topic_of_cases_and_no_other_does(event_type: EventType) -> None:
    kinds = {cases.CaseEvent: streams.CASES, PartyEvent: streams.PARTIES, LicenceEvent: streams.LICENCES}
    expected = next((kinds[kind] for kind in kinds if issubclass(event_type.struct, kind)), None)
    if expected is None:
        is_published = event_type.struct.__module__ == service_levels.__name__
        expected = streams.SERVICE_LEVELS if is_published else streams.BILLING
    assert kind_of(event_type.wire_name) is expected


# Personal data.


@given(personals)
def test_personal_data_says_its_form_on_the_wire(text: Plain | Sealed) -> None:
    decoded = msgspec.json.decode(msgspec.json.encode(text))
    assert decoded["form"] == ("plain" if isinstance(text, Plain) else "sealed")
    assert msgspec.convert(decoded, Plain | Sealed) == text


def test_a_sealed_text_is_not_shown() -> None:
    assert legible(Plain("hello")) == "hello"
    assert legible(None) is None
    shown = legible(Sealed("key-1", "c2VjcmV0"))
    assert shown is not None
    assert "key-1" in shown
    assert "c2VjcmV0" not in shown
