"""One example of each type of event, every field filled: the golden files come from these."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from casecore.contract import billing as b
from casecore.contract import cases as e
from casecore.contract import licences as lic
from casecore.contract import service_levels as s
from casecore.contract.envelope import Actor, EventData, Fact, Role, Source
from casecore.contract.personal import Plain, Sealed
from devtools.billing_examples import billing_examples

_MORNING = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
_SELLER = "dental-systems-nord"
_VENDOR = "imaging-software"
_PARTNER = "praxis-training"
_CUSTOMER = "practice-lindenhof"

_CUSTOMER_PERSON = Actor("k.brandt", _CUSTOMER, Role.CUSTOMER)
_SELLER_AGENT = Actor("j.petersen", _SELLER, Role.SELLER)
_VENDOR_AGENT = Actor("m.keller", _VENDOR, Role.VENDOR)

_FIRST_OF_OTHERS = 22
"""Examples count from here where they are not of a case. It never moves: golden examples hold the numbers."""

_ADDED = (
    lic.LicenceCancellationWithdrawn,
    lic.LicenceActivationCorrected,
    lic.LicenceTransferred,
    b.DocumentCorrectionDecided,
)
"""Types that came later, in the order in which they came: their examples are numbered after all others."""

EventT = TypeVar("EventT", bound=e.CaseEvent)


def examples() -> tuple[Fact[EventData], ...]:
    """A fact of each type, in the order of the table of types; the same at every call."""
    cases = (*_at_the_seller(), *_in_conversation(), *_ending(), *_service_levels())
    others = billing_examples()
    by_age = sorted(others, key=lambda data: _ADDED.index(type(data)) + 1 if type(data) in _ADDED else 0)
    numbers = {type(data): number for number, data in enumerate(by_age, start=_FIRST_OF_OTHERS)}
    return (*cases, *(_fact(numbers[type(data)], _VENDOR_AGENT, data) for data in others))


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


def _service_levels() -> tuple[Fact[EventData], ...]:
    pinned = _event(
        s.PolicyPinned, _vendor_has_it(), policy=_policy(), reason=Plain("The contract was upgraded.")
    )
    clock = {
        "clock": s.Clock.TIME_AT_LEVEL,
        "level": e.Level.LEVEL_1,
        "number": 1,
        "policy_id": "vendor-level-1",
        "policy_version": 2,
        "organisation": _VENDOR,
        "target_seconds": 28_800,
        "due_at": _MORNING + timedelta(hours=8),
    }
    warned = _event(s.ServiceLevelWarned, _vendor_has_it(), percent=80, run_started_at=_MORNING, **clock)
    calendar = s.CalendarPublished(
        organisation=_VENDOR,
        calendar=_calendar(),
        definition_sha256="0f" * 32,
        holiday_names={"2026-12-25": "Erster Weihnachtstag"},
    )
    policy = s.PolicyPublished(policy=_policy(), definition_sha256="1e" * 32)
    return (
        _fact(16, _VENDOR_AGENT, pinned),
        _fact(17, _VENDOR_AGENT, warned),
        _fact(18, _VENDOR_AGENT, _event(s.ServiceLevelMissed, _vendor_has_it(), **clock)),
        _fact(19, _VENDOR_AGENT, _event(s.ServiceLevelMissWithdrawn, _vendor_has_it(), **clock)),
        _fact(20, _VENDOR_AGENT, calendar),
        _fact(21, _VENDOR_AGENT, policy),
    )


def _calendar() -> s.Calendar:
    office: tuple[s.Hours, ...] = ("08:00-12:00", "13:00-17:00")
    return s.Calendar(
        id="imaging-office",
        version=3,
        time_zone="Europe/Berlin",
        first_on=date(2026, 1, 1),
        last_on=date(2026, 12, 31),
        weekly=(*(office for _ in range(5)), (), ()),
        offsets=(
            s.OffsetChange(datetime(2025, 12, 31, 23, tzinfo=UTC), 3_600),
            s.OffsetChange(datetime(2026, 3, 29, 1, tzinfo=UTC), 7_200),
            s.OffsetChange(datetime(2026, 10, 25, 1, tzinfo=UTC), 3_600),
        ),
        holidays=(date(2026, 4, 3), date(2026, 12, 25)),
        exceptions=(s.Day(date(2026, 12, 24), ("08:00-12:00",)),),
    )


def _policy() -> s.Policy:
    return s.Policy(
        id="vendor-level-1",
        version=2,
        organisation=_VENDOR,
        covers=s.Covers.LEVEL_1,
        in_force_from=datetime(2026, 1, 31, 23, tzinfo=UTC),
        in_force_until=datetime(2026, 11, 30, 23, tzinfo=UTC),
        clocks=(
            s.ClockTerms(s.Clock.TIME_TO_ASSIGNMENT, s.Targets(14_400, 7_200, 3_600, 1_800)),
            s.ClockTerms(s.Clock.TIME_AT_LEVEL, s.Targets(57_600, 28_800, 14_400, 7_200), True, (50, 80)),
        ),
        calendar=_calendar(),
        match=s.Match(
            categories=(e.Category.TECHNICAL_SUPPORT,),
            priorities=(e.Priority.HIGH, e.Priority.URGENT),
            topics=("recovery",),
            sellers=(_SELLER,),
            customers=(_CUSTOMER,),
        ),
        on_change=s.OnChange.RESTART,
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
        on_behalf_of=_SELLER_AGENT,
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
