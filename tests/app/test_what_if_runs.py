"""A what-if goes on beside who asked for it: for them alone, one of an organisation, and kept for minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest

from casecore.app.actors import parse_actor
from casecore.app.application import Application
from casecore.app.service_levels import what_if_runs
from casecore.app.service_levels.what_if_runs import (
    KEPT,
    MOST_KEPT,
    RunStatus,
    WhatIfGoesOn,
    WhatIfNotKept,
    WhatIfRun,
    WhatIfRuns,
    WhatIfsBusy,
)
from casecore.app.settings import read_settings
from casecore.evaluation.whatif import Result
from casecore.visibility.rules import Viewer
from tests.cases.promises import policy
from tests.waiting import wait_until

IDA, JAN, TOM, VERA = map(
    parse_actor, ("seller:nord:ida", "seller:nord:jan", "seller:sued:tom", "vendor:vendor:vera")
)
NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Clock:
    """What time it is."""

    def __init__(self) -> None:
        self.now = NOW


class Work:
    """Trying a policy, which takes until it may end."""

    def __init__(self) -> None:
        self.may_end = Event()
        self.fault: Exception | None = None

    def __call__(self, *given: Any) -> Result:
        hear: Callable[[float], None] = given[-1]
        hear(0.25)
        while not self.may_end.wait(0.005):
            hear(0.25)
        if self.fault:
            raise self.fault
        return Result(cases=7)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    made = Work()
    monkeypatch.setattr(what_if_runs, "what_if_seen", made)
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def runs(clock: Clock, work: Work) -> Iterator[WhatIfRuns]:
    settings = read_settings({"CASECORE_DATABASE": "postgresql://", "CASECORE_KAFKA": "localhost:9"})
    made = WhatIfRuns(Application(settings), lambda: clock.now)
    yield made
    made.close()


def begin(runs: WhatIfRuns, actor: Any = IDA) -> WhatIfRun:
    return runs.begin(actor, Viewer(actor.organisation, actor.organisation == "vendor"), policy("whole"))


def ended(runs: WhatIfRuns, run: WhatIfRun, actor: Any = IDA) -> WhatIfRun:
    wait_until(lambda: runs.find(run.id, actor).status is not RunStatus.RUNNING, "the run has ended")
    return runs.find(run.id, actor)


def test_its_owner_sees_how_far_it_is_and_what_came_out(runs: WhatIfRuns, work: Work) -> None:
    run = begin(runs)
    wait_until(lambda: runs.find(run.id, IDA).share == 0.25, "a quarter is done")
    assert runs.find(run.id, IDA).result is None
    work.may_end.set()
    found = ended(runs, run)
    assert (found.status, found.result) == (RunStatus.DONE, Result(cases=7))
    assert found.kept_until == NOW + KEPT


def test_it_is_for_nobody_else(runs: WhatIfRuns) -> None:
    run = begin(runs)
    for other in (JAN, TOM, VERA, parse_actor("seller:sued:ida"), parse_actor("partner:nord:ida")):
        with pytest.raises(WhatIfNotKept):
            runs.find(run.id, other)
        with pytest.raises(WhatIfNotKept):
            runs.cancel(run.id, other)
    assert runs.find(run.id, IDA).status is RunStatus.RUNNING


def test_an_organisation_tries_one_at_a_time_and_all_together_two(runs: WhatIfRuns) -> None:
    begin(runs)
    with pytest.raises(WhatIfGoesOn, match="ida of your organisation"):
        begin(runs, JAN)
    begin(runs, TOM)
    with pytest.raises(WhatIfsBusy):
        begin(runs, VERA)


def test_it_can_be_cancelled_and_then_another_begins(runs: WhatIfRuns, work: Work) -> None:
    run = begin(runs)
    runs.cancel(run.id, IDA)
    assert ended(runs, run).status is RunStatus.CANCELLED
    work.may_end.set()
    assert ended(runs, begin(runs)).status is RunStatus.DONE


def test_one_that_is_forgotten_is_there_no_more_and_holds_its_place_until_it_has_ended(
    runs: WhatIfRuns, work: Work
) -> None:
    run = begin(runs)
    with pytest.raises(WhatIfNotKept):
        runs.forget(run.id, JAN)
    runs.forget(run.id, IDA)
    for asked in (runs.find, runs.cancel, runs.forget):
        with pytest.raises(WhatIfNotKept):
            asked(run.id, IDA)

    def another_begins() -> bool:
        try:
            begin(runs, JAN)
        except WhatIfGoesOn:
            return False
        return True

    wait_until(another_begins, "it has ended")
    work.may_end.set()
    # One that has ended is forgotten at once.
    done = begin(runs, TOM)
    ended(runs, done, TOM)
    runs.forget(done.id, TOM)
    with pytest.raises(WhatIfNotKept):
        runs.find(done.id, TOM)


def test_what_came_out_is_kept_for_minutes_and_of_the_last_few(
    runs: WhatIfRuns, work: Work, clock: Clock
) -> None:
    work.may_end.set()
    found = [ended(runs, begin(runs)) for _ in range(MOST_KEPT + 1)]
    with pytest.raises(WhatIfNotKept):
        runs.find(found[0].id, IDA)
    clock.now += KEPT - timedelta(seconds=1)
    for run in found[1:]:
        assert runs.find(run.id, IDA).result == Result(cases=7)
    clock.now += timedelta(seconds=1)
    with pytest.raises(WhatIfNotKept):
        runs.find(found[-1].id, IDA)


def test_one_that_fails_says_so_and_holds_up_no_other(runs: WhatIfRuns, work: Work) -> None:
    work.fault = RuntimeError("a fault")
    work.may_end.set()
    found = ended(runs, begin(runs))
    assert (found.status, found.error) == (RunStatus.FAILED, work.fault)
    work.fault = None
    assert ended(runs, begin(runs)).status is RunStatus.DONE


def test_it_ends_with_its_server(runs: WhatIfRuns) -> None:
    run = begin(runs)
    runs.close()
    assert runs.find(run.id, IDA).status is RunStatus.CANCELLED
