"""What happened to a party or a package, as a page tells it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from casecore.app.registers.histories import StoredFact
from casecore.contract.envelope import Actor
from casecore.web.pages.money.phrases import Phrase, phrase_of
from casecore.web.rendering.times import LocalTimes


class ToldEvent(NamedTuple):
    """An event of a party or a package."""

    occurred_at: datetime
    recorded_at: datetime
    actor: Actor
    says: Phrase


def told(facts: Iterable[StoredFact], times: LocalTimes) -> list[ToldEvent]:
    """The events of a stream, the last one first."""
    events = [
        ToldEvent(fact.occurred_at, stored.recorded_at, fact.actor, phrase_of(fact.data, times))
        for stored, fact in facts
    ]
    return events[::-1]
