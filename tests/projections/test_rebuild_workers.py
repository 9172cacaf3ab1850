"""A view built by several processes at once: the same rows, only one writes each partition, none is left."""

from __future__ import annotations

from multiprocessing import active_children
from multiprocessing.context import SpawnProcess
from multiprocessing.process import BaseProcess
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.histories import waves
from bench.stages import POLICIES
from casecore.cases.topics import TOPICS
from casecore.contract.wire import StoredEvent, to_record
from casecore.service_levels.policy_file import load_policy
from projections.kit.errors import Fenced, ProjectionError
from projections.kit.projection import AnyProjection
from projections.kit.quarantine.quarantine import skip
from projections.kit.rebuild import workers
from projections.kit.rebuild.rebuild import audit_view, rebuild
from projections.kit.rebuild.shadow_build import BuildProgress, ShadowBuild
from projections.sla.projection import SLA
from projections.timeline.projection import TIMELINE
from projections.workload.projection import WORKLOAD
from tests.projections.histories import CLOSE, ESCALATE, RESOLVE, TAKE, Sent, history
from tests.projections.live import Place, until


def at_work() -> list[BaseProcess]:
    """The processes that build; others may be there, of a journey before."""
    return [process for process in active_children() if isinstance(process, SpawnProcess)]


LIFE = [TAKE, ESCALATE, RESOLVE, CLOSE]


@pytest.fixture(autouse=True)
def _always_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "WORTH_OFFSETS", 1)
    # So that the first report comes before a process has even started: what a test does to them hits all.
    monkeypatch.setattr(workers, "_LOOK_SECONDS", 0.01)


def some_business() -> list[StoredEvent]:
    """Events of many cases, with the service levels of several policies."""
    policies = [load_policy(Path("docs/service-levels") / f"{name}.toml", TOPICS) for name in POLICIES]
    events = [event for wave in waves(1_500, 7, policies) for event in wave]
    return [
        StoredEvent(position, event.stream_id, event.version, event.type, at, event.body)
        for position, (at, event) in enumerate(events, start=1)
    ]


@pytest.mark.parametrize("view", [SLA, TIMELINE, WORKLOAD], ids=lambda view: str(view.name))
def test_what_several_processes_build_is_what_the_runner_built(place: Place, view: AnyProjection) -> None:
    events = some_business()
    place.send(events)
    folded = f"select sum(version)::bigint from {view.name}.states"
    with place.running(view):
        until(lambda: place.one(folded) == len(events), "all are folded")
        # when: it is built again by three processes, and audited by two
        seen: list[BuildProgress] = []
        assert rebuild(view, place.where, on_progress=seen.append, processes=3).equal is True
        assert all(progress.done <= progress.total for progress in seen)
        assert seen[-1].done == seen[-1].total
        # then: its runner goes on in what they have built
        place.send(history("K-new", LIFE))
        until(lambda: place.one(folded) == len(events) + 5, "the runner goes on")
    assert audit_view(view, place.where, processes=2).equal is True
    schemas = place.ask("select nspname from pg_namespace where nspname ~ %s", f"^{view.name}")
    assert schemas == [(view.name,)]


def test_what_an_operator_decided_holds_in_every_process(place: Place) -> None:
    # given: three cases with a record that nobody can read, one of them left out by an operator
    for reference in ("K-1", "K-2", "K-3"):
        records = [Sent("", 0, 0, *to_record(event)) for event in history(reference, LIFE)]
        place.send_records([*records[:2], records[2]._replace(value=b"{"), *records[3:]])
    place.send([event for n in range(4, 40) for event in history(f"K-{n}", LIFE)])
    with place.running(TIMELINE):
        until(lambda: place.one("select count(*) from timeline.quarantine") == 9, "they are parked")
        until(lambda: place.one("select count(*) from timeline.events") == 186, "nobody else waits")
    (key,) = place.ask("select convert_from(key, 'UTF8') from timeline.quarantine order by key limit 1")[0]
    assert skip(TIMELINE, place.database, key, "unreadable").remaining == 0
    # then
    assert audit_view(TIMELINE, place.where, processes=3).equal is True
    assert rebuild(TIMELINE, place.where, processes=3).equal is True
    assert place.one("select count(*) from timeline.quarantine") == 6
    assert place.one("select count(*) from timeline.events") == 188


def test_a_process_that_is_killed_ends_the_rebuild_and_the_next_one_begins_from_scratch(
    place: Place,
) -> None:
    place.send([event for n in range(20) for event in history(f"K-{n}", LIFE)])
    rebuild(WORKLOAD, place.where)
    killed: list[int | None] = []

    def kill(_: BuildProgress) -> None:
        if not killed:
            child = at_work()[0]
            child.kill()
            killed.append(child.pid)

    with pytest.raises(ProjectionError, match=r"was ended \(-9\)"):
        rebuild(WORKLOAD, place.where, on_progress=kill, processes=2)
    assert at_work() == []
    assert place.ask("select nspname from pg_namespace where nspname ~ '^workload'") == [("workload",)]
    assert rebuild(WORKLOAD, place.where, processes=2).equal is True


def test_what_stops_one_process_is_reported_in_its_words(place: Place) -> None:
    place.send([event for n in range(20) for event in history(f"K-{n}", LIFE)])
    with pytest.raises(Fenced, match="have another owner now"):
        rebuild(
            WORKLOAD,
            place.where,
            on_progress=lambda _: place.ask("update workload_next.offsets set owner = null") and None,
            processes=2,
        )
    with pytest.raises(psycopg.Error, match=r"workload_next\.states"):
        rebuild(
            WORKLOAD,
            place.where,
            on_progress=lambda _: place.ask("drop table if exists workload_next.states") and None,
            processes=2,
        )
    assert at_work() == []


def test_a_share_whose_partitions_are_taken_over_writes_no_more_even_if_it_begins_late(place: Place) -> None:
    place.send([event for n in range(20) for event in history(f"K-{n}", LIFE)])
    with ShadowBuild(WORKLOAD, place.where, "workload_next") as shadow:
        targets = shadow.targets({})
        share = shadow.share_out(targets)
        shadow.take_over()
        with (
            ShadowBuild(WORKLOAD, place.where, "workload_next", share=share) as late,
            pytest.raises(Fenced),
        ):
            late.build_to(targets, lambda _: None)
        # and who took over goes on from where it was
        shadow.build_to(targets, lambda _: None)
        assert shadow.events == 100


@given(
    st.dictionaries(st.tuples(st.just("t"), st.integers(0, 11)), st.integers(0, 100), min_size=1),
    st.integers(1, 20),
)
def test_each_partition_with_something_left_is_in_one_share_and_no_share_is_much_larger(
    left: dict[tuple[str, int], int], processes: int
) -> None:
    shares = workers._share_out(left, processes)
    behind = [each for each in left if left[each]]
    assert sorted(each for share in shares for each in share) == sorted(behind)
    assert len(shares) == min(processes, len(behind))
    sizes = [sum(left[each] for each in share) for share in shares]
    assert max(sizes, default=0) - min(sizes, default=0) <= max(left.values())
