"""A Mermaid sequence diagram: who gives a command, and the events that follow on their topics."""

from __future__ import annotations

from collections.abc import Iterable

from casecore.contract.billing import ChargeEvent, DocumentIssued, SettlementClosed
from casecore.contract.cases import CaseEvent
from casecore.contract.envelope import EventData
from casecore.contract.service_levels import PolicyPinned, ServiceLevelWarned
from casecore.contract.streams import kind_of, topic_name
from casecore.contract.types import EVENT_TYPES, split_wire_name

_STORE = "casecore"


class Sequence:
    """The lines of a diagram: those who speak, the store, and the topics, each as it is first met."""

    def __init__(self) -> None:
        self._topics: dict[str, str] = {}
        self._speakers: dict[str, None] = {}
        self._lines: list[str] = []

    def step(self, speaker: str, says: str, events: Iterable[EventData]) -> None:
        """Somebody gives a command, and events follow."""
        self._speakers[speaker] = None
        self._lines.append(f"{speaker}->>{_STORE}: {says}")
        for data in events:
            kind = kind_of(EVENT_TYPES.name_of(data))
            self._topics[kind.topic] = topic_name("casecore", kind)
            self._lines.append(f"{_STORE}-->>{kind.topic}: {short_name(data)}{_detail(data)}")

    def text(self) -> str:
        """The diagram."""
        speakers = [f"actor {speaker}" for speaker in self._speakers]
        topics = (f"{topic} as {name}" for topic, name in self._topics.items())
        others = [f"participant {one}" for one in (_STORE, *topics)]
        return "\n".join(["sequenceDiagram", *(f"    {one}" for one in (*speakers, *others, *self._lines))])


def short_name(data: EventData) -> str:
    """The last part of an event's type, such as `maintenance_fee_fell_due`."""
    return split_wire_name(EVENT_TYPES.name_of(data))[0].rpartition(".")[2]


def _detail(data: EventData) -> str:
    match data:
        case ServiceLevelWarned():
            return f" ({data.clock.value}, {data.percent} %)"
        case PolicyPinned():
            return f" ({data.policy.id})"
        case CaseEvent(standing=standing):
            state = standing.state.value
            is_said = short_name(data) == state
            waiting = "waiting" if standing.waiting_since else None
            parts = list(filter(None, (None if is_said else state, standing.agent, waiting)))
            return f" ({', '.join(parts)})" if parts else ""
        case ChargeEvent(charge=charge):
            return f" (charge {charge.number} of {charge.period_start_on})"
        case DocumentIssued():
            return f" ({data.number}, {data.kind.value})"
        case SettlementClosed():
            return f" ({data.year}, {data.documents} documents)"
        case _:
            return ""
