"""What is remembered of a view is what a search would find: while nothing is stored, it is searched once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from casecore.app.freshness.known import CompleteViews
from casecore.app.freshness.result import Freshness, say_nothing
from casecore.app.freshness.waiting import wait_for_view
from casecore.contract.streams import PARTITIONS
from tests.app.view_of_log import BEGAN_AT, ViewOfLog, log_of

NAMES = [f"C-{number}" for number in range(40)]

views = st.builds(
    ViewOfLog,
    st.lists(st.sampled_from(NAMES), max_size=60).map(log_of),
    st.just({}),
    st.dictionaries(st.sampled_from(NAMES), st.integers(1, 3), max_size=6),
)
happenings = st.one_of(
    st.tuples(st.just("ask"), st.none()),
    st.tuples(st.just("store"), st.sampled_from(NAMES)),
    st.tuples(st.just("read"), st.integers(0, PARTITIONS - 1)),
    st.tuples(st.just("read all"), st.none()),
    st.tuples(st.just("decide"), st.sampled_from(NAMES)),
    st.tuples(st.just("build again"), st.integers(0, 12)),
    st.tuples(st.just("restore"), st.integers(1, 5)),
)


def happen(view: ViewOfLog, what: str, given: Any) -> None:
    """What may happen to a log and a view between two answers."""
    match what:
        case "store":
            # A store that was restored has other events where the lost ones were.
            at = BEGAN_AT + timedelta(seconds=len(view.log) // 3, hours=view.restored)
            (*_, last) = log_of([*(event.case for event in view.log), given])
            view.log = [*view.log, last._replace(recorded_at=at)]
        case "read":
            view.read[given] += 1
        case "read all":
            view.read = dict.fromkeys(view.read, len(view.log))
        case "decide":  # an operator applies what was parked again
            view.parked_from.pop(given, None)
        case "build again":
            view.build_number += 1
            view.read = {number: min(count, given) for number, count in view.read.items()}
        case "restore":  # the log and the view from one backup
            view.restored += 1
            view.log = view.log[:-given]
            kept = Counter(event.partition for event in view.log)
            view.read = {number: min(count, kept[number]) for number, count in view.read.items()}


@given(views, st.lists(happenings, max_size=30))
def test_what_is_remembered_of_a_view_is_what_a_search_would_find(
    view: ViewOfLog, happened: list[tuple[str, Any]]
) -> None:
    known = CompleteViews()
    for what, about in [("read all", None), ("ask", None), *happened, ("ask", None)]:
        happen(view, what, about)
        if what == "ask":
            found = wait_for_view(view, 0, say_nothing, view)
            assert known.freshness_of(view, lambda: wait_for_view(view, 0, say_nothing, view)) == found


def test_of_a_log_to_which_nothing_was_added_a_view_is_searched_once() -> None:
    known, view = CompleteViews(), ViewOfLog(log_of(NAMES), dict.fromkeys(range(PARTITIONS), 99), {"C-1": 1})

    def searched() -> int:
        view.searches = 0
        found = known.freshness_of(view, lambda: wait_for_view(view, 0, say_nothing, view))
        assert found == Freshness(view.head_recorded_at, 0, view.parked())
        return view.searches

    assert (searched(), searched(), searched()) == (1, 0, 0)
    # A decision about what is parked is heard without a search
    happen(view, "decide", "C-1")
    assert (searched(), view.parked()) == (0, ())
    # A new event, another building: it is searched again
    happen(view, "store", "C-1")
    assert (searched(), searched()) == (1, 0)
    happen(view, "build again", 99)
    assert (searched(), searched()) == (1, 0)
    head, build = view.head, view.build()
    # A store that was restored, and has another event at the same position now
    happen(view, "restore", 1)
    happen(view, "store", "C-2")
    view.read = {**view.read, view.log[-1].partition: 0}
    assert (view.head.position, view.build()) == (head.position, build)
    assert known.freshness_of(view, lambda: wait_for_view(view, 0, say_nothing, view)).behind
    # While it lacks something, each answer looks
    view.read = dict.fromkeys(view.read, 0)
    happen(view, "store", "C-1")
    for _ in range(2):
        assert known.freshness_of(view, lambda: wait_for_view(view, 0, say_nothing, view)).behind == 42
