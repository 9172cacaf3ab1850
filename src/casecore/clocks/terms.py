"""The terms under which a clock runs: which policy and priority held from when, ready to be computed with."""

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

BEGINNING = -(2**62)
"""Before every instant: since then holds what held from a case's first moment on."""


class Pledge:
    """A policy, laid out: its calendar as opening hours, its clocks by name."""

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
        """The target in microseconds; None if the policy says nothing of that clock."""
        return self._targets.get((clock, priority))


class Term(NamedTuple):
    """From `since` on a pledge and a priority hold; `restarts` if clocks start anew at that instant."""

    since: int
    pledge: Pledge
    priority: Priority
    restarts: bool


_policies = msgspec.json.Decoder(Policy)


# There are as many as were published. A calendar of ten years is some 700 kB once laid out, and may be 7 MB.
@lru_cache(128)
def pledge_of(policy: bytes) -> Pledge:
    """The policy with this JSON, laid out. Raises msgspec.ValidationError."""
    return Pledge(_policies.decode(policy))


@lru_cache(128)
def _open_hours(calendar: bytes) -> OpenHours:
    return OpenHours(msgspec.json.decode(calendar, type=Calendar))


def open_hours_of(calendar: Calendar) -> OpenHours:
    """A calendar laid out; one that was laid out before is not laid out again."""
    return _open_hours(msgspec.json.encode(calendar))


class Pledges:
    """The policies that were pinned to a case, by what they cover, each with the instant from which it holds.

    The first one of its kind holds from the case's beginning, whenever it was pinned.
    """

    def __init__(self, life: Life) -> None:
        self._life = life
        self._held: dict[tuple[Level | None, str | None], list[tuple[int, Pledge]]] = {}
        for at, raw in life.pins:
            pledge = pledge_of(bytes(raw))
            held = self._held.setdefault(pledge.place, [])
            held.append((at if held else BEGINNING, pledge))

    def held(self, level: Level | None, organisation: str | None) -> Sequence[tuple[int, Pledge]]:
        """What held for the whole case (no level), or for an organisation's level; in order."""
        return self._held.get((level, None if level is None else organisation), ())

    def held_in(self, piece: Piece) -> Sequence[tuple[int, Pledge]]:
        """What held while the case stood so: for the level that had it, or else for the whole; in order."""
        at_level = piece.level is not None and piece.state is not State.OPENED
        held = self.held(piece.level, piece.organisation) if at_level else ()
        return held or self.held(None, None)

    def terms(self, level: Level | None, organisation: str | None) -> list[Term]:
        """The terms of a clock, in order; none without a policy. Each says what a change at it does."""
        held = self.held(level, organisation)
        if not held:
            return []
        priorities = self._life.priorities
        if len(held) == 1 and len(priorities) == 1:
            return [Term(BEGINNING, held[0][1], priorities[0][1], False)]
        changes = sorted({BEGINNING, *(at for at, _ in held[1:]), *(at for at, _ in priorities[1:])})
        terms: list[Term] = []
        for since in changes:
            pledge = [pledge for at, pledge in held if at <= since][-1]
            earlier = [priority for at, priority in priorities[1:] if at <= since]
            priority = earlier[-1] if earlier else priorities[0][1]
            if terms and (terms[-1].pledge, terms[-1].priority) == (pledge, priority):
                continue
            terms.append(Term(since, pledge, priority, since != BEGINNING and pledge.restarts))
        return terms
