"""Bars: as wide as a whole, also where there are too many times to be told apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from casecore.web.rendering.bars import WIDTH, bar_of, whole_seconds
from tests.profiles import scaled

BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


@scaled(1)
@given(parts=st.lists(st.integers(0, 10**12), max_size=12))
def test_whole_seconds_add_up_to_those_of_the_sum(parts: list[int]) -> None:
    shown = whole_seconds(parts)

    assert sum(shown) == sum(parts) // 1_000_000
    assert all(abs(whole * 1_000_000 - part) < 1_000_000 for whole, part in zip(shown, parts, strict=True))


def test_a_bar_reaches_to_where_something_falls_due() -> None:
    bar = bar_of([(BEGIN, BEGIN + HOUR, "open")], [(BEGIN + 4 * HOUR, "due")])

    assert bar is not None
    assert [(piece.x, piece.width) for piece in bar.pieces] == [(0, WIDTH / 4)]
    assert [(mark.x, mark.kind) for mark in bar.marks] == [(WIDTH, "due")]


def test_a_clock_that_took_no_time_has_no_bar() -> None:
    assert bar_of([(BEGIN, BEGIN, "open")]) is None


def test_years_of_days_and_nights_are_drawn_coarsely_and_summed_exactly() -> None:
    # Given a clock that ran for three years, eight hours each day
    times = []
    for day in range(3 * 365):
        start = BEGIN + timedelta(days=day)
        times += [(start, start + 8 * HOUR, "open"), (start + 8 * HOUR, start + 24 * HOUR, "closed")]

    bar = bar_of(times)

    assert bar is not None
    assert len(bar.pieces) <= 240
    assert round(sum(piece.width for piece in bar.pieces)) == WIDTH
    assert dict(bar.sums) == {"open": 3 * 365 * 8 * 3600, "closed": 3 * 365 * 16 * 3600}
    assert len(bar.lines) + bar.earlier == len(times)
