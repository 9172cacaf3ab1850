"""A history as OCEL 2.0: objects, their relations and changes, the same in SQLite and in JSON."""

from __future__ import annotations

import errno
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given

from casecore.analysis.exchange.ocel import tables
from casecore.analysis.exchange.ocel.histories import BusinessHistory, business_history_of
from casecore.analysis.exchange.ocel.writing import write_ocel_json, write_ocel_sqlite
from casecore.analysis.histories import CaseHistory
from casecore.analysis.selection import Selection
from casecore.cases import commands as c
from casecore.contract.streams import DOCUMENT_SERIES, package_stream_id
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from casecore.errors.files import FileUnusable
from tests.analysis.exchange.logs import EVERYTHING, NAMES, NOW, histories_of
from tests.projections.histories import ACTIONS, history, interleaved

SCHEMA = json.loads(Path(__file__).with_name("ocel.schema.json").read_text())
GOLDEN = Path("schemas/golden")
PACKAGE = package_stream_id("L-2024-00417")
LICENCES = (
    "activated",
    "changed",
    "assigned",
    "transferred",
    "cancelled",
    "cancellation_withdrawn",
    "voided",
)


def stored(stream_id: Any, version: int, name: str) -> StoredEvent:
    body = (GOLDEN / f"{name}.json").read_bytes()
    return StoredEvent(
        position=version, stream_id=stream_id, version=version, type=name, recorded_at=NOW, body=body
    )


def business(selection: Selection = EVERYTHING) -> list[BusinessHistory]:
    """A licence package with all that can become of it, and a document that bills it."""
    package = [stored(PACKAGE, n, f"casecore.licence.{word}.v1") for n, word in enumerate(LICENCES, 1)]
    package[0] = package[0]._replace(body=package[0].body.replace(b'"seats": 5', b'"seats": 3'))
    series = [stored(DOCUMENT_SERIES, 1, "casecore.billing.document_issued.v1")]
    found = (business_history_of(stream, selection, NAMES) for stream in (package, series))
    return [one for one in found if one is not None]


def all_there_is() -> list[CaseHistory | BusinessHistory]:
    """Cases of all kinds, one of them a duplicate of another, a package and a document."""
    duplicate = c.CancelCase(duplicate_of="K-0")
    streams = [
        history("K-1", ACTIONS),
        history("K-2", [*ACTIONS[:3], duplicate]),
        history("K-3", [c.ReclassifyCase(category=c.Category.USER_SUPPORT, topic="training"), *ACTIONS]),
    ]
    return [*histories_of(streams), *business()]


def rows(file: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as database:
        return database.execute(statement).fetchall()


def attributes(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {item["name"]: item["value"] for item in items}


@given(interleaved())
def test_any_history_is_read_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, events: list[StoredEvent]
) -> None:
    streams: dict[Any, list[StoredEvent]] = {}
    for event in events:
        streams.setdefault(event.stream_id, []).append(event)
    path = tmp_path_factory.mktemp("any") / "log.json"
    write_ocel_json(path, histories_of(streams.values()))

    log = json.loads(path.read_bytes())
    jsonschema.validate(log, SCHEMA)
    by_id = {event["id"]: event for event in log["events"]}
    assert len(by_id) == len(events)
    for event in events:
        check_event(by_id[f"{event.stream_id}/{event.version:07}"], event)
    cases = {one["id"]: one for one in log["objects"] if one["type"] == "case"}
    assert len(cases) == len(streams)
    for stream in streams.values():
        check_case(cases, stream)


def check_event(said: dict[str, Any], event: StoredEvent) -> None:
    fact = msgspec.json.decode(event.body)
    data = fact["data"]
    assert said["type"] == f"case {event.type.split('.')[2].replace('_', ' ')}"
    assert at_micros(said["time"]) == at_micros(fact["occurred_at"])
    values = attributes(said["attributes"])
    assert values["version"] == str(event.version)
    assert values.get("text") == (data.get("text") or data.get("reason") or {}).get("text")
    assert values.get("minutes") == (str(data["minutes"]) if "minutes" in data else None)
    related = {(one["qualifier"], one["objectId"]) for one in said["relationships"]}
    assert related >= {
        ("case", f"case:{data['reference']}"),
        ("customer", f"customer:{data['customer']}"),
        ("seller", f"seller:{data['seller']}"),
    }
    agent = data["standing"].get("agent")
    assert [id_ for name, id_ in sorted(related) if name == "assigned"] == (
        [f"agent:{agent}"] if agent else []
    )


def at_micros(text: str) -> str:
    return text.removesuffix("Z").ljust(26, "0") if "." in text else text.removesuffix("Z") + ".000000"


def check_case(cases: dict[str, Any], stream: list[StoredEvent]) -> None:
    """A case's changes, in order, lead to where its last event left it."""
    last = msgspec.json.decode(stream[-1].body)["data"]
    values = attributes(cases[f"case:{last['reference']}"]["attributes"])
    standing = last["standing"]
    assert (values["state"], values["topic"], values["holder"]) == (
        standing["state"],
        standing["topic"],
        standing["organisation"],
    )
    assert values["assigned"] == standing.get("agent", "")
    assert values["waiting"] == ("true" if "waiting_since" in standing else "false")


def test_both_forms_say_the_same(tmp_path: Path) -> None:
    # Given all that a log can have, in both forms,
    write_ocel_sqlite(tmp_path / "log.sqlite", all_there_is())
    write_ocel_json(tmp_path / "log.json", all_there_is())
    log = json.loads((tmp_path / "log.json").read_bytes())
    jsonschema.validate(log, SCHEMA)
    # then they have the same events, objects, relations and changes,
    file = tmp_path / "log.sqlite"
    assert rows(file, "select ocel_id, ocel_type from event") == [
        (one["id"], one["type"]) for one in log["events"]
    ]
    assert rows(file, "select ocel_id, ocel_type from object") == [
        (one["id"], one["type"]) for one in log["objects"]
    ]
    for table, items in (("event_object", log["events"]), ("object_object", log["objects"])):
        assert rows(file, f"select * from {table}") == [
            (one["id"], related["objectId"], related["qualifier"])
            for one in items
            for related in one["relationships"]
        ]
    changed = rows(
        file, "select ocel_id, ocel_time, state from object_case where ocel_changed_field = 'state'"
    )
    assert changed
    in_json = [
        (one["id"], said["time"], said["value"])
        for one in log["objects"]
        for said in one["attributes"]
        if said["name"] == "state" and not said["time"].startswith("1970")
    ]
    assert sorted(changed) == sorted(in_json)
    # and every reference leads somewhere.
    assert rows(file, "pragma foreign_key_check") == []
    assert rows(file, "pragma integrity_check") == [("ok",)]


def test_objects_of_all_kinds_are_there_with_their_relations_and_changes(tmp_path: Path) -> None:
    write_ocel_sqlite(tmp_path / "log.sqlite", all_there_is())
    file = tmp_path / "log.sqlite"

    assert {type_ for (type_,) in rows(file, "select distinct ocel_type from object")} == {
        "case", "customer", "seller", "partner", "agent", "licence package", "document"
    }  # fmt: skip
    related = set(rows(file, "select ocel_source_id, ocel_qualifier, ocel_target_id from object_object"))
    document = EVENT_TYPES.decode("casecore.billing.document_issued.v1", stored_body()).data
    assert {
        ("case:K-1", "customer", "customer:practice"),
        ("case:K-1", "seller", "seller:seller"),
        ("case:K-1", "partner", "partner:partner"),
        ("case:K-2", "duplicate of", "case:K-0"),
        (f"document:{document.number}", "bills", f"licence package:{PACKAGE}"),
    } <= related
    # A case of which only the reference is known, and a package in its changes:
    assert rows(file, "select reference, state from object_case where ocel_id = 'case:K-0'") == [
        ("K-0", None)
    ]
    assert rows(
        file,
        "select ocel_changed_field, seats from object_licence_package where ocel_changed_field is not null",
    ) == [("seats", 5)]


def stored_body() -> bytes:
    return (GOLDEN / "casecore.billing.document_issued.v1.json").read_bytes()


def test_without_personal_data_agents_have_pseudonyms_and_texts_are_left_out(tmp_path: Path) -> None:
    anonymous = Selection()
    path = tmp_path / "log.json"
    write_ocel_json(path, [*histories_of([history("K-1", ACTIONS)], anonymous), *business(anonymous)])

    said = path.read_text()
    for name in ("anna", "bela", "too hard", "known error", "m.keller"):
        assert name not in said
    assert f"agent:{NAMES.of('anna')}" in said


def test_a_part_of_one_source_has_no_packages_and_documents_that_were_recorded_here() -> None:
    assert business(Selection(source="another")) == []


@pytest.mark.parametrize("write", [write_ocel_sqlite, write_ocel_json])
def test_the_same_history_gives_the_same_bytes(tmp_path: Path, write: Any) -> None:
    write(tmp_path / "one", all_there_is())
    write(tmp_path / "other", all_there_is())

    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


@pytest.mark.parametrize("write", [write_ocel_sqlite, write_ocel_json])
def test_an_export_that_is_interrupted_leaves_what_was_there(tmp_path: Path, write: Any) -> None:
    (tmp_path / "log").write_text("earlier")

    def broken() -> Iterator[CaseHistory | BusinessHistory]:
        yield from all_there_is()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "log", broken())

    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {"log": "earlier"}


@pytest.mark.parametrize("write", [write_ocel_sqlite, write_ocel_json])
def test_a_full_disk_is_named_and_leaves_what_was_there(
    tmp_path: Path, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_ON_DISK", f"{tables._ON_DISK} pragma max_page_count = 90;")
    (tmp_path / "log").write_text("earlier")
    many = [history(f"K-{number}", ACTIONS) for number in range(200)]

    with pytest.raises(OSError, match="No space left on device") as full:
        write(tmp_path / "log", histories_of(many))

    assert (full.value.errno, full.value.filename) == (errno.ENOSPC, str(tmp_path / "log"))
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {"log": "earlier"}


def test_a_database_is_a_file() -> None:
    with pytest.raises(FileUnusable, match="a database of SQLite is a file"):
        write_ocel_sqlite(Path("/dev/null"), [])
