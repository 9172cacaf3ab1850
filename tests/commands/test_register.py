"""Organisations must be registered as soon as the store has a party, whoever registered it, and when."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from casecore.app.deciders import DECIDERS
from casecore.cases.commands import CaseCommand, OpenCase
from casecore.commands.admission import Admission
from casecore.commands.batch import Answer
from casecore.commands.messages import Append, AppendReport, BusRequest, Load
from casecore.commands.protocol import GivenCommand, Reply, WriterProtocol
from casecore.contract.cases import Category
from casecore.contract.envelope import Role
from casecore.contract.service_levels import Calendar
from casecore.decider.command import Command, GivenActor
from casecore.decider.organisations import Organisations
from casecore.parties.refusals import OrganisationUnknown
from casecore.service_levels.commands import PublishCalendar, ServiceLevelCommand
from casecore.store.records import Loaded, NewEvent
from tests.cases.promises import calendar

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
NORD = GivenActor("ida", "nord", Role.SELLER)

admission = Admission(DECIDERS)


class Store:
    """What a writer asks of the store: it keeps events, and has a party or not."""

    def __init__(self, organisations: Organisations = Organisations.REGISTERED) -> None:
        self.writer = WriterProtocol("vendor", organisations=organisations)
        self.has_parties = False
        self.loads: list[Load] = []
        self.events: list[NewEvent] = []

    def give(self, command: Command) -> Reply:
        steps = self.writer.store([GivenCommand(admission.admit(command), 10.0)], 0.0)
        answer: object = None
        try:
            while True:
                answer = self._perform(steps.send(answer))
        except StopIteration as ended:
            (reply,) = ended.value
            return reply  # type: ignore[no-any-return]

    def _perform(self, request: BusRequest) -> Loaded | AppendReport:
        if isinstance(request, Load):
            self.loads.append(request)
            later = [e for e in self.events if e.version > request.known.get(e.stream_id, e.version)]
            return Loaded(later, {}, NOW, request.asks_for_parties and self.has_parties)
        assert isinstance(request, Append)
        self.events += request.events
        return AppendReport(NOW, NOW, 0.0)


def opening() -> CaseCommand:
    do = OpenCase(customer="praxis", seller="nord", category=Category.TECHNICAL_SUPPORT, topic="activation")
    return CaseCommand(command_id=uuid4(), actor=NORD, case=str(uuid4()), do=do)


def publishing(version: int) -> ServiceLevelCommand:
    made: Calendar = calendar(version=version)
    do = PublishCalendar(organisation="nord", calendar=made, definition_sha256="0f" * 32)
    return ServiceLevelCommand(command_id=UUID(int=version), actor=NORD, do=do)


def test_a_store_without_parties_is_worked_on_as_before() -> None:
    store = Store()
    assert isinstance(store.give(opening()), Answer)
    assert isinstance(store.give(publishing(1)), Answer)


def test_from_the_first_party_on_organisations_are_registered_and_nobody_asks_again() -> None:
    # Given a writer that knows no party, and remembers what was published
    store = Store()
    assert isinstance(store.give(publishing(1)), Answer)
    # When another process registers the first party
    store.has_parties = True
    # Then it is not decided from memory that anybody may publish
    assert isinstance(store.give(publishing(2)), OrganisationUnknown)
    assert isinstance(store.give(opening()), OrganisationUnknown)
    assert [load.asks_for_parties for load in store.loads] == [True, True, False]


def test_an_operator_may_take_any() -> None:
    store = Store(Organisations.ANY)
    store.has_parties = True
    assert isinstance(store.give(opening()), Answer)
    assert isinstance(store.give(publishing(1)), Answer)
    assert not any(load.asks_for_parties for load in store.loads)
