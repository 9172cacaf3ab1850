"""The system acts on somebody's behalf, and each event says on whose; nobody else does."""

from __future__ import annotations

import json
from concurrent.futures import Future
from datetime import UTC, datetime
from uuid import UUID

import pytest
from msgspec.structs import replace

from casecore.app.deciders import DECIDERS
from casecore.billing.commands import BuyerCommand, HoldBuyer
from casecore.cases.commands import CaseCommand, OpenCase, RowDetails
from casecore.commands.admission import Admission
from casecore.commands.batch import Answer, DecidedBatch, decide_batch
from casecore.commands.on_behalf import bus_for, submitter_for
from casecore.contract.cases import Category
from casecore.contract.envelope import Actor, Role
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent, to_line, to_record
from casecore.decider.command import Command, GivenActor
from casecore.decider.own_runs import BILLING_RUN
from casecore.decider.refusal import CommandMalformed
from casecore.store.records import Loaded, NewEvent, Receipt

NOW = datetime(2026, 3, 2, tzinfo=UTC)
IMPORTER = GivenActor(person="import:desk", organisation="desk", role=Role.SYSTEM)
IDA = GivenActor(person="ida", organisation="nord", role=Role.SELLER)
VERA = GivenActor(person="vera", organisation="vendor", role=Role.VENDOR)
OPENING = OpenCase(customer="praxis", seller="nord", category=Category.TECHNICAL_SUPPORT, topic="activation")
BY_IMPORT = CaseCommand(command_id=UUID(int=1), actor=IMPORTER, case="C-1", do=OPENING)

admission = Admission(DECIDERS)


def decided(command: Command, *receipts: Receipt) -> DecidedBatch:
    loaded = Loaded([], {receipt.command_id: receipt for receipt in receipts}, NOW)
    return decide_batch([admission.admit(command)], loaded, {}, "vendor")


def the_event(command: Command) -> NewEvent:
    [event] = decided(command).events
    return event


def test_an_event_says_on_whose_behalf_the_system_acted() -> None:
    event = the_event(replace(BY_IMPORT, on_behalf_of=IDA))
    fact = EVENT_TYPES.decode(event.type, event.body)
    assert (fact.actor, fact.on_behalf_of) == (IMPORTER.as_actor(), Actor("ida", "nord", Role.SELLER))
    # And so does its line in a file. Its record says it where it says who acted: in the body, in no header
    stored = StoredEvent(1, event.stream_id, event.version, event.type, NOW, event.body)
    line = json.loads(to_line(stored))
    assert line["on_behalf_of"] == {"person": "ida", "organisation": "nord", "role": "seller"}
    _, value, headers = to_record(stored)
    assert value == event.body
    assert not any(b"ida" in text for _, text in headers)


def test_an_event_on_nobodys_behalf_is_stored_as_before() -> None:
    assert b"on_behalf_of" not in the_event(BY_IMPORT).body


@pytest.mark.parametrize("later", [None, VERA])
@pytest.mark.parametrize("first", [None, IDA])
def test_the_same_command_on_anothers_behalf_is_the_same_command(
    first: GivenActor | None, later: GivenActor | None
) -> None:
    # Given a row that was imported, on somebody's behalf or on nobody's
    [receipt] = decided(replace(BY_IMPORT, on_behalf_of=first)).receipts
    # When it is imported again on another's behalf, by a program that reads more of the row, too
    again = replace(BY_IMPORT, on_behalf_of=later, details=RowDetails(utc_offset_seconds=0))
    batch = decided(again, receipt)
    # Then it is answered as before, and nothing is stored
    [answer] = batch.answers
    assert isinstance(answer, Answer)
    assert (answer.repeated, batch.events, batch.receipts) == (True, [], [])


def test_only_the_system_acts_on_behalf_of_others() -> None:
    opening = replace(BY_IMPORT, actor=IDA)
    with pytest.raises(CommandMalformed, match="only the system acts on behalf of others"):
        admission.admit(replace(opening, on_behalf_of=VERA))
    with pytest.raises(CommandMalformed, match="only the system acts on behalf of others"):
        admission.admit(replace(opening, on_behalf_of=IDA))
    with pytest.raises(CommandMalformed, match="on_behalf_of names the system"):
        admission.admit(replace(BY_IMPORT, on_behalf_of=BILLING_RUN))


@pytest.mark.parametrize("actor", [IMPORTER, BILLING_RUN])
def test_who_is_named_has_ids_that_people_can_see(actor: GivenActor) -> None:
    named = replace(IDA, person="ida\u3164")
    [answer] = decided(replace(BY_IMPORT, actor=actor, on_behalf_of=named)).answers
    assert isinstance(answer, CommandMalformed)
    assert "$.on_behalf_of.person" in str(answer)


class _Bus:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.given: list[Command] = []

    def submit(self, command: Command) -> Future[Answer]:
        self.given.append(command)
        return Future()

    def give(self, command: Command) -> Answer:
        self.given.append(command)
        return Answer(command.command_id, UUID(int=0), 1, 1)


def test_what_acts_for_somebody_names_them_with_the_systems_commands_only() -> None:
    hold = BuyerCommand(command_id=UUID(int=2), actor=BILLING_RUN, buyer="zahn", do=HoldBuyer(country="CH"))
    of_ida = replace(BY_IMPORT, actor=IDA)
    bus = _Bus()
    for vera in (bus_for(bus, VERA), submitter_for(bus, VERA)):
        vera.submit(hold)
        vera.submit(of_ida)
    bus_for(bus, VERA).give(hold)
    by_vera = replace(hold, on_behalf_of=VERA)
    assert bus.given == [by_vera, of_ida, by_vera, of_ida, by_vera]
    assert (bus_for(bus, None), submitter_for(bus, None)) == (bus, bus)
