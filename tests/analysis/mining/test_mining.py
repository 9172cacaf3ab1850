"""What is mined of any history, late facts and imported rows among it, is what a second telling finds."""

from __future__ import annotations

import doctest
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.analysis.errors import ExportUnreadable
from casecore.analysis.mining import handovers as handed
from casecore.analysis.mining import paths
from casecore.analysis.mining import waits as waiting
from casecore.analysis.mining.handovers import NotHandedOver, handovers, ping_pong, ping_pong_cases
from casecore.analysis.mining.paths import directly_follows, variants
from casecore.analysis.mining.questions import HANDED_BY, By, Opened
from casecore.analysis.mining.waits import waits
from casecore.analysis.tables.events import EventRow
from tests.analysis.mining import reference
from tests.analysis.mining.logs import EXAMPLE, START, at, logs, row, table
from tests.profiles import scaled

BY = st.sampled_from(By)
HANDED = st.sampled_from(HANDED_BY)


def values(found: pa.Table, *names: str) -> list[tuple[Any, ...]]:
    """The rows, of each these columns."""
    return [tuple(one[name] for name in names) for one in found.to_pylist()]


@given(logs(), BY, st.booleans())
def test_what_follows_what_is_what_is_counted_by_hand(log: list[EventRow], by: By, implied: bool) -> None:
    found = directly_follows(table(log), by, implied=implied)

    assert {tuple(one.values()) for one in found.to_pylist()} == reference.directly_follows(log, by, implied)
    assert found["times"].to_pylist() == sorted(found["times"].to_pylist(), reverse=True)
    # And each step is entered as often as it is left
    entered, left = Counter[str | None](), Counter[str | None]()
    for before, after, times in values(found, "predecessor", "successor", "times"):
        entered[after] += times
        left[before] += times
    assert entered == left


@given(logs(), BY, st.booleans())
def test_paths_are_those_that_are_walked_by_hand(log: list[EventRow], by: By, implied: bool) -> None:
    found = variants(table(log), by, implied=implied)

    told = values(found, "path", "cases", "median_seconds", "p95_seconds", "example")
    assert told == reference.variants(log, by, implied)
    assert found["variant"].to_pylist() == list(range(1, len(told) + 1))
    assert found["steps"].to_pylist() == [len(path) for path, *_ in told]
    # And their shares are the whole
    cases, so_far = sum(found["cases"].to_pylist()), 0
    for of_path, share, cumulated in values(found, "cases", "share", "cumulated_share"):
        so_far += of_path
        assert (share, cumulated) == (of_path / cases, so_far / cases)


@scaled(0.5)
@given(logs(), HANDED)
def test_who_hands_to_whom_is_what_is_counted_by_hand(log: list[EventRow], by: By) -> None:
    found = handovers(table(log), by).to_pylist()

    assert {tuple(one.values()) for one in found} == reference.handovers(log, by)


@scaled(0.5)
@given(logs(), HANDED)
def test_who_hands_back_is_what_is_counted_by_hand(log: list[EventRow], by: By) -> None:
    pairs, of_cases = reference.ping_pong(log, by)

    found = {(one["handed_by"], one["returned_by"]): one for one in ping_pong(table(log), by).to_pylist()}
    assert {pair: one["times"] for pair, one in found.items()} == {
        pair: times.total() for pair, times in pairs.items()
    }
    for pair, times in pairs.items():
        most = max(times.values())
        assert found[pair]["cases"] == len(times)
        assert found[pair]["most_in_a_case"] == most
        assert found[pair]["example"] == min(name for name, often in times.items() if often == most)
    cases = ping_pong_cases(table(log), by)
    assert dict(values(cases, "case", "times")) == of_cases
    stories = reference.cases(log)
    for name, path in values(cases, "case", "path"):
        assert path == [step.label for step in reference.steps(stories[name], by)]


@given(logs(), BY, st.booleans(), st.none() | st.integers(-10, 600))
def test_where_time_goes_is_what_is_counted_by_hand(
    log: list[EventRow], by: By, implied: bool, ticks: int | None
) -> None:
    until = None if ticks is None else at(ticks / 7)
    last = max(one.occurred_at for one in log)
    times = reference.waits(log, by, until or last, implied)

    found = waits(table(log), by, at=until, implied=implied)

    spent: dict[tuple[str | None, str], list[int]] = {}
    for case in times.values():
        for place, lasted in case.items():
            spent.setdefault(place, []).append(lasted)
    assert {
        (one["place"], one["status"]): (
            one["cases"],
            int(one["total_seconds"] * 1_000_000),
            one["median_seconds"],
            one["p95_seconds"],
        )
        for one in found.to_pylist()
    } == {
        place: (len(all_), sum(all_), reference.percentile(all_, 50), reference.percentile(all_, 95))
        for place, all_ in spent.items()
    }
    # And all of it is the ages of the cases, to the microsecond
    ages = sum((age(case, until or last) for case in reference.cases(log).values()), timedelta())
    assert sum(found["total_seconds"].to_pylist()) * 1_000_000 == ages // timedelta(microseconds=1)
    assert sum(found["share"].to_pylist()) == pytest.approx(1 if ages else 0)


def age(case: list[EventRow], until: datetime) -> timedelta:
    """From its opening to its end, or else until then."""
    moves = reference.changed(case, "state")
    ended = next((one.occurred_at for one in moves if one.state in ("closed", "cancelled")), until)
    return max(min(ended, until) - case[0].occurred_at, timedelta())


@scaled(0.5)
@given(logs(), BY, st.integers(0, 8), st.integers(0, 8))
def test_a_case_counts_whole_if_it_was_opened_in_the_period(
    log: list[EventRow], by: By, since: int, before: int
) -> None:
    opened = Opened(at(since), at(before))
    chosen = [
        one
        for case in reference.cases(log).values()
        if at(since) <= case[0].occurred_at < at(before)
        for one in case
    ]

    found = variants(table(log), by, opened)

    told = values(found, "path", "cases", "median_seconds", "p95_seconds", "example")
    assert told == reference.variants(chosen, by)


@scaled(0.3)
@given(st.integers(1, 400))
def test_percentiles_are_by_nearest_rank_however_many_there_are(cases: int) -> None:
    rows = [
        one
        for n in range(cases)
        for one in (row(f"C-{n}", 1, "opened", START), row(f"C-{n}", 2, "noted", at(n * 0.000_001)))
    ]

    found = variants(table(rows)).to_pylist()[0]

    assert found["median_seconds"] == reference.percentile(range(cases), 50)
    assert found["p95_seconds"] == reference.percentile(range(cases), 95)


def test_a_message_that_was_recorded_late_moves_no_case() -> None:
    # Given a case that went up after an hour, and a message of before that is recorded after it
    up = {"state": "escalated_l1", "level": "level_1", "holder": "vendor"}
    log = table(
        [
            row("C-1", 1, "opened", at(0)),
            row("C-1", 2, "escalated", at(3600), **up),
            row("C-1", 3, "message_posted", at(60), sender="agent", **up),
            row("C-1", 4, "effort_recorded", at(7200), **up),
        ]
    )

    # Then by activity it is where it occurred, and the hour was the seller's all the same
    assert values(variants(log), "path") == [(["opened", "message_posted", "escalated", "effort_recorded"],)]
    assert values(handovers(log), "giver", "receiver", "median_held_seconds") == [("nord", "vendor", 3600.0)]
    assert values(waits(log, By.ORGANISATION), "place", "total_seconds") == [("nord", 3600), ("vendor", 3600)]


def test_only_what_comes_back_at_once_is_ping_pong() -> None:
    # Given a case that goes on to a third one, and another that comes back twice
    ways = {"C-1": ("nord", "vendor", "campus", "nord"), "C-2": ("nord", "vendor", "nord", "vendor", "nord")}
    log = table(
        [
            row(case, version, "moved", at(version * 60), holder=holder)
            for case, way in ways.items()
            for version, holder in enumerate(way, start=1)
        ]
    )

    assert values(ping_pong(log), "handed_by", "returned_by", "times", "median_away_seconds") == [
        ("nord", "vendor", 2, 60.0),
        ("vendor", "nord", 1, 60.0),
    ]
    assert values(ping_pong_cases(log), "case", "times") == [("C-2", 3)]


@pytest.mark.parametrize("by", [By.ACTIVITY, By.STATE])
def test_between_activities_nothing_is_handed_over(by: By) -> None:
    for mined in (handovers, ping_pong, ping_pong_cases):
        with pytest.raises(NotHandedOver, match="choose organisation, level, resource"):
            mined(EXAMPLE, by)


def test_a_folder_of_files_is_mined_as_the_table_is(tmp_path: Path) -> None:
    # Given events in buckets by case, with usual columns as dictionaries
    for name in ("C-1", "C-2"):
        bucket = [one for one in rows_of(EXAMPLE) if one.case == name]
        pq.write_table(table(bucket), tmp_path / f"{name}.parquet")

    for mined in (directly_follows, variants, waits):
        assert mined(tmp_path).equals(mined(EXAMPLE))


def test_a_folder_without_files_is_none(tmp_path: Path) -> None:
    with pytest.raises(ExportUnreadable, match="has no Parquet files"):
        variants(tmp_path)


def rows_of(events: pa.Table) -> list[EventRow]:
    return [EventRow(**one) for one in events.to_pylist()]


@pytest.mark.parametrize("by", By)
def test_of_no_events_there_is_nothing(by: By) -> None:
    assert [mined(table([]), by).num_rows for mined in (directly_follows, variants, waits)] == [0, 0, 0]


@pytest.mark.parametrize("module", [paths, handed, waiting], ids=lambda module: module.__name__)
def test_the_examples_run(module: Any) -> None:
    found = doctest.testmod(module, extraglobs={"events": EXAMPLE})

    assert found.failed == 0
    assert found.attempted > 0
