"""A history answers the same from the store, from an export, and case by case."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from casecore.analysis import CaseHistories, open_history
from casecore.analysis.errors import CaseNotThere, ExportUnreadable, PlaceUnknown
from casecore.analysis.mining.handovers import handovers, ping_pong
from casecore.analysis.mining.paths import directly_follows, variants
from casecore.analysis.mining.questions import By, Opened
from casecore.analysis.mining.waits import waits
from casecore.analysis.selection import Selection
from casecore.analysis.snapshot.writing import export_folder
from casecore.analysis.tables.refold import batches_by_case, cases_at
from casecore.clocks.instants import micros
from casecore.contract.streams import case_stream_id
from casecore.evaluation.whatif import what_if
from casecore.postgres.errors import DatabaseUnavailable
from tests.analysis.orders import order_of
from tests.evaluation.business import AT, CASES_IN_STORE, MONDAY, NEW, NEW_LEVEL
from tests.newer_words import as_a_newer_program_wrote

THEN = MONDAY + timedelta(days=3, hours=5)
INSTANTS = [MONDAY - timedelta(days=1), MONDAY + timedelta(hours=7), THEN, MONDAY + timedelta(days=60)]


@pytest.fixture(params=["store", "export"])
def history(request: pytest.FixtureRequest, store: str, exported: Path) -> CaseHistories:
    """The same history, by each way."""
    return open_history(store if request.param == "store" else exported, processes=1)


def rows(table: pa.Table) -> list[dict[str, Any]]:
    return sorted(table.to_pylist(), key=lambda row: [str(value) for value in row.values()])


@pytest.mark.parametrize("at", INSTANTS)
def test_store_and_export_answer_alike_as_of_any_instant(store: str, exported: Path, at: datetime) -> None:
    one, other = open_history(store, processes=1), open_history(exported, processes=1)

    assert rows(one.cases(at)) == rows(other.cases(at))
    assert rows(one.clocks(at)) == rows(other.clocks(at))
    assert rows(one.holders(at)) == rows(other.holders(at))


def test_what_was_not_recorded_by_then_is_not_known(history: CaseHistories) -> None:
    recorded = history.events["recorded_at"].to_pylist()
    before_all, middle = min(recorded) - timedelta(seconds=1), sorted(recorded)[len(recorded) // 2]

    assert len(history.cases(THEN, recorded_by=before_all)) == 0
    known = {row["case"] for row in history.events.to_pylist() if row["recorded_at"] <= middle}
    assert 0 < len(known) < CASES_IN_STORE
    assert set(history.cases(MONDAY + timedelta(days=60), recorded_by=middle)["case"].to_pylist()) <= known


def test_a_case_stood_as_the_table_of_all_says(history: CaseHistories) -> None:
    by_case = {row["case"]: row for row in history.cases(THEN).to_pylist()}

    for reference in sorted(by_case)[:20]:
        found = history.case(reference).at(occurred=THEN)
        assert found is not None
        assert found.case._asdict() == by_case[reference]
    assert history.case("C-000").at(occurred=MONDAY - timedelta(days=1)) is None


def test_a_case_has_its_events_in_the_order_of_versions(history: CaseHistories) -> None:
    events = history.case("C-017").events

    versions = events["version"].to_pylist()
    assert versions == list(range(1, len(versions) + 1))
    assert set(events["case"].to_pylist()) == {"C-017"}


def test_what_is_no_place_and_no_instant_is_said_to_be(exported: Path) -> None:
    with pytest.raises(PlaceUnknown, match="name an export's folder, or an address"):
        open_history("nowhere")
    with pytest.raises(ValueError, match="give a datetime with a zone"):
        open_history(exported).cases(at=THEN.replace(tzinfo=None))
    with pytest.raises(ValueError, match="occurred is"):
        open_history(exported).case("C-017").at(occurred=THEN.replace(tzinfo=None))


def test_files_whose_bytes_changed_are_not_read(exported: Path) -> None:
    path = max((exported / "latest" / "events").glob("*.parquet"), key=lambda one: one.stat().st_size)
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ExportUnreadable, match=path.name):
        _ = open_history(exported, processes=1).events


def test_a_case_that_is_not_there_is_said_to_be(history: CaseHistories) -> None:
    with pytest.raises(CaseNotThere, match="C-999"):
        history.case("C-999")


def test_what_if_is_what_the_store_answers(store: str, history: CaseHistories) -> None:
    expected = what_if(store, [NEW, NEW_LEVEL], AT, history.position, 10_000, 1)

    found = history.what_if(NEW, NEW_LEVEL, at=MONDAY + timedelta(days=20))

    assert micros(MONDAY + timedelta(days=20)) == AT
    assert found == expected
    assert found.cases_changed > 100


def test_what_is_mined_of_a_history_is_what_is_mined_of_its_events(history: CaseHistories) -> None:
    events, since = history.events, Opened(since=THEN)

    assert rows(history.variants("state")) == rows(variants(events, By.STATE)) != []
    assert rows(history.directly_follows(opened=since)) == rows(directly_follows(events, opened=since)) != []
    assert rows(history.handovers(by="level")) == rows(handovers(events, By.LEVEL)) != []
    assert rows(history.ping_pong(by=By.RESOURCE)) == rows(ping_pong(events, By.RESOURCE))
    assert rows(history.waits(at=THEN)) == rows(waits(events, at=THEN)) != []
    with pytest.raises(
        ValueError, match="'states' is no way to tell steps apart: give activity, state, level"
    ):
        history.variants("states")


def test_moves_and_efforts_are_those_by_the_instant(store: str) -> None:
    history = open_history(store, processes=1)

    moves = history.moves(THEN).to_pylist()

    everything = history.moves().to_pylist()
    assert moves == [row for row in everything if row["occurred_at"] <= THEN]
    assert 0 < len(moves) < len(everything)
    assert sum(row["came_in"] - row["went_out"] for row in everything) == sum(
        row["is_open"] for row in history.cases(MONDAY + timedelta(days=60)).to_pylist()
    )


def test_an_export_has_moves_as_of_its_own_instant_only(exported: Path) -> None:
    history = open_history(exported, processes=1)

    assert len(history.moves(history.last_at)) > 0
    with pytest.raises(ExportUnreadable, match="export again with --at, or open the store"):
        history.moves(THEN)


def test_nothing_is_folded_from_an_export_of_a_part_of_the_events(store: str, tmp_path: Path) -> None:
    export_folder(tmp_path / "part", order_of(store, "events", selection=Selection(occurred_until=THEN)), 1)
    history = open_history(tmp_path / "part", processes=1)

    assert 0 < len(history.events) < len(open_history(store, processes=1).events)
    with pytest.raises(ExportUnreadable, match="folded from all of them"):
        history.cases()


def test_a_history_names_the_cases_that_only_a_newer_program_can_read(store: str) -> None:
    as_a_newer_program_wrote(store, case_stream_id("C-017"), "technical_support")
    history = open_history(store, processes=1)

    assert "C-017" not in history.cases()["case"].to_pylist()
    assert history.left_out == ("C-017",)


def test_batches_in_which_cases_are_cut_are_folded_whole(exported: Path) -> None:
    # As engines hand them over: in batches of however many rows
    history = open_history(exported, processes=1)
    bucket = history.events.sort_by([("case", "ascending"), ("version", "ascending")])
    batches = [batch for batch in bucket.to_batches(max_chunksize=7) if len(batch)]

    tables = list(batches_by_case(batches))

    assert sum(map(len, tables)) == len(bucket)
    found = pa.concat_tables([cases_at(table, THEN).cases for table in tables])
    assert rows(found) == rows(history.cases(THEN))


def test_with_several_processes_it_is_the_same(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casecore.evaluation.over_histories.WORTH_EVENTS", 0)

    assert rows(open_history(exported, processes=2).cases(THEN)) == rows(
        open_history(exported, processes=1).cases(THEN)
    )


def test_a_place_that_is_none_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(ExportUnreadable, match="is no folder"):
        open_history(tmp_path / "nowhere")
    with pytest.raises(DatabaseUnavailable):
        open_history("host=127.0.0.1 port=1 connect_timeout=1")
