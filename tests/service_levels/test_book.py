"""The book: every version that was published, and which one is in force when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.contract.cases import CaseOpened, Category, Priority, Standing, State
from casecore.contract.service_levels import Policy, PolicyPublished
from casecore.service_levels.book import Book, evolve, in_force
from tests.cases.promises import IN_FORCE_FROM, SHA, book, calendar, policy, published
from tests.cases.steps import VENDOR

DAY = timedelta(days=1)


def on_day(day: int) -> datetime:
    return IN_FORCE_FROM + day * DAY


def test_every_version_is_there_and_the_last_one_unless_one_is_named() -> None:
    both = book(
        policy("gold"),
        policy("gold", hours=4, version=2),
        calendars=[(VENDOR, calendar()), (VENDOR, calendar(version=2, holidays=()))],
    )
    for version in (1, 2):
        kept, fixed = both.policy("gold", version), both.calendar("office", version)
        assert kept is not None
        assert fixed is not None
        assert kept.policy.version == fixed.calendar.version == version
    last = both.policy("gold")
    assert last is not None
    assert last.policy.version == 2
    for missing in (-1, 0, 3):
        assert both.policy("gold", missing) is None
        assert both.calendar("office", missing) is None
    assert both.policy("silver") is None
    assert both.calendar("silver") is None


def test_a_book_is_never_changed_only_followed_by_another() -> None:
    before = book(policy("gold"))
    second = PolicyPublished(policy=policy("gold", version=2), definition_sha256=SHA)
    after = evolve(before, published(second))
    assert len(before.policies["gold"]) == 1
    assert len(after.policies["gold"]) == 2


def test_what_belongs_to_a_case_is_not_an_event_of_the_book() -> None:
    standing = Standing(State.OPENED, Category.TECHNICAL_SUPPORT, "recovery", Priority.LOW, "s")
    opened = CaseOpened(reference="C", customer="c", seller="s", vendor="v", standing=standing)
    with pytest.raises(TypeError, match="CaseOpened"):
        evolve(Book(), published(opened))


@pytest.mark.parametrize(
    ("day", "version"), [(-1, None), (0, 1), (9, 1), (10, 2), (19, 2), (20, None), (29, None), (30, 3)]
)
def test_the_newest_version_that_has_begun_is_in_force_until_it_is_over(
    day: int, version: int | None
) -> None:
    # Given version 1 from day 0, version 2 from day 10 until before day 20, version 3 from day 30
    three = book(
        policy("gold", in_force_from=on_day(0)),
        policy("gold", version=2, in_force_from=on_day(10), in_force_until=on_day(20)),
        policy("gold", version=3, in_force_from=on_day(30)),
    )
    # Then between the end of version 2 and version 3 none applies: version 1 does not come back
    found = three.in_force("gold", on_day(day))
    assert (found.version if found else None) == version


def test_a_newer_version_from_an_earlier_time_replaces_the_one_before_it_completely() -> None:
    both = book(policy("gold", in_force_from=on_day(10)), policy("gold", version=2, in_force_from=on_day(5)))
    assert [p.version for d in (5, 10, 99) if (p := both.in_force("gold", on_day(d)))] == [2, 2, 2]
    assert both.in_force("gold", on_day(4)) is None


def test_moments_are_distinguished_to_the_microsecond() -> None:
    since = datetime(2026, 3, 2, 8, 0, 0, 1, tzinfo=UTC)
    one = book(policy("gold", in_force_from=since, in_force_until=since + timedelta(microseconds=1)))
    assert one.in_force("gold", since) is not None
    assert one.in_force("gold", since - timedelta(microseconds=1)) is None
    assert one.in_force("gold", since + timedelta(microseconds=1)) is None


days = st.integers(0, 8)


@given(st.lists(st.tuples(days, st.none() | days), min_size=1, max_size=5), days)
def test_at_most_one_version_is_in_force_and_no_later_one_has_begun(
    spans: list[tuple[int, int | None]], day: int
) -> None:
    versions: list[Policy] = [
        policy(
            "gold",
            version=n,
            in_force_from=on_day(start),
            in_force_until=None if length is None else on_day(start + length + 1),
        )
        for n, (start, length) in enumerate(spans, start=1)
    ]
    found = in_force(versions, on_day(day))
    begun = [number for number, (start, _) in enumerate(spans, start=1) if start <= day]
    if found is None:
        assert not begun or spans[begun[-1] - 1][1] is not None
    else:
        assert found.version == max(begun)
        assert found.in_force_from <= on_day(day)
        assert found.in_force_until is None or on_day(day) < found.in_force_until
