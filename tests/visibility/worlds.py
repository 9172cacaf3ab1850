"""A world of cases between organisations, with the promises that some of them published.

Its events are decided in memory, by the deciders alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from hypothesis import strategies as st
from msgspec.structs import replace

from casecore.app.actors import parse_actor
from casecore.cases import commands as c
from casecore.cases.decider import CASES
from casecore.cases.state import Case
from casecore.contract.cases import Audience, Category, Priority, Sender
from casecore.contract.envelope import Actor, EventData, Fact, Role
from casecore.contract.service_levels import (
    CalendarPublished,
    Covers,
    Match,
    OnChange,
    Policy,
    PolicyPublished,
)
from casecore.contract.streams import SERVICE_LEVEL_BOOK, case_stream_id
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context
from casecore.decider.refusal import Refusal
from casecore.service_levels.book import Book, evolve
from tests.projections.promises import OFFICE, policy

VENDOR = "vendor"
CUSTOMERS, SELLERS, PARTNERS = ("praxis", "zahn"), ("nord", "sued"), ("campus", "hilfe")
ORGANISATIONS = (*CUSTOMERS, *SELLERS, *PARTNERS, VENDOR)
ASKS = {
    "vendor": "vendor:vendor:vera",
    "nord": "seller:nord:ida",
    "sued": "seller:sued:tom",
    "campus": "partner:campus:paul",
    "hilfe": "partner:hilfe:pia",
    "praxis": "customer:praxis:ute",
    "zahn": "customer:zahn:max",
    "klinik": "customer:klinik:eva",
    "praxis-ost": "customer:praxis-ost:ina",
    "praxis-west": "customer:praxis-west:uwe",
    "praxis-wien": "customer:praxis-wien:leo",
    "stranger": "customer:stranger:zoe",
}
"""Who asks, by organisation."""
BEGINS_AT = datetime(2026, 4, 7, 7, tzinfo=UTC)
"""A Tuesday."""

_PUBLISHED_AT = datetime(2026, 3, 20, 8, tzinfo=UTC)
_BETWEEN = timedelta(minutes=37)
_ASKED_FOR_IT = (None, *(parse_actor(ASKS[name]).as_actor() for name in ORGANISATIONS))
"""On whose behalf the system does one step after the other."""
_SYSTEM = GivenActor("importer", VENDOR, Role.SYSTEM)


class Step(NamedTuple):
    """Something that is done on a case."""

    case: str
    do: c.PlainAction


def promises() -> list[Policy]:
    """What the vendor and two others promise; one of them for the customers that it names alone."""
    of_nord, of_hilfe = replace(OFFICE, id="nord-office"), replace(OFFICE, id="hilfe-office")
    for_some = Match(customers=CUSTOMERS)
    return [
        policy(Covers.END_TO_END, 2, on_change=OnChange.RESTART),
        policy(Covers.LEVEL_1, 3),
        replace(policy(Covers.LEVEL_0, 1, of_nord, organisation="nord"), match=for_some),
        policy(Covers.PARTNER, 1, of_hilfe, organisation="hilfe"),
    ]


class _Log:
    """Events as they are stored, one after the other."""

    def __init__(self, first_position: int) -> None:
        self.events: list[StoredEvent] = []
        self._position = first_position
        self._versions: dict[UUID, int] = {}

    def store(self, stream_id: UUID, fact: Fact[EventData]) -> None:
        self._versions[stream_id] = self._versions.get(stream_id, 0) + 1
        stored = StoredEvent(
            position=self._position + len(self.events),
            stream_id=stream_id,
            version=self._versions[stream_id],
            type=EVENT_TYPES.name_of(fact.data),
            recorded_at=fact.occurred_at,
            body=EVENT_TYPES.encode(fact),
        )
        self.events.append(stored)


def written(steps: Sequence[Step], first_position: int = 1) -> list[StoredEvent]:
    """The published promises, and the events to which these steps lead; what is refused is left out."""
    log = _Log(first_position)
    book = _publish(log)
    states: dict[str, Case | None] = {}
    for turn, step in enumerate(steps):
        at = BEGINS_AT + turn * _BETWEEN
        command_id = uuid5(NAMESPACE_URL, f"{turn}")
        command = c.CaseCommand(command_id=command_id, actor=_SYSTEM, case=step.case, do=step.do)
        context = Context(at, at, VENDOR, {SERVICE_LEVEL_BOOK: book})
        try:
            decision = CASES.decide(states.get(step.case), command, context)
        except Refusal:
            continue
        for data in decision.events:
            fact = _fact(at, command_id, data, _ASKED_FOR_IT[turn % len(_ASKED_FOR_IT)])
            states[step.case] = CASES.evolve(states.get(step.case), fact)
            log.store(case_stream_id(step.case), fact)
    return log.events


def _publish(log: _Log) -> Book:
    book = Book()
    for number, one in enumerate(promises()):
        of_calendar = CalendarPublished(
            organisation=one.organisation, calendar=one.calendar, definition_sha256="c" * 64
        )
        of_policy = PolicyPublished(policy=one, definition_sha256="d" * 64)
        is_new = one.calendar.id not in book.calendars
        for data in (of_calendar, of_policy) if is_new else (of_policy,):
            fact = _fact(_PUBLISHED_AT, uuid5(NAMESPACE_URL, f"promise {number}"), data, _ASKED_FOR_IT[-1])
            log.store(SERVICE_LEVEL_BOOK, fact)
            book = evolve(book, fact)
    return book


def _fact(at: datetime, command_id: UUID, data: EventData, on_behalf_of: Actor | None) -> Fact[EventData]:
    return Fact(
        occurred_at=at,
        actor=_SYSTEM.as_actor(),
        on_behalf_of=on_behalf_of,
        command_id=command_id,
        correlation_id=command_id,
        data=data,
    )


@st.composite
def steps(draw: st.DrawFn, most: int = 24) -> list[Step]:
    """Steps on some cases between all organisations; each text is written once in a world."""
    names = [f"K-{number}{number}" for number in range(1, draw(st.integers(2, 4)) + 1)]
    found = [Step(name, draw(_openings(name))) for name in names]
    for turn in range(draw(st.integers(0, most))):
        found.append(Step(draw(st.sampled_from(names)), draw(_actions(turn, names))))
    return found


def _openings(name: str) -> st.SearchStrategy[c.PlainAction]:
    return st.builds(
        c.OpenCase,
        customer=st.sampled_from(CUSTOMERS),
        seller=st.sampled_from((*SELLERS, VENDOR)),
        partner=st.sampled_from((None, *PARTNERS)),
        category=st.just(Category.TECHNICAL_SUPPORT),
        topic=st.sampled_from(("activation", "troubleshooting")),
        priority=st.sampled_from(Priority),
        subject=st.just(f"subject of {name}"),
    )


def _actions(turn: int, names: Sequence[str]) -> st.SearchStrategy[c.PlainAction]:
    text = f"written at {turn:03}"
    internal = st.lists(st.sampled_from(ORGANISATIONS), min_size=1, max_size=3, unique=True).map(
        lambda readers: c.PostMessage(text=text, audience=Audience.INTERNAL, readers=tuple(readers))
    )
    to_partner = st.builds(
        c.ReclassifyCase,
        category=st.just(Category.USER_SUPPORT),
        topic=st.just("training"),
        partner=st.sampled_from(PARTNERS),
    )
    fixed = (
        c.TakeCase(agent="anna"),
        c.EscalateCase(reason=text),
        c.HandBackCase(reason=text),
        c.WaitForCustomer(reason=text),
        c.PostMessage(text=text),
        c.PostMessage(text=text, sender=Sender.CUSTOMER),
        c.ChangePriority(priority=Priority.HIGH),
        c.RecordEffort(minutes=15, note=text),
        c.ResolveCase(resolution_code="solved", summary=text),
        c.ReopenCase(reason=text),
        c.CloseCase(),
        c.ReclassifyCase(category=Category.TECHNICAL_SUPPORT, topic="activation"),
        *(c.CancelCase(duplicate_of=name) for name in names),
    )
    return st.one_of(st.sampled_from(fixed), internal, to_partner)
