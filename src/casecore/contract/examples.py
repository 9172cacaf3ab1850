"""One example of each type of event, every field filled: the golden files come from these."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from casecore.contract import cases as e
from casecore.contract.envelope import Actor, EventData, Fact, Role, Source
from casecore.contract.personal import Plain, Sealed

_MORNING = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
_SELLER = "dental-systems-nord"
_VENDOR = "imaging-software"
_PARTNER = "praxis-training"
_CUSTOMER = "practice-lindenhof"

_CUSTOMER_PERSON = Actor("k.brandt", _CUSTOMER, Role.CUSTOMER)
_SELLER_AGENT = Actor("j.petersen", _SELLER, Role.SELLER)
_VENDOR_AGENT = Actor("m.keller", _VENDOR, Role.VENDOR)

EventT = TypeVar("EventT", bound=e.CaseEvent)


def examples() -> tuple[Fact[EventData], ...]:
    """A fact of each type, in the order of the table of types; the same at every call."""
    return (*_at_the_seller(), *_in_conversation(), *_ending())


def _at_the_seller() -> tuple[Fact[EventData], ...]:
    opened = _event(
        e.CaseOpened,
        _standing(e.State.OPENED, None, None),
        subject=Plain("Server does not start after the update"),
        licence_package=UUID("3b0c5a52-6f0e-4c0e-9a55-0d5a4f3f7c01"),
    )
    escalated = _event(e.CaseEscalated, _vendor_has_it(), reason=Plain("The log names a corrupt table."))
    handed_back = _event(
        e.CaseHandedBack, _seller_has_it(), reason=Plain("A patch is out; please install it.")
    )
    return (
        _fact(0, _CUSTOMER_PERSON, opened),
        _fact(1, _SELLER_AGENT, _event(e.CaseTaken, _seller_has_it())),
        _fact(2, _SELLER_AGENT, _event(e.CaseAssigned, _seller_has_it())),
        _fact(3, _SELLER_AGENT, escalated),
        _fact(4, _VENDOR_AGENT, handed_back),
    )


def _in_conversation() -> tuple[Fact[EventData], ...]:
    sealed = Sealed("customer-7f3a", "q83vEjRWeJCrze8SNFZ4kA==")
    message = _event(
        e.MessagePosted,
        _vendor_has_it(),
        sender=e.Sender.AGENT,
        audience=e.Audience.INTERNAL,
        readers=(_SELLER, _VENDOR),
        text=sealed,
    )
    reclassified = _event(e.CaseReclassified, _standing(e.State.OPENED, None, None))
    effort = _event(
        e.EffortRecorded, _seller_has_it(), minutes=25, total_minutes=70, note=Plain("Remote session")
    )
    waiting = _event(e.WaitingStarted, _waiting(), reason=Plain("Asked for the log file."))
    return (
        _fact(5, _SELLER_AGENT, waiting),
        _fact(6, _SELLER_AGENT, _event(e.WaitingEnded, _seller_has_it())),
        _fact(7, _VENDOR_AGENT, message),
        _fact(8, _SELLER_AGENT, _event(e.PriorityChanged, _seller_has_it())),
        _fact(9, _SELLER_AGENT, reclassified),
        _fact(10, _SELLER_AGENT, effort),
    )


def _ending() -> tuple[Fact[EventData], ...]:
    resolved = _event(
        e.CaseResolved,
        _standing(e.State.RESOLVED, e.Level.LEVEL_1, None),
        resolution_code="solved",
        summary=Plain("The table was rebuilt from the backup."),
    )
    closed = _event(e.CaseClosed, _standing(e.State.CLOSED, e.Level.LEVEL_1, None))
    cancelled = _event(
        e.CaseCancelled,
        _standing(e.State.CANCELLED, e.Level.LEVEL_0, None),
        reason=Plain("Reported twice."),
        duplicate_of="C-2026-0416",
    )
    reopened = _event(e.CaseReopened, _vendor_has_it(), reason=Plain("It happened again."))
    return (
        _fact(11, _VENDOR_AGENT, resolved),
        _fact(12, _CUSTOMER_PERSON, reopened),
        _fact(13, _CUSTOMER_PERSON, closed),
        _fact(14, _SELLER_AGENT, cancelled),
        _fact(15, _SELLER_AGENT, _event(e.ActivityNoted, _seller_has_it())),
    )


def _event(kind: type[EventT], standing: e.Standing, **content: object) -> EventT:
    return kind(
        reference="C-2026-0417",
        customer=_CUSTOMER,
        seller=_SELLER,
        vendor=_VENDOR,
        partner=_PARTNER,
        standing=standing,
        **content,
    )


def _fact(place: int, actor: Actor, data: EventData) -> Fact[EventData]:
    return Fact(
        occurred_at=_MORNING + timedelta(minutes=17 * place, milliseconds=250),
        actor=actor,
        command_id=UUID(int=0x6F1D9F0A54A54C0E9D7E1F6A3C2B7E00 + place),
        correlation_id=UUID("9c7f2f0e-6f55-4e58-8d0a-2f6f3f1f0a11"),
        causation_id="import-2026-03-02",
        implied=True,
        source=Source(
            name="old-helpdesk",
            case="Case 417",
            place=place + 1,
            activity="Take in charge ticket",
            resource=Plain("Petersen, J."),
            attributes={"product": "viewer 8", "contact": Plain("Dr. Brandt")},
        ),
        data=data,
    )


def _standing(state: e.State, level: e.Level | None, agent: str | None) -> e.Standing:
    return e.Standing(
        state=state,
        category=e.Category.TECHNICAL_SUPPORT,
        topic="recovery",
        priority=e.Priority.HIGH,
        organisation=_VENDOR if level is e.Level.LEVEL_1 else _SELLER,
        level=level,
        agent=agent,
    )


def _seller_has_it() -> e.Standing:
    return _standing(e.State.RESELLER_L0, e.Level.LEVEL_0, "j.petersen")


def _vendor_has_it() -> e.Standing:
    return _standing(e.State.ESCALATED_L1, e.Level.LEVEL_1, "m.keller")


def _waiting() -> e.Standing:
    standing = _seller_has_it()
    return e.Standing(
        state=standing.state,
        category=standing.category,
        topic=standing.topic,
        priority=standing.priority,
        organisation=standing.organisation,
        level=standing.level,
        agent=standing.agent,
        waiting_since=_MORNING + timedelta(minutes=17 * 5, milliseconds=250),
    )
