"""Cases with policies pinned to them, changed, and what was recorded about their clocks, as stored events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from hypothesis import strategies as st
from msgspec.structs import replace

from casecore.clocks.evaluation import Evaluation, evaluate
from casecore.clocks.history import History, history_of
from casecore.clocks.instants import instant, micros
from casecore.clocks.notes import NoteKind, notes_of
from casecore.clocks.reading import ClockReading
from casecore.contract import cases as e
from casecore.contract import service_levels as s
from casecore.contract.envelope import Actor, Fact, Role
from casecore.contract.personal import Plain
from casecore.contract.streams import case_stream_id
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from casecore.evaluation.histories import case_of

START = datetime(2026, 3, 20, 9, tzinfo=UTC)  # a Friday, nine days before the clocks change
_ACTOR = Actor("anna", "vendor", Role.SYSTEM)
_OFFSETS = (
    s.OffsetChange(datetime(2025, 12, 31, 23, tzinfo=UTC), 3_600),
    s.OffsetChange(datetime(2026, 3, 29, 1, tzinfo=UTC), 7_200),
    s.OffsetChange(datetime(2026, 10, 25, 1, tzinfo=UTC), 3_600),
)


def calendar(name: str, weekly: Sequence[Sequence[str]], last_on: date = date(2026, 12, 31)) -> s.Calendar:
    """Opening hours in Berlin in 2026."""
    return s.Calendar(
        id=name,
        version=1,
        time_zone="Europe/Berlin",
        first_on=date(2026, 1, 1),
        last_on=last_on,
        weekly=tuple(tuple(day) for day in weekly),
        offsets=_OFFSETS,
        holidays=(date(2026, 4, 3), date(2026, 4, 6)),
        exceptions=(s.Day(date(2026, 3, 28), ("09:00-13:00",)),),
    )


OFFICE = calendar("office", [["08:00-12:00", "13:00-17:00"]] * 5 + [[], []])
EVENINGS = calendar("evenings", [["17:30-24:00"]] * 6 + [["00:00-03:30"]])
ENDING = calendar("ending", [["08:00-17:00"]] * 7, last_on=date(2026, 3, 23))
NEVER = calendar("never", [[]] * 7)


def targets(hours: float) -> s.Targets:
    """Half of it for a high priority, none for an urgent one."""
    whole = round(hours * 3_600)
    return s.Targets(low=whole * 2, normal=whole, high=whole // 2, urgent=0)


def policy(
    covers: s.Covers,
    hours: float,
    of: s.Calendar = OFFICE,
    pauses: bool = True,
    on_change: s.OnChange = s.OnChange.KEEP,
    organisation: str = "vendor",
    clocks: Sequence[s.Clock] | None = None,
) -> s.Policy:
    """A policy with all the clocks that there are for what it covers, or with some of them."""
    whole = (s.Clock.FIRST_RESPONSE, s.Clock.NEXT_REPLY, s.Clock.RESOLUTION)
    kinds = clocks or (
        whole if covers is s.Covers.END_TO_END else (s.Clock.TIME_TO_ASSIGNMENT, s.Clock.TIME_AT_LEVEL)
    )
    return s.Policy(
        id=f"{organisation}-{covers.value}",
        version=1,
        organisation=organisation,
        covers=covers,
        in_force_from=START,
        clocks=tuple(
            s.ClockTerms(kind, targets(hours), pauses, (50, 80) if kind is not s.Clock.NEXT_REPLY else ())
            for kind in kinds
        ),
        calendar=of,
        on_change=on_change,
    )


PROMISES = (
    policy(s.Covers.END_TO_END, 4),
    policy(s.Covers.END_TO_END, 30, OFFICE, pauses=False, on_change=s.OnChange.RESTART),
    policy(s.Covers.END_TO_END, 9, EVENINGS, clocks=[s.Clock.RESOLUTION]),
    policy(s.Covers.END_TO_END, 20, ENDING),
    policy(s.Covers.END_TO_END, 2, NEVER),
    policy(s.Covers.LEVEL_0, 3, OFFICE, organisation="seller"),
    policy(s.Covers.LEVEL_0, 1, EVENINGS, on_change=s.OnChange.RESTART, organisation="seller"),
    policy(s.Covers.LEVEL_1, 6, EVENINGS),
    policy(s.Covers.LEVEL_1, 0.5, OFFICE, clocks=[s.Clock.TIME_TO_ASSIGNMENT]),
)
STEPS = (
    "take", "assign", "escalate", "hand_back", "wait", "resume", "customer", "agent", "internal",
    "late_customer", "late_agent", "urgency", "resolve", "reopen", "close", "cancel", "effort", "watch",
    "pin", "reclassify", "late_wait",
)  # fmt: skip
CUSTOMERS = {"S-1": "clinic"}
TOPICS = ("recovery", "activation")
_AT_WORK = frozenset({e.State.RESELLER_L0, e.State.ESCALATED_L1})
_POSSIBLE = {
    "take": {e.State.OPENED},
    "escalate": {e.State.OPENED, e.State.RESELLER_L0},
    "hand_back": {e.State.ESCALATED_L1},
    "reopen": {e.State.RESOLVED},
    "close": {e.State.RESOLVED},
    "cancel": {e.State.OPENED, *_AT_WORK},
    **dict.fromkeys(("assign", "resolve", "wait", "late_wait", "resume"), _AT_WORK),
}
_SHORT = (timedelta(), timedelta(microseconds=1), timedelta(seconds=1), timedelta(minutes=29, microseconds=7))
GAPS = [*_SHORT, *(timedelta(hours=hours) for hours in (1, 3, 4, 7, 15, 30, 70, 200))]


class Step(NamedTuple):
    """What is done, so long after the step before; `choice` says which of several things."""

    what: str
    after: timedelta
    choice: int = 0


class _Writing:
    """One case as it is written, step after step; what is not possible is left out."""

    def __init__(self, reference: str, at: datetime) -> None:
        self.reference = reference
        self.at = at
        self.events: list[tuple[datetime, e.CaseEvent]] = []
        self.written_at: list[datetime] = []
        self.moved_at = at
        self.standing = e.Standing(
            e.State.OPENED, e.Category.TECHNICAL_SUPPORT, "recovery", e.Priority.NORMAL, "seller"
        )
        self.resolved_at_level = e.Level.LEVEL_0
        self.add(e.CaseOpened)

    def add(self, kind: type[e.CaseEvent], at: datetime | None = None, **more: object) -> None:
        data = kind(
            reference=self.reference, customer=CUSTOMERS.get(self.reference, "practice"),
            seller="seller", vendor="vendor",
            standing=self.standing, **more,
        )  # fmt: skip
        self.events.append((at or self.at, data))
        self.written_at.append(self.at)

    def move(self, kind: type[e.CaseEvent], **change: object) -> None:
        self.moved_at = self.at
        self.standing = replace(self.standing, **change)
        self.add(kind, **({"resolution_code": "solved"} if kind is e.CaseResolved else {}))

    @property
    def history(self) -> History:
        return history_of([(micros(at), n, data) for n, (at, data) in enumerate(self.events, start=1)])

    def step(self, step: Step) -> None:
        self.at += step.after
        if self.standing.state not in _POSSIBLE.get(step.what, frozenset(e.State)):
            return
        agent = [None, "ida", "vera"][step.choice % 3]
        match step.what:
            case "escalate":
                self.arrive(e.CaseEscalated, e.Level.LEVEL_1, agent)
            case "hand_back":
                self.arrive(e.CaseHandedBack, e.Level.LEVEL_0, agent)
            case "reopen":
                self.arrive(e.CaseReopened, self.resolved_at_level, agent)
            case "take":
                self.arrive(e.CaseTaken, e.Level.LEVEL_0, agent)
            case "assign":
                self.move(e.CaseAssigned, agent=agent or "olga")
            case "resolve":
                self.resolved_at_level = self.standing.level or e.Level.LEVEL_0
                self.move(e.CaseResolved, state=e.State.RESOLVED, agent=None)
            case "close":
                self.move(e.CaseClosed, state=e.State.CLOSED)
            case "cancel":
                self.move(e.CaseCancelled, state=e.State.CANCELLED, agent=None)
            case _:
                self.do(step)

    def do(self, step: Step) -> None:
        """A step that is no move."""
        match step.what:
            case "wait" | "late_wait":
                if step.what == "late_wait":  # not before the last move, assignment or waiting
                    self.moved_at = max(self.moved_at, self.at - GAPS[step.choice % len(GAPS)])
                else:
                    self.moved_at = self.at
                self.add(e.WaitingStarted, self.moved_at)
            case "resume":
                self.moved_at = self.at
                self.add(e.WaitingEnded)
            case "urgency":
                self.move(e.PriorityChanged, priority=list(e.Priority)[step.choice % 4])
            case "reclassify":
                self.move(e.CaseReclassified, topic=TOPICS[step.choice % 2])
            case "effort":
                self.add(e.EffortRecorded, minutes=5, total_minutes=5)
            case "watch":
                self.watch(step)
            case "pin":
                self.add(s.PolicyPinned, policy=PROMISES[step.choice % len(PROMISES)])
            case _:
                self.write(step)

    def arrive(self, kind: type[e.CaseEvent], level: e.Level, agent: str | None) -> None:
        zero = level is e.Level.LEVEL_0
        self.move(
            kind,
            state=e.State.RESELLER_L0 if zero else e.State.ESCALATED_L1,
            level=level,
            organisation="seller" if zero else "vendor",
            agent=agent,
        )

    def write(self, step: Step) -> None:
        late = step.what.startswith("late")
        opened_at = self.events[0][0]
        at = max(opened_at, self.at - GAPS[step.choice % len(GAPS)]) if late else self.at
        self.add(
            e.MessagePosted,
            at,
            sender=e.Sender.CUSTOMER if "customer" in step.what else e.Sender.AGENT,
            audience=e.Audience.INTERNAL if step.what == "internal" else e.Audience.PUBLIC,
            text=Plain("a message"),
        )

    def watch(self, step: Step) -> None:
        """Record what is due by now, once each; warnings with the run of their clock, or as once without."""
        case = evaluate(self.history, micros(self.at))
        assert case is not None
        kinds = {
            NoteKind.WARNED: s.ServiceLevelWarned,
            NoteKind.MISSED: s.ServiceLevelMissed,
            NoteKind.WITHDRAWN: s.ServiceLevelMissWithdrawn,
        }
        for note in list(notes_of(case)):
            if note.reading is None or note.at + (note.what is NoteKind.MISSED) > case.at:
                continue
            more: dict[str, object] = {}
            if note.warning is not None:
                more["percent"] = note.warning.percent
                more["run_started_at"] = None if step.choice % 2 else instant(note.warning.run_started_at)
            self.note(kinds[note.what], note.reading, instant(note.at), **more)

    def note(self, kind: type[e.CaseEvent], clock: ClockReading, at: datetime, **more: object) -> None:
        key = clock.key
        self.add(
            kind, at, clock=key.clock, number=key.number, level=key.level, policy_id=clock.policy.id,
            policy_version=clock.policy.version, organisation=key.organisation or clock.policy.organisation,
            target_seconds=clock.target // 1_000_000, **more,
        )  # fmt: skip


def written(reference: str, steps: Sequence[Step], start: datetime = START) -> list[StoredEvent]:
    """The stored events of a case to which this happened."""
    writing = _Writing(reference, start)
    for step in steps:
        writing.step(step)
    return stored(reference, writing.events, writing.written_at)


def stored(
    reference: str, events: Sequence[tuple[datetime, e.CaseEvent]], written_at: Sequence[datetime]
) -> list[StoredEvent]:
    """Events of a case as they are stored, in this order, a second after each was written."""
    command_id = uuid5(NAMESPACE_URL, reference)
    recorded = [at + timedelta(seconds=1) for at in written_at]
    return [
        StoredEvent(
            position=version,
            stream_id=case_stream_id(reference),
            version=version,
            type=EVENT_TYPES.name_of(data),
            recorded_at=recorded_at,
            body=EVENT_TYPES.encode(
                Fact(
                    occurred_at=at, actor=_ACTOR, command_id=command_id, correlation_id=command_id, data=data
                )
            ),
        )
        for version, ((at, data), recorded_at) in enumerate(zip(events, recorded, strict=True), start=1)
    ]


def evaluation_of(events: Sequence[StoredEvent], at: datetime) -> Evaluation:
    """What the clocks themselves say of a case's stored events at an instant."""
    return evaluated(stored_history(events), micros(at))


def stored_history(events: Sequence[StoredEvent]) -> History:
    """A case's history, from its stored events."""
    case = case_of(events)
    assert case is not None
    return case.history()


def evaluated(history: History, at: int) -> Evaluation:
    """A case that was opened by an instant, as the clocks have it then."""
    found = evaluate(history, at)
    assert found is not None
    return found


def last_at(events: Sequence[StoredEvent]) -> datetime:
    """When the last thing happened to a case."""
    return max(EVENT_TYPES.decode(event.type, event.body).occurred_at for event in events)


_steps = st.builds(
    Step,
    st.sampled_from([*STEPS, "take", "wait", "wait", "pin", "pin"]),
    st.sampled_from(GAPS),
    st.integers(0, len(PROMISES) * 4),
)


@st.composite
def promised(draw: st.DrawFn, most: int = 3) -> list[StoredEvent]:
    """Histories of a few cases with policies, in one order that keeps each case's own."""
    waiting = [
        written(
            f"S-{number}",
            [
                Step("pin", timedelta(), draw(st.integers(0, 8))),
                *draw(st.lists(_steps, min_size=2, max_size=24)),
            ],
        )
        for number in range(draw(st.integers(1, most)))
    ]
    merged: list[StoredEvent] = []
    while any(waiting):
        queue = draw(st.sampled_from([queue for queue in waiting if queue]))
        merged.append(queue.pop(0))
    return merged
