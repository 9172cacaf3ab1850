"""An export is all of the store's history at one position, whole or not there, and any engine reads it."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import duckdb
import msgspec
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from casecore.analysis.errors import ExportRefused, ExportUnreadable, PositionUnknown
from casecore.analysis.personal import Pseudonyms, without_personal
from casecore.analysis.selection import Selection
from casecore.analysis.snapshot.csv_files import export_csv
from casecore.analysis.snapshot.folder import only_writer
from casecore.analysis.snapshot.layout import LATEST, bucket_of, number_of_buckets, range_of
from casecore.analysis.snapshot.reading import open_snapshot
from casecore.analysis.snapshot.writing import export_folder
from casecore.analysis.tables.catalogue import TABLES
from casecore.cases import commands as c
from casecore.clocks.instants import micros
from casecore.contract.streams import CASES, case_stream_id
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from casecore.decider.command import Command
from casecore.evaluation.histories import case_of
from casecore.store.log import LogReader
from casecore.store.pseudonym_key import read_pseudonym_key
from tests.analysis.orders import order_of
from tests.clocks.casebook import SYSTEM
from tests.clocks.naive_standing import NaiveStanding
from tests.evaluation.business import CASES_IN_STORE, MONDAY, give, life
from tests.newer_words import as_a_newer_program_wrote, as_it_is_known


def case_events_in(database: str) -> list[StoredEvent]:
    """The log's events of cases, in the order of their case and version."""
    with LogReader(database) as log:
        events = [one for one in log.read(0, 100_000) if one.type.startswith(CASES.type_prefix)]
    return sorted(events, key=lambda one: (one.stream_id, one.version))


def more_commands() -> Iterator[Command]:
    """Some cases more, and a message on each of some that are there."""
    chance = Random(11)
    for number in range(40):
        at = MONDAY + timedelta(days=30, minutes=number)
        for step in life(chance):
            case = f"D-{number:03}"
            yield c.CaseCommand(command_id=uuid4(), actor=SYSTEM, occurred_at=at, case=case, do=step)


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    return sorted(table.to_pylist(), key=lambda row: [str(value) for value in row.values()])


def test_the_events_are_those_of_the_log_without_what_is_personal(store: str, exported: Path) -> None:
    names = Pseudonyms(read_pseudonym_key(store))
    expected = {}
    for stored in case_events_in(store):
        fact = without_personal(EVENT_TYPES.decode(stored.type, stored.body), names)
        expected[stored.position] = (stored.version, stored.recorded_at, fact)

    events = open_snapshot(exported).table("events").to_pylist()

    assert len(events) == len(expected) > 1_500
    for row in events:
        version, recorded_at, fact = expected[row["position"]]
        assert (row["version"], row["recorded_at"]) == (version, recorded_at)
        assert (row["occurred_at"], row["person"]) == (fact.occurred_at, fact.actor.person)
        assert row["case"] == fact.data.reference
        assert row["state"] == fact.data.standing.state.value
        assert msgspec.json.decode(row["data"], type=type(fact.data)) == fact.data


def test_with_personal_data_they_are_those_of_the_log(store: str, tmp_path: Path) -> None:
    export_folder(tmp_path / "all", order_of(store, "events", selection=Selection(personal=True)), 1)

    events = open_snapshot(tmp_path / "all").table("events").to_pylist()

    facts = {one.position: EVENT_TYPES.decode(one.type, one.body) for one in case_events_in(store)}
    assert {row["agent"] for row in events} >= {"ida", "vera"}
    assert all(row["person"] == facts[row["position"]].actor.person for row in events)
    assert any('"Hello"' in row["data"] for row in events)


def test_cases_stood_as_their_facts_say_one_by_one(store: str, tmp_path: Path) -> None:
    # Given an instant in the middle of it all
    at = MONDAY + timedelta(days=3, hours=5)
    export_folder(tmp_path / "then", order_of(store, at=at, selection=Selection(personal=True)), 1)
    streams: dict[Any, list[StoredEvent]] = {}
    for event in case_events_in(store):
        streams.setdefault(event.stream_id, []).append(event)
    expected = {}
    for stream in streams.values():
        case = case_of(stream)
        assert case is not None
        standing, told = NaiveStanding(), 0
        for happened in sorted(case.events, key=lambda one: (one.at, one.version)):
            if happened.at <= micros(at):
                standing.tell(happened.at, happened.data)
                told += 1
        if told:
            expected[case.reference] = (standing.state.value, standing.agent, standing.priority.value)

    found = {
        row["case"]: (row["state"], row["agent"], row["priority"])
        for row in open_snapshot(tmp_path / "then").table("cases").to_pylist()
    }

    assert found == expected
    assert 20 < len(found) < CASES_IN_STORE


def test_holders_add_up_to_the_age_of_each_case(exported: Path) -> None:
    snapshot = open_snapshot(exported)
    held: Counter[str] = Counter()
    for row in snapshot.table("holders").to_pylist():
        held[row["case"]] += round(row["seconds"] * 1_000_000)

    ages = {row["case"]: round(row["age_seconds"] * 1_000_000) for row in snapshot.table("cases").to_pylist()}

    assert {case: age for case, age in ages.items() if age} == {
        case: age for case, age in held.items() if age
    }


def test_the_same_position_gives_the_same_bytes_with_however_many_processes(
    store: str, exported: Path, tmp_path: Path
) -> None:
    export_folder(tmp_path / "again", order_of(store), processes=2)

    assert files_in(tmp_path / "again" / LATEST) == files_in(exported / LATEST)


def test_exported_again_nothing_is_written(store: str, exported: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in exported.rglob("*")}

    done = export_folder(exported, order_of(store), 1)

    assert not done.is_new
    assert {path: path.stat().st_mtime_ns for path in exported.rglob("*")} == before


def test_the_next_export_adds_what_came_since_and_is_as_if_made_at_once(
    store: str, exported: Path, tmp_path: Path
) -> None:
    first = open_snapshot(exported)
    give(store, more_commands())

    done = export_folder(exported, order_of(store), 1)
    export_folder(tmp_path / "at-once", order_of(store), 1)

    second, at_once = open_snapshot(exported), open_snapshot(tmp_path / "at-once")
    for name in TABLES:
        assert rows_of(second.table(name)) == rows_of(at_once.table(name))
    assert done.rows["events"] == len(second.table("events")) - len(first.table("events")) > 0
    # The events that were there are the same files, and the first export is there as it was.
    for bucket in first.files["events"]:
        for file in bucket:
            assert os.path.samefile(file.path, second.folder / file.facts.path)
    assert len(first.table("events")) < len(second.table("events"))


def test_within_a_file_cases_are_together_in_the_order_of_versions(exported: Path) -> None:
    for path in (exported / LATEST / "events").glob("*.parquet"):
        rows = [(row["case"], row["version"]) for row in pq.read_table(path).to_pylist()]
        assert rows == sorted(rows)


def test_any_engine_reads_the_folder_as_it_is(exported: Path) -> None:
    count = len(open_snapshot(exported).table("events"))
    pattern = f"{exported}/{LATEST}/events/*.parquet"

    assert polars.scan_parquet(pattern).select(polars.len()).collect().item() == count
    with duckdb.connect() as connection:
        counted, first = connection.execute(
            f"select count(*), min(occurred_at) at time zone 'UTC' from '{pattern}'"
        ).fetchone() or (0, None)
        both = connection.execute(
            f"select count(*) from '{pattern}' join '{exported}/{LATEST}/cases/*.parquet' using (\"case\")"
        ).fetchone()
    assert counted == count
    assert both == (count,)
    assert first is not None


def test_csv_files_have_the_same_rows_and_no_formula(store: str, exported: Path, tmp_path: Path) -> None:
    export_csv(tmp_path / "csv", order_of(store), 2)

    snapshot = open_snapshot(exported)
    for name in TABLES:
        with (tmp_path / "csv" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == len(snapshot.table(name))
        assert not any(value.startswith(("=", "+", "@")) for row in rows for value in row.values())
    assert [path.name for path in sorted((tmp_path / "csv").iterdir())] == sorted(
        f"{name}.csv" for name in TABLES
    )


# What can go wrong.


def test_a_case_of_a_newer_program_is_left_out_and_named_until_it_can_be_read(
    store: str, exported: Path
) -> None:
    as_a_newer_program_wrote(store, case_stream_id("C-017"), "technical_support")
    give(store, more_commands())

    done = export_folder(exported.with_name("newer"), order_of(store), 1)

    assert done.left_out == open_snapshot(exported.with_name("newer")).left_out == ("C-017",)
    cases = open_snapshot(exported.with_name("newer")).table("cases")["case"].to_pylist()
    assert "C-017" not in cases
    assert len(cases) > CASES_IN_STORE - 1
    # and once it is known, the next export has it whole.
    as_it_is_known(store, case_stream_id("C-017"), "technical_support")
    assert export_folder(exported.with_name("newer"), order_of(store), 1).left_out == ()
    events = open_snapshot(exported.with_name("newer")).table("events").to_pylist()
    assert min(row["version"] for row in events if row["case"] == "C-017") == 1


def test_an_export_that_fails_leaves_the_last_one_and_no_part(
    store: str, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(store, more_commands())
    before = files_in(exported)
    monkeypatch.setattr("casecore.analysis.snapshot.folder.sync_folder", _full)

    with pytest.raises(OSError, match="No space left"):
        export_folder(exported, order_of(store), 1)

    assert files_in(exported) == before
    assert not list(exported.glob(".part*"))


def _full(_: Path) -> None:
    raise OSError(28, "No space left on device")


def test_what_a_killed_export_left_is_removed_by_the_next_one(store: str, exported: Path) -> None:
    left = exported / ".part-123"
    (left / "events").mkdir(parents=True)
    (left / "events" / "000-of-004-after-0-to-9.parquet").write_bytes(b"PAR1")
    give(store, more_commands())

    export_folder(exported, order_of(store), 1)

    assert not left.exists()
    open_snapshot(exported)


@pytest.mark.parametrize("table", ["events", "clocks"])
def test_a_bucket_that_is_missing_or_cut_is_named_and_nobody_reads_half(exported: Path, table: str) -> None:
    path = sorted((exported / LATEST / table).glob("*.parquet"))[1]
    whole = path.read_bytes()

    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ExportUnreadable, match=path.name):
        open_snapshot(exported)
    path.unlink()
    with pytest.raises(ExportUnreadable, match="bucket 1 of 4 is missing"):
        open_snapshot(exported)


def test_the_next_export_goes_on_where_one_cannot_be_read(store: str, exported: Path) -> None:
    next((exported / LATEST / "events").glob("*.parquet")).unlink()

    assert export_folder(exported, order_of(store), 1).is_new
    open_snapshot(exported)


def test_a_folder_that_is_no_export_is_refused_and_untouched(store: str, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("mine")

    with pytest.raises(ExportRefused, match=r"a\.txt"):
        export_folder(tmp_path / "letters", order_of(store), 1)
    with pytest.raises(ExportUnreadable, match="is no export"):
        open_snapshot(tmp_path / "letters")
    with pytest.raises(ExportUnreadable, match="is no folder"):
        open_snapshot(tmp_path / "nowhere")
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["a.txt"]


def test_parquet_files_of_others_are_no_export(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    pq.write_table(pa.table({"case": ["C-1"]}), tmp_path / "events" / "0.parquet")

    with pytest.raises(ExportUnreadable, match="no file of an export"):
        open_snapshot(tmp_path)


def test_a_folder_has_exports_of_one_selection(store: str, exported: Path) -> None:
    with pytest.raises(ExportRefused, match=r"without personal data.*with personal data"):
        export_folder(exported, order_of(store, selection=Selection(personal=True)), 1)


def test_two_exports_to_one_folder_do_not_meet(store: str, exported: Path) -> None:
    with only_writer(exported), pytest.raises(ExportRefused, match="another export"):
        export_folder(exported, order_of(store), 1)


def test_a_position_that_the_store_does_not_have_is_refused(store: str) -> None:
    with pytest.raises(PositionUnknown, match="its last event is at"):
        order_of(store, position=10**9)


def test_an_earlier_position_is_as_it_was_then(store: str, tmp_path: Path) -> None:
    middle = case_events_in(store)[0].position
    export_folder(tmp_path / "then", order_of(store, position=middle), 1)

    positions = open_snapshot(tmp_path / "then").table("events")["position"].to_pylist()

    assert max(positions) == middle


def test_an_empty_store_is_exported_as_empty_tables(database: str, tmp_path: Path) -> None:
    from casecore.store.migrations import migrate

    migrate(database)

    export_folder(tmp_path / "empty", order_of(database), 1)

    assert {len(open_snapshot(tmp_path / "empty").table(name)) for name in TABLES} == {0}


@pytest.mark.parametrize("buckets", [1, 4, 7, 1_024])
def test_every_stream_is_in_the_bucket_whose_range_has_it(buckets: int) -> None:
    chance = Random(5)
    ranges = [range_of(number, buckets, 9) for number in range(buckets)]
    for _ in range(500):
        stream_id = case_stream_id(f"C-{chance.random()}")
        first, before, _ = ranges[bucket_of(stream_id, buckets)]
        assert first <= stream_id
        assert before is None or stream_id < before


@pytest.mark.parametrize(("events", "buckets"), [(0, 4), (400_000, 4), (1_000_000, 16), (10**12, 1_024)])
def test_a_larger_store_has_more_buckets(events: int, buckets: int) -> None:
    assert number_of_buckets(events) == buckets
