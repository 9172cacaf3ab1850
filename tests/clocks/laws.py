"""What the laws of the clocks are stated with: random cases, their figures, and small changes to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, TypeVar

from hypothesis import HealthCheck
from msgspec.structs import replace

from casecore.clocks.evaluation import Evaluation, evaluate
from casecore.clocks.instants import micros
from casecore.contract import cases as e
from casecore.contract.cases import CaseEvent
from casecore.contract.service_levels import Calendar, PolicyPinned
from tests.clocks.casebook import Written, history
from tests.clocks.figures import clocks_of
from tests.clocks.naive_clock import Figures, Key
from tests.clocks.random_cases import RandomCase
from tests.profiles import scaled

T = TypeVar("T", bound=CaseEvent)

laws = scaled(0.5, suppressed=[HealthCheck.data_too_large, HealthCheck.filter_too_much])


def looked_at(events: Sequence[Written], at: datetime) -> Evaluation | None:
    return evaluate(history(list(events)), micros(at))


def figures_at(events: Sequence[Written], at: datetime) -> dict[Key, Figures]:
    """The figures of each clock; none for a case that was not opened by then."""
    evaluation = looked_at(events, at)
    return clocks_of(evaluation) if evaluation else {}


def under_one_policy(events: Sequence[Written]) -> list[Written]:
    """The events without changes of priority, and with one policy at most for what it covers."""
    kept: list[Written] = []
    covered: set[object] = set()
    for event in events:
        if isinstance(event[2], PolicyPinned):
            if event[2].policy.covers in covered:
                continue
            covered.add(event[2].policy.covers)
        if not isinstance(event[2], e.PriorityChanged):
            kept.append(event)
    return kept


def with_calendars(events: Sequence[Written], change: Callable[[Calendar], Calendar]) -> list[Written]:
    """The events with another calendar in each policy."""
    changed: list[Written] = []
    for at, version, data in events:
        if isinstance(data, PolicyPinned):
            policy = replace(data.policy, calendar=change(data.policy.calendar))
            data = replace(data, policy=policy)
        changed.append((at, version, data))
    return changed


def until(events: Sequence[Written], at: datetime) -> list[Written]:
    return [event for event in events if event[0] <= at]


def like(case: RandomCase, kind: type[T], **content: Any) -> T:
    """Another event of the case, of that kind."""
    opened = case.events[0][2]
    assert isinstance(opened, CaseEvent)
    parties = (opened.reference, opened.customer, opened.seller, opened.vendor)
    named = dict(zip(("reference", "customer", "seller", "vendor"), parties, strict=True))
    return kind(**named, standing=opened.standing, **content)


def next_version(events: Sequence[Written]) -> int:
    return max(version for _, version, _ in events) + 1


def shifted(figures: Figures, seconds: int) -> Figures:
    """The figures with all instants this much later."""
    later = {
        name: None if at is None else at + seconds
        for name, at in asdict(figures).items()
        if name.endswith("_at")
    }
    return Figures(**{**asdict(figures), **later})


def plain(calendar: Calendar) -> Calendar:
    """The same week for ten years, without holidays, exceptions or changes of the clocks."""
    return replace(
        calendar,
        first_on=date(2020, 1, 1),
        last_on=date(2030, 12, 31),
        offsets=calendar.offsets[:1],
        holidays=(),
        exceptions=(),
    )
