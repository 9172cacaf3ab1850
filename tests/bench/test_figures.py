"""How measured figures are summed up: medians, percentiles, goals, and whether memory is flat."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.findings import Findings, Row, Verdict, latency, median_rate
from bench.measurements import Measurement
from bench.report import Report, row_report, to_json, to_markdown
from bench.soak.samples import is_flat, slope

FEW = st.lists(st.floats(0.001, 10), min_size=1, max_size=200)


def _row(found: Findings) -> Row:
    return Row("some", "Some row", lambda *_: found)


@given(FEW)
def test_half_of_what_was_measured_took_no_longer_than_the_median(seconds: list[float]) -> None:
    found = latency("some", seconds)
    within = sum(one * 1e3 <= found.median_ms for one in seconds)
    assert within * 2 >= len(seconds)
    assert found.median_ms <= found.p95_ms <= found.p99_ms <= max(seconds) * 1e3


@given(st.floats(0.01, 1e6), st.floats(0.01, 1e6), st.booleans())
def test_a_goal_is_met_when_all_of_it_is_reached(measured: float, goal: float, at_most: bool) -> None:
    verdict = Verdict("some", measured, goal, "s", at_most)
    assert verdict.is_met == (measured <= goal if at_most else measured >= goal)
    assert verdict.is_met == (verdict.share >= 1)


def test_a_figure_is_the_median_of_its_own_runs_alone() -> None:
    # Given three runs of a stage and one of another
    measurements = [Measurement("ours", count, "events", 1) for count in (10, 1_000, 30)]
    measurements.append(Measurement("peer", 100, "events", 1))
    # When and then
    assert median_rate(measurements, "ours") == 30
    report = row_report(_row(Findings()), Findings(measurements, limits={"ours": "peer"}), 1)
    assert report.figures[0][:6] == ("ours", "events", 3, 30, 10, 1_000)
    assert report.figures[0].of_limit == pytest.approx(0.3)
    assert report.figures[1].of_limit is None


def test_the_report_says_what_was_asked_and_what_was_reached() -> None:
    # Given a goal that is half reached
    found = Findings(
        [Measurement("ours", 500, "events", 1)], (), (Verdict("events", 500, 1_000, "events/s"),)
    )
    report = Report("2026-01-02T03:04:05Z", 1, 1.0, {"cores": "2"}, [row_report(_row(found), found, 2.0)])
    # When it is written
    data, page = json.loads(to_json(report)), to_markdown(report)
    # Then both forms say so
    assert data["rows"][0]["verdicts"][0]["share"] == 0.5
    assert "| events | at least 1,000 events/s | 500 | 50% |" in page


@given(
    st.floats(10, 500), st.floats(-50, 50), st.lists(st.floats(0, 300), min_size=0, max_size=10), st.randoms()
)
def test_some_jumps_do_not_move_the_slope(
    start: float, mib_an_hour: float, jumps: list[float], rng: object
) -> None:
    # Given a process that grows steadily, and some samples that are higher
    samples = [(at * 5.0, start + mib_an_hour * at * 5 / 3600) for at in range(100)]
    shuffle = rng.sample  # type: ignore[attr-defined]
    for place, jump in zip(shuffle(range(100), len(jumps)), jumps, strict=True):
        samples[place] = (samples[place][0], samples[place][1] + jump)
    # When
    found = slope(samples)
    # Then the bounds hold the true slope
    assert found.lowest - 1e-6 <= mib_an_hour <= found.highest + 1e-6


def test_what_leaks_a_megabyte_a_minute_is_not_flat_and_what_only_trembles_is() -> None:
    leaking = [(at * 5.0, 100 + at * 5 / 60) for at in range(180)]
    trembling = [(at * 5.0, 100 + (at * 7919 % 13) / 10) for at in range(180)]
    assert not is_flat(slope(leaking), 107)
    assert is_flat(slope(trembling), 100)
    assert is_flat(slope(trembling[:2]), 100)
    # What trembles leaves its slope open, to either side.
    found = slope(trembling)
    assert found.lowest < -0.1
    assert found.highest > 0.1
