"""After a fault: within a minute everything has caught up without an operator, and every law holds."""

from __future__ import annotations

import json
import operator
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

import psycopg

from casecore.contract.streams import BILLING
from projections import catalogue
from tests.faults.harness.program import SupervisedProgram
from tests.journeys.harness import checker
from tests.journeys.harness.program import CASE_VIEWS, FIRST_TERMS, VIEWS
from tests.waiting import wait_until

CATCH_UP_LIMIT_SECONDS = 60.0
"""From the end of the fault until nothing is left to do."""


_STORED_OF_BILLING = "select count(*) from casecore.stored_events where topic like 'casecore.billing.%'"
_BILLING_VIEWS = tuple(name for name, view in catalogue.VIEWS.items() if BILLING in view.kinds)


class AnyLoad(Protocol):
    """Commands that are given again until they are answered: see `Load` and `HttpLoad`."""

    given: int
    acknowledged: dict[str, int]

    @property
    def answered(self) -> int: ...

    @property
    def all_answered(self) -> bool: ...

    def stop_giving(self) -> None: ...


class Wellness(NamedTuple):
    """The result of the checks: how long the catch-up took after the fault, and how much was checked."""

    catch_up_seconds: float
    commands: int
    events: int


def all_is_well(program: SupervisedProgram, load: AnyLoad | None, fixed_at: float | None = None) -> Wellness:
    """Wait until all is caught up, and check every law, with `casecore audit` and with the checker.

    `fixed_at` is when (time.monotonic) the fault ended, or the last process was killed; by default now.
    No new command is given from here on; those given before are answered first.
    """
    since = time.monotonic() if fixed_at is None else fixed_at
    took = caught_up(program, load, since)
    audited = audit(program)
    if load is None:
        program.check_laws()
        return Wellness(took, 0, audited)
    # A refused command stores nothing, so nothing but the acknowledged ones may be there.
    program.check_laws(load.acknowledged, set(load.acknowledged))
    assert audited - FIRST_TERMS == sum(load.acknowledged.values())
    return Wellness(took, load.answered, audited)


def caught_up(program: SupervisedProgram, load: AnyLoad | None, since: float) -> float:
    """Wait until every command is answered and every view has every event; returns the seconds since then."""
    if load is not None:
        load.stop_giving()
        _within(program, since, lambda: load.all_answered, f"of {load.given} commands all answered")
    _within(program, since, lambda: lag(program.database) == 0, "views as far as the store")
    took = time.monotonic() - since
    assert took <= CATCH_UP_LIMIT_SECONDS, f"all is caught up {took:.1f} s after the fault"
    return took


def audit(program: SupervisedProgram) -> int:
    """`casecore audit` finds no difference, and every view compared; returns how many events it saw."""
    found = json.loads(program.run("audit", "--json").splitlines()[-1])
    assert not found["differs"], found
    assert found["topics"]["position"] == checker.last_position(program.database), found["topics"]
    assert {view["view"] for view in found["views"] if view["equal"]} == set(VIEWS), found["views"]
    return int(found["topics"]["events"])


def goes_on(program: SupervisedProgram, load: AnyLoad, more: int = 200) -> None:
    """Wait until so many more commands are answered, and what they stored has reached every view."""
    some_are_answered(program, load, more)
    there = stored(program.database)
    what = f"it reaches every view\n{program.complaints()}"
    wait_until(lambda: all(map(operator.ge, folded(program.database), there)), what)


def some_are_answered(program: SupervisedProgram, load: AnyLoad, more: int = 200) -> None:
    """Wait until so many more commands are answered, whatever becomes of the views."""
    before = load.answered
    wait_until(lambda: load.answered >= before + more, f"commands are answered\n{program.complaints()}")


def lag(database: str) -> int:
    """How many events the view that is furthest behind lacks; all, if the view does not exist."""
    there = stored(database)
    return max(map(operator.sub, there, folded(database)))


def stored(database: str) -> tuple[int, int]:
    """How many events the store has of cases, and of billing."""
    with psycopg.connect(database) as connection:
        (of_billing,) = connection.execute(_STORED_OF_BILLING).fetchone() or (0,)
    return checker.stored_of_cases(database), int(of_billing)


def folded(database: str) -> tuple[int, int]:
    """How many of them are in every view that reads them."""
    return checker.folded(database, CASE_VIEWS), checker.folded(database, _BILLING_VIEWS)


def owners(program: SupervisedProgram, view: str) -> set[object]:
    """The owners of a view's partitions."""
    with psycopg.connect(program.database) as connection:
        return {row[0] for row in connection.execute(f"select distinct owner from {view}.offsets")}


def _within(program: SupervisedProgram, since: float, holds: Callable[[], bool], what: str) -> None:
    left = since + CATCH_UP_LIMIT_SECONDS - time.monotonic()
    try:
        wait_until(holds, what, left)
    except (AssertionError, psycopg.Error) as late:
        raise AssertionError(f"{late}\n{program.complaints()}\n{program.endings[-12:]}") from late
