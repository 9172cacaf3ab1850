"""What the views of cases read of every event."""

from __future__ import annotations

from functools import lru_cache

from casecore.contract.cases import CaseEvent
from casecore.contract.envelope import EventData, RecordedEvent
from casecore.contract.streams import CASES
from casecore.contract.types import split_wire_name


def case_event(event: RecordedEvent[EventData]) -> CaseEvent:
    """The event's data as a case's; raises TypeError for an event of another stream."""
    data = event.fact.data
    if not isinstance(data, CaseEvent):
        raise TypeError(f"{event.type} is not an event of a case")
    return data


@lru_cache(256)  # more than there are types of a case's events
def short_name(wire_name: str) -> str:
    """What happened, as views say it: an event's type without prefix and version, such as opened."""
    name, _ = split_wire_name(wire_name)
    return name.removeprefix(CASES.type_prefix)
