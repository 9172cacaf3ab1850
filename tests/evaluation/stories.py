"""Cases for the tests of this room: as they were written, as a file has them, and what the clocks say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from casecore.clocks.evaluation import evaluate
from casecore.clocks.instants import micros
from casecore.contract import cases as e
from casecore.contract.cases import CaseEvent
from casecore.contract.envelope import Actor, Fact, Role
from casecore.contract.service_levels import PolicyPinned
from casecore.contract.streams import case_stream_id
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent, to_lines
from casecore.evaluation.case_events import CaseEvents, Happened
from casecore.evaluation.figures import CaseFigures, figures_of
from tests.clocks.casebook import Written

_NO_ID = UUID(int=0)


def case_of_events(events: Sequence[Written], reference: str = "C-1") -> CaseEvents:
    """The case as this room takes it."""
    found = []
    for at, version, data in events:
        assert isinstance(data, CaseEvent)
        found.append(Happened(micros(at), version, data))
    return CaseEvents(reference, tuple(found))


def figures(case: CaseEvents, at: datetime) -> CaseFigures | None:
    """What the clocks say at an instant."""
    evaluation = evaluate(case.history(), micros(at))
    return None if evaluation is None else figures_of(case.reference, evaluation)


def stored_events(events: Sequence[Written], reference: str = "C-1") -> list[StoredEvent]:
    """A case as the store has it."""
    stored = []
    for at, version, data in events:
        fact = Fact(
            occurred_at=at,
            actor=Actor("ida", "nord", Role.SYSTEM),
            command_id=_NO_ID,
            correlation_id=_NO_ID,
            data=data,
        )
        name = EVENT_TYPES.name_of(data)
        stream_id = case_stream_id(reference)
        stored.append(StoredEvent(version, stream_id, version, name, at, EVENT_TYPES.encode(fact)))
    return stored


def full_form(events: Sequence[Written], reference: str = "C-1") -> list[bytes]:
    """The lines that the program prints for a case."""
    return to_lines(stored_events(events, reference)).splitlines(keepends=True)


def short_form(events: Sequence[Written]) -> list[bytes]:
    """The same as a person would write it: only what the clocks need, and what nobody could guess."""
    lines = []
    for at, _, data in events:
        assert isinstance(data, CaseEvent)
        name = EVENT_TYPES.name_of(data).removeprefix("casecore.case.").removesuffix(".v1")
        line: dict[str, Any] = {"type": name, "occurred_at": at}
        stated = _stated(data)
        if stated:
            line["data"] = stated
        lines.append(msgspec.json.encode(line) + b"\n")
    return lines


def _stated(data: CaseEvent) -> dict[str, Any]:
    standing = data.standing
    match data:
        case e.CaseOpened():
            first = {"category": standing.category, "topic": standing.topic, "priority": standing.priority}
            parties = {"customer": data.customer, "seller": data.seller, "vendor": data.vendor}
            partner = {"partner": data.partner} if data.partner else {}
            return {**parties, **partner, "standing": first}
        case e.CaseTaken() | e.CaseAssigned() if standing.agent is not None:
            return {"standing": {"agent": standing.agent}}
        case e.MessagePosted():
            internal = {"audience": data.audience} if data.audience is e.Audience.INTERNAL else {}
            return {"sender": data.sender, **internal}
        case e.PriorityChanged():
            return {"standing": {"priority": standing.priority}}
        case e.CaseReclassified():
            partner = {"partner": data.partner} if data.partner else {}
            return {**partner, "standing": {"category": standing.category, "topic": standing.topic}}
        case PolicyPinned():
            return {"policy": data.policy}
        case _:
            return {}
