"""Histories of cases as the write side decides them, and their records as the relay sends them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from hypothesis import strategies as st

from casecore.cases import commands as c
from casecore.cases.decider import CASES
from casecore.cases.state import Case
from casecore.contract.cases import Audience, Category
from casecore.contract.envelope import Fact, Role
from casecore.contract.streams import case_stream_id
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent, to_record
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context
from casecore.decider.refusal import Refusal

SYSTEM = GivenActor("importer", "vendor", Role.SYSTEM)
NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)

OPEN = c.OpenCase(
    customer="practice", seller="seller", partner="partner",
    category=Category.TECHNICAL_SUPPORT, topic="activation",
)  # fmt: skip
TAKE = c.TakeCase(agent="anna")
ESCALATE = c.EscalateCase(reason="too hard")
HAND_BACK = c.HandBackCase()
RESOLVE = c.ResolveCase(resolution_code="solved")
REOPEN = c.ReopenCase()
CLOSE = c.CloseCase()
CANCEL = c.CancelCase(reason="a mistake")
WAIT = c.WaitForCustomer()
EFFORT = c.RecordEffort(minutes=15)
MESSAGE = c.PostMessage(text="tab\t, line\nand \\backslash, ünïcode")
INTERNAL = c.PostMessage(text="known error", audience=Audience.INTERNAL, readers=("seller", "vendor"))
TO_PARTNER = c.ReclassifyCase(category=Category.USER_SUPPORT, topic="training")

ACTIONS: tuple[c.PlainAction, ...] = (
    TAKE, ESCALATE, HAND_BACK, RESOLVE, REOPEN, CLOSE, CANCEL, WAIT, EFFORT, MESSAGE, INTERNAL, TO_PARTNER,
    c.ResumeCase(), c.AssignCase(agent="bela"),
)  # fmt: skip


class Sent(NamedTuple):
    """A record as Kafka hands it out."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def history(
    reference: str,
    actions: Sequence[c.PlainAction],
    start: datetime = NOON,
    every: timedelta = timedelta(hours=1),
    late: Mapping[int, datetime] | None = None,
) -> list[StoredEvent]:
    """The stored events that these actions lead to, one after the other; what is refused is left out.

    `late` has the time of those that happened before they were recorded, by their place from 1.
    """
    case: Case | None = None
    stored: list[StoredEvent] = []
    for turn, action in enumerate((OPEN, *actions)):
        recorded_at = start + every * turn + timedelta(seconds=1)
        at = (late or {}).get(turn, start + every * turn)
        command_id = uuid5(NAMESPACE_URL, f"{reference}/{turn}")
        command = c.CaseCommand(command_id=command_id, actor=SYSTEM, case=reference, do=action)
        try:
            decision = CASES.decide(case, command, Context(recorded_at, at, "vendor"))
        except Refusal:
            continue
        for data in decision.events:
            fact = Fact(
                occurred_at=at,
                actor=SYSTEM.as_actor(),
                command_id=command_id,
                correlation_id=command_id,
                data=data,
            )
            case = CASES.evolve(case, fact)
            stored.append(
                StoredEvent(
                    position=len(stored) + 1,
                    stream_id=case_stream_id(reference),
                    version=len(stored) + 1,
                    type=EVENT_TYPES.name_of(data),
                    recorded_at=recorded_at,
                    body=EVENT_TYPES.encode(fact),
                )
            )
    return stored


def sent(
    events: Iterable[StoredEvent], topic: str = "cases", partition: int = 0, first: int = 0
) -> list[Sent]:
    """The records of these events, one after the other in a partition."""
    return [Sent(topic, partition, first + place, *to_record(event)) for place, event in enumerate(events)]


@st.composite
def interleaved(draw: st.DrawFn, cases: int = 4) -> list[StoredEvent]:
    """Histories of a few cases, in one order that keeps each case's own."""
    waiting = [
        history(
            f"K-{number}",
            draw(st.lists(st.sampled_from(ACTIONS), max_size=12)),
            start=NOON + timedelta(hours=draw(st.integers(-2_000, 2_000))),
            every=timedelta(minutes=draw(st.integers(0, 3_000))),
        )
        for number in range(draw(st.integers(1, cases)))
    ]
    merged: list[StoredEvent] = []
    while any(waiting):
        queue = draw(st.sampled_from([queue for queue in waiting if queue]))
        merged.append(queue.pop(0))
    return merged
