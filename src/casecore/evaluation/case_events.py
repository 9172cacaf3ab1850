"""A case's events as the clocks read them, and what they would be under other policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from casecore.cases.events import event
from casecore.cases.service_levels import Coverage, arrival_of, facts_of
from casecore.clocks.history import History
from casecore.contract.cases import CaseEvent, CaseOpened, CaseReclassified
from casecore.contract.service_levels import Covers, Policy, PolicyPinned
from casecore.service_levels.choice import most_specific


class Happened(NamedTuple):
    """An event of a case: when it occurred (microseconds since 1970), its version, its content.

    `recorded_at` is None where nobody knows when it was recorded, as in a file.
    """

    at: int
    version: int
    data: CaseEvent
    recorded_at: int | None = None


class CaseThen(NamedTuple):
    """What a case was about at an instant; `version` is that of the last event that had occurred."""

    version: int
    customer: str
    seller: str
    topic: str


class CaseEvents(NamedTuple):
    """A case's events, in the order of their versions."""

    reference: str
    events: tuple[Happened, ...]

    def until(self, at: int) -> CaseThen:
        """What the case was about, by what had occurred by an instant."""
        by_then = [event for event in self.events if event.at <= at]
        version = max((event.version for event in by_then), default=0)
        about = max(
            (event for event in by_then if isinstance(event.data, (CaseOpened, CaseReclassified))),
            key=lambda event: (event.at, event.version),
            default=self.events[0],
        ).data
        return CaseThen(version, about.customer, about.seller, about.standing.topic)

    def history(self) -> History:
        """The history that the clocks read."""
        history = History()
        for at, version, data, recorded_at in self.events:
            history = history.with_event(at, version, data, recorded_at)
        return history


def under(case: CaseEvents, policies: Sequence[Policy]) -> CaseEvents:
    """The case as it would be if these policies had been published; the same object if they change nothing.

    A policy replaces the pinned one with its id, whatever it matches. A policy whose id is not pinned applies
    by its own match, as at the opening or the first arrival at the level: if no policy was pinned there, or
    instead of the first one, if it is more specific. When it comes into force does not matter.
    """
    by_id = {(policy.id, policy.covers): policy for policy in policies}
    events: list[Happened] = []
    changed = False
    pins = _pins(case)
    chosen = dict(_chosen(case, policies, pins))
    for happened in case.events:
        data = happened.data
        if isinstance(data, PolicyPinned):
            policy = by_id.get((data.policy.id, data.policy.covers), data.policy)
            place = _place_of(data.policy)
            if pins[place][0].version == happened.version and place in chosen:
                policy = chosen[place][1]
            if policy != data.policy:
                happened, changed = happened._replace(data=replace(data, policy=policy)), True
        events.append(happened)
        for place, (version, policy) in chosen.items():
            if version == happened.version and place not in pins:
                pinned = event(PolicyPinned, data, data.standing, policy=policy)
                events.append(Happened(happened.at, version, pinned))
                changed = True
    return case._replace(events=tuple(events)) if changed else case


class _Pin(NamedTuple):
    version: int
    policy: Policy


def _chosen(
    case: CaseEvents, policies: Sequence[Policy], pins: Mapping[Coverage, Sequence[_Pin]]
) -> Iterator[tuple[Coverage, tuple[int, Policy]]]:
    """The policy that each place would get by its arrival, with the version of the arrival.

    A policy as specific as the first pinned one, or as the one that replaces it by its id, precedes it, since
    it is the one under test. What is pinned later has a place of its own.
    """
    by_id = {(policy.id, policy.covers): policy for policy in policies}
    for place, (version, data) in _arrivals(case).items():
        there = [pin.policy for pin in pins.get(place, ())]
        first = [by_id.get((policy.id, policy.covers), policy) for policy in there[:1]]
        ids = {policy.id for policy in there}
        others = [policy for policy in policies if policy.id not in ids]
        policy = most_specific([*others, *first], place.covers, facts_of(data))
        if policy is not None:
            yield place, (version, policy)


def _arrivals(case: CaseEvents) -> dict[Coverage, tuple[int, CaseEvent]]:
    """The opening and the first arrival at each level, by which a policy is chosen, with their versions."""
    arrivals: dict[Coverage, tuple[int, CaseEvent]] = {}
    for _, version, data, _ in case.events:
        place = arrival_of(data)
        if place is not None:
            arrivals.setdefault(place, (version, data))
    return arrivals


def _pins(case: CaseEvents) -> dict[Coverage, list[_Pin]]:
    """What is pinned at each place that has any, in the order in which it holds."""
    pins: dict[Coverage, list[_Pin]] = {}
    for _, version, data, _ in sorted(case.events, key=lambda happened: happened[:2]):
        if isinstance(data, PolicyPinned):
            pins.setdefault(_place_of(data.policy), []).append(_Pin(version, data.policy))
    return pins


def _place_of(policy: Policy) -> Coverage:
    whole = policy.covers is Covers.END_TO_END
    return Coverage(policy.covers, None if whole else policy.organisation)


def is_for(case: CaseEvents, policy: Policy) -> bool:
    """Whether the policy matches the case, by its state when it arrived at what the policy covers."""
    return _winner(case, policy, ()) is not None


def lacks(case: CaseEvents, policy: Policy) -> bool:
    """Whether the policy is for the case, which has none for what it covers."""
    return is_for(case, policy) and _place_of(policy) not in _pins(case)


def wins(case: CaseEvents, policy: Policy, others: Iterable[Policy]) -> bool:
    """Whether none of the others precedes this policy, which is for the case."""
    return _winner(case, policy, others) is policy


def _winner(case: CaseEvents, policy: Policy, others: Iterable[Policy]) -> Policy | None:
    arrival = _arrivals(case).get(_place_of(policy))
    if arrival is None:
        return None
    rest = (other for other in others if other.id != policy.id)
    return most_specific([policy, *rest], policy.covers, facts_of(arrival[1]))
