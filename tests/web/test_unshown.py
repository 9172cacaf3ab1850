"""Pages are told of a change once the views show it, also of a case that never stops changing."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from casecore.web.live.unshown import GIVE_UP_SECONDS, HeardEvent, UnshownCases
from tests.profiles import scaled

CASE = UUID(int=1)


def heard(version: int) -> HeardEvent:
    return HeardEvent(CASE, version, "case:C-1")


def test_a_case_that_changes_faster_than_its_views_is_told_of_again_and_again() -> None:
    # Given views that are always two events behind
    unshown, told = UnshownCases(), 0
    for version in range(1, 20):
        unshown.hear([heard(version)], version / 10)
        told += bool(unshown.take_shown({CASE: version - 2}, version / 10))
    # Then pages hear of it with each event that shows
    assert told == 17


@scaled(1)
@given(behind=st.lists(st.integers(0, 3), min_size=1, max_size=20))
def test_what_was_heard_is_told_after_the_views_show_it(behind: list[int]) -> None:
    unshown, told_at = UnshownCases(), 0
    for version, lag in enumerate(behind, start=1):
        unshown.hear([heard(version)], 0)
        if unshown.take_shown({CASE: version - lag}, 0):
            told_at = max(told_at, version - lag)
    # When the views show all
    assert unshown.take_shown({CASE: len(behind)}, 0) == ({"case:C-1"} if told_at < len(behind) else set())
    assert not unshown.ids


def test_a_view_that_is_far_behind_is_waited_for_only_so_long() -> None:
    unshown = UnshownCases()
    unshown.hear([heard(5)], 0)

    assert unshown.take_shown({CASE: 3}, GIVE_UP_SECONDS) == set()
    assert unshown.take_shown({CASE: 3}, GIVE_UP_SECONDS + 1) == {"case:C-1"}
    assert not unshown.ids
