"""A view built by several processes at once: the same rows, and only one writes each partition."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.kit import crew
from projections.kit.building import Builder, Progress
from projections.kit.crew import build_share
from projections.kit.errors import Fenced, ProjectionError
from projections.kit.logic import NO_VERDICTS
from projections.kit.rebuild import audit_view, rebuild
from projections.workload.projection import WORKLOAD
from tests.projections.histories import CLOSE, ESCALATE, RESOLVE, TAKE, history
from tests.projections.live import Place, until

LIFE = [TAKE, ESCALATE, RESOLVE, CLOSE]


@pytest.fixture(autouse=True)
def _always_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "WORTH_OFFSETS", 1)
    monkeypatch.setattr(crew, "quieten_collector", lambda: None)  # where a share is built in this process


def test_what_several_processes_build_is_what_the_runner_built(place: Place) -> None:
    place.send([event for n in range(60) for event in history(f"K-{n}", LIFE)])
    with place.running(WORKLOAD):
        until(lambda: place.one("select count(*) from workload.case_moves") == 300, "all are folded")
        # when: it is built again by two processes, and audited by three
        seen: list[Progress] = []
        report = rebuild(WORKLOAD, *place.where, report=seen.append, processes=2)
        assert (report.equal, report.events) == (True, 300)
        assert seen[-1].done == seen[-1].total
        # then: its runner goes on in what they have built
        place.send(history("K-new", LIFE))
        until(lambda: place.one("select count(*) from workload.case_moves") == 305, "the runner goes on")
    assert audit_view(WORKLOAD, *place.where, processes=3).equal is True
    assert place.ask("select nspname from pg_namespace where nspname ~ '^workload'") == [("workload",)]


def test_a_process_whose_partitions_are_taken_over_writes_no_more(place: Place) -> None:
    place.send([event for n in range(20) for event in history(f"K-{n}", LIFE)])
    with Builder(WORKLOAD, *place.where, "workload_next") as builder:
        targets = builder.targets({})
        with Builder(WORKLOAD, *place.where, "workload_next", share=targets) as share:
            builder.take_over()
            with pytest.raises(Fenced):
                share.build_to(targets, lambda _: None)
        # and who took over goes on from where it was
        builder.build_to(targets, lambda _: None)
        assert builder.events == 100


def test_an_error_of_a_process_comes_back_with_its_words(place: Place) -> None:
    place.send(history("K-1", LIFE))
    with Builder(WORKLOAD, *place.where, "workload_next") as builder:
        targets = builder.targets({})
        place.ask("drop table workload_next.states cascade")
        with pytest.raises(psycopg.Error, match="states"):
            build_share(WORKLOAD, place.where, "workload_next", targets, NO_VERDICTS)
    with pytest.raises(ProjectionError, match=f"{place.prefix}-none.cases"):
        build_share(WORKLOAD, (*place.where[:2], f"{place.prefix}-none"), "workload_next", targets, {})


@given(
    st.dictionaries(st.tuples(st.just("t"), st.integers(0, 11)), st.integers(0, 100), min_size=1),
    st.integers(1, 20),
)
def test_every_partition_is_in_one_share_and_no_share_is_much_larger(
    left: dict[tuple[str, int], int], processes: int
) -> None:
    shares = crew._dealt(left, processes)
    assert sorted(each for share in shares for each in share) == sorted(left)
    assert len(shares) <= processes
    sizes = [sum(left[each] for each in share) for share in shares]
    assert max(sizes) - min(sizes) <= max(left.values())
