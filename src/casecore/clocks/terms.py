"""The terms under which a clock runs: policy and priority from each instant on, ready to be computed with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from casecore.clocks.instants import SECOND
from casecore.clocks.life import Life, Piece
from casecore.clocks.open_hours import OpenHours
from casecore.contract.cases import Level, Priority, State
from casecore.contract.service_levels import Calendar, Clock, ClockTerms, OnChange, Policy
from casecore.contract.words import check_words

BEGINNING = -(2**62)
"""Before every instant: what applies since then applies from a case's first moment on."""


class CompiledPolicy:
    """A policy, ready to be computed with: its calendar as opening hours, its clocks by name."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.hours = open_hours_of(policy.calendar)
        self.clocks: dict[Clock, ClockTerms] = {terms.clock: terms for terms in policy.clocks}
        self.restarts = policy.on_change is OnChange.RESTART
        level = policy.covers.level
        self.place = (level, None if level is None else policy.organisation)
        self._targets = {
            (terms.clock, priority): getattr(terms.targets, priority.value) * SECOND
            for terms in policy.clocks
            for priority in Priority
        }

    def target(self, clock: Clock, priority: Priority) -> int | None:
        """The target in microseconds; None if the policy does not have that clock."""
        return self._targets.get((clock, priority))


class Term(NamedTuple):
    """From `since` on, a policy and a priority apply; `restarts`: clocks start from zero then."""

    since: int
    policy: CompiledPolicy
    priority: Priority
    restarts: bool


class Measure(NamedTuple):
    """By what a clock is measured: a policy, and its target at a priority, in microseconds."""

    policy: Policy
    priority: Priority
    target: int


def measure_at(terms: Sequence[Term], clock: Clock, at: int) -> Measure | None:
    """By what a clock was measured at an instant; None if the terms, which are in order, did not have it."""
    for term in reversed(terms):
        if term.since <= at:
            target = term.policy.target(clock, term.priority)
            return None if target is None else Measure(term.policy.policy, term.priority, target)
    return None


_policies = msgspec.json.Decoder(Policy)


# There are as many as were published. A calendar of ten years takes some 700 kB compiled, and may take 7 MB.
@lru_cache(128)
def compiled_policy(policy: bytes) -> CompiledPolicy:
    """The policy with this JSON. Raises NewerWord, and msgspec.ValidationError."""
    try:
        return CompiledPolicy(_policies.decode(policy))
    except msgspec.ValidationError:
        check_words("a pinned policy", Policy, policy)
        raise


@lru_cache(128)
def _open_hours(calendar: bytes) -> OpenHours:
    return OpenHours(msgspec.json.decode(calendar, type=Calendar))


def open_hours_of(calendar: Calendar) -> OpenHours:
    """The calendar's opening hours; the same object for the same calendar, while it is in the cache."""
    return _open_hours(msgspec.json.encode(calendar))


class PinnedPolicies:
    """The policies pinned to a case, by what they cover, each with the instant from which it applies.

    The first one of its kind applies from the case's beginning, whenever it was pinned.
    """

    def __init__(self, life: Life) -> None:
        self._life = life
        self._pinned: dict[tuple[Level | None, str | None], list[tuple[int, CompiledPolicy]]] = {}
        self._since: dict[tuple[Level | None, str | None], int] = {}
        for at, version, raw in life.pins:
            policy = compiled_policy(bytes(raw))
            pinned = self._pinned.setdefault(policy.place, [])
            pinned.append((at if pinned else BEGINNING, policy))
            self._since[policy.place] = min(version, self._since.get(policy.place, version))

    def pinned_for(
        self, level: Level | None, organisation: str | None
    ) -> Sequence[tuple[int, CompiledPolicy]]:
        """The policies for the whole case (no level), or for an organisation's level; in order."""
        return self._pinned.get((level, None if level is None else organisation), ())

    def pinned_since(self, level: Level | None, organisation: str | None) -> int | None:
        """The version of the event by which a clock began to be measured; None if it has no policy."""
        return self._since.get((level, None if level is None else organisation))

    def for_piece(self, piece: Piece) -> Sequence[tuple[int, CompiledPolicy]]:
        """The policies of the level that had the case then, or else those for the whole case; in order."""
        at_level = piece.level is not None and piece.state is not State.OPENED
        own = self.pinned_for(piece.level, piece.organisation) if at_level else ()
        return own or self.pinned_for(None, None)

    def terms(self, level: Level | None, organisation: str | None) -> list[Term]:
        """The terms of a clock, in order; none without a policy."""
        pinned = self.pinned_for(level, organisation)
        if not pinned:
            return []
        priorities = self._life.priorities
        if len(pinned) == 1 and len(priorities) == 1:
            return [Term(BEGINNING, pinned[0][1], priorities[0][1], False)]
        changes = sorted({BEGINNING, *(at for at, _ in pinned[1:]), *(at for at, _ in priorities[1:])})
        terms: list[Term] = []
        for since in changes:
            policy = [policy for at, policy in pinned if at <= since][-1]
            earlier = [priority for at, priority in priorities[1:] if at <= since]
            priority = earlier[-1] if earlier else priorities[0][1]
            if terms and (terms[-1].policy, terms[-1].priority) == (policy, priority):
                continue
            terms.append(Term(since, policy, priority, since != BEGINNING and policy.restarts))
        return terms
