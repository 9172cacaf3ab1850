"""The run of fees on a real PostgreSQL: killed midway, by two at once, and stated to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from casecore.billing.deciders import BILLING_DECIDERS
from casecore.billing.fees.commands import AgreeFee, FeeAgreementCommand, WithdrawFeeAgreement
from casecore.billing.fees.statement import change_since, statement_of
from casecore.cases import commands as c
from casecore.cases.decider import CASES
from casecore.commands.batch import Answer
from casecore.commands.bus import CommandBus
from casecore.commands.interface import Bus
from casecore.commands.window import Window
from casecore.contract.billing import EventRef
from casecore.contract.cases import Category
from casecore.contract.envelope import Role
from casecore.contract.fees import (
    CustomerYear,
    FeeByEffort,
    FeeMemoEvent,
    FeeMemoReversed,
    FeeService,
    FeeTerms,
    YearlyFee,
)
from casecore.contract.parties import PartyRole
from casecore.contract.streams import case_stream_id, fee_agreements_stream_id, package_stream_id
from casecore.contract.types import EVENT_TYPES
from casecore.decider.command import Command, GivenActor
from casecore.licences.commands import ActivateLicence, LicenceCommand, TransferLicence
from casecore.licences.decider import LICENCES
from casecore.parties.commands import PartyCommand, RegisterParty
from casecore.parties.decider import PARTIES
from casecore.runs import fees as run
from casecore.runs.fee_books import FeeBooks
from casecore.runs.fee_deciders import FEE_DECIDERS
from casecore.runs.fees import FeesKept, keep_fees
from casecore.runs.set_up import set_up
from casecore.store.log import LogReader
from casecore.store.migrations import migrate
from tests.newer_words import as_a_newer_program_wrote, as_it_is_known

VENDOR, SELLER, PARTNER = "vendor", "nord", "campus"
SYSTEM = GivenActor("import", VENDOR, Role.SYSTEM)
PAUL = GivenActor("paul", PARTNER, Role.PARTNER)
DECIDERS = (CASES, PARTIES, LICENCES, *BILLING_DECIDERS, *FEE_DECIDERS)
CUSTOMERS = ("praxis-a", "praxis-b", "praxis-c")
UNTIL = date(2026, 6, 30)
MARCH = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Killed(Exception):
    """The process is gone."""


class MortalBus:
    """A bus whose process is killed when it has given so many commands."""

    def __init__(self, bus: CommandBus, commands_left: int) -> None:
        self._bus = bus
        self._commands_left = commands_left

    def submit(self, command: Command) -> Future[Answer]:
        if self._commands_left == 0:
            raise Killed
        self._commands_left -= 1
        return self._bus.submit(command)

    def give(self, command: Command) -> Answer:
        return self.submit(command).result()


def register(bus: CommandBus, party: str, role: PartyRole) -> None:
    do = RegisterParty(
        roles=(role,), name=party.title(), street="Kai 1", postal_code="24103", city="Kiel", country="DE"
    )
    bus.give(PartyCommand(command_id=uuid4(), actor=SYSTEM, party=party, do=do))


def agree(bus: CommandBus, party: str, service: FeeService, terms: FeeTerms) -> None:
    do = AgreeFee(service=service, from_on=date(2024, 1, 1), terms=terms, vat_country="DE")
    bus.give(FeeAgreementCommand(command_id=uuid4(), actor=SYSTEM, party=party, do=do))


def use_case(bus: CommandBus, number: int, minutes: int) -> None:
    """A case of user support, with effort, resolved on a day of March."""
    opened_at = MARCH + timedelta(days=number % 20)
    opening = c.OpenCase(
        customer=CUSTOMERS[number % 3],
        seller=SELLER,
        partner=PARTNER,
        category=Category.USER_SUPPORT,
        topic="program_use",
    )
    steps = (opening, c.TakeCase(), c.RecordEffort(minutes=minutes), c.ResolveCase(resolution_code="solved"))
    for hours, do in enumerate(steps):
        actor = PAUL if isinstance(do, c.RecordEffort) else SYSTEM
        at = opened_at + timedelta(hours=hours)
        bus.give(c.CaseCommand(command_id=uuid4(), actor=actor, occurred_at=at, case=f"C-{number}", do=do))


@pytest.fixture
def bus(database: str) -> Iterator[CommandBus]:
    """Three customers with packages of a seller that charges by the year, and thirty cases of a partner."""
    migrate(database)
    with CommandBus(database, DECIDERS, VENDOR) as bus:
        set_up(bus)
        register(bus, VENDOR, PartyRole.VENDOR)
        register(bus, SELLER, PartyRole.RESELLER)
        register(bus, PARTNER, PartyRole.SUPPORT_PARTNER)
        agree(bus, SELLER, FeeService.LEVEL_0, YearlyFee(9_950))
        agree(bus, PARTNER, FeeService.USER_SUPPORT, FeeByEffort(8_990))
        for number, customer in enumerate(CUSTOMERS):
            register(bus, customer, PartyRole.CUSTOMER)
            activate = ActivateLicence(
                customer=customer,
                seller=SELLER,
                licence_type="standard",
                program_version="9",
                effective_on=date(2024, 4 + number, 29),
            )
            bus.give(LicenceCommand(command_id=uuid4(), actor=SYSTEM, package=f"P-{number}", do=activate))
        for number in range(30):
            use_case(bus, number, number + 1)
        yield bus


def memo_events(database: str) -> list[FeeMemoEvent]:
    """All that was ever stored about memos."""
    with LogReader(database) as log:
        memos = [stored for stored in log.read(0, 100_000) if ".fee_memo_" in stored.type]
    facts = [EVENT_TYPES.decode(stored.type, stored.body).data for stored in memos]
    return [fact for fact in facts if isinstance(fact, FeeMemoEvent)]


def cents_of(minutes: int) -> int:
    """At 89.90 an hour, half up; reckoned without the program."""
    exact, rest = divmod(minutes * 8990, 60)
    return exact + (rest >= 30)


def keep(database: str, bus: Bus, **more: Any) -> FeesKept:
    """`casecore billing fees`."""
    with FeeBooks(database) as books:
        return keep_fees(books, bus, UNTIL, **more)


YEARS = 3 + 3 + 3  # three customers since 2024, in April, May and June of 2024, 2025 and 2026
PARTNERS_NET = sum(cents_of(number + 1) for number in range(30))


def test_killed_anywhere_and_run_again_it_keeps_each_fee_once(bus: CommandBus, database: str) -> None:
    # Given a run that is killed after some commands, again and again
    for commands in (7, 0, 11, 3):
        with pytest.raises(Killed):
            keep(database, MortalBus(bus, commands))
    # When it runs to its end, then all that was missing is there, each once, and nothing was taken back,
    done = keep(database, bus)
    assert (done.reversed, done.left) == (0, 0)
    events = memo_events(database)
    assert len(events) == 30 + YEARS
    assert {event.number for event in events if not isinstance(event.fee.covers, CustomerYear)} == {1}
    # and a further run has nothing to do.
    assert keep(database, bus) == FeesKept()
    assert memo_events(database) == events


def test_several_at_once_keep_each_fee_once(bus: CommandBus, database: str) -> None:
    def one(_: int) -> FeesKept:
        with CommandBus(database, DECIDERS, VENDOR) as own:
            return keep(database, own)

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(one, range(3)))
    assert sum(kept.recorded for kept in done) == len(memo_events(database)) == 30 + YEARS
    assert sum(kept.left for kept in done) == 0


def test_what_becomes_known_while_it_runs_is_kept_by_the_same_run(
    bus: CommandBus, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a partner that withdraws its agreement while the run's first commands are under way
    withdrawal = FeeAgreementCommand(
        command_id=uuid4(), actor=PAUL, party=PARTNER, do=WithdrawFeeAgreement(agreement=1)
    )
    monkeypatch.setattr(run, "Window", partial(Window, size=5))
    progress: list[FeesKept] = []

    def hear(so_far: FeesKept) -> None:
        progress.append(so_far)
        if so_far.recorded == 10:
            bus.give(withdrawal)

    # When it ends, then no fee of the partner stands, and what the others agreed does
    keep(database, bus, on_progress=hear)
    with FeeBooks(database) as books:
        last = books.position
        partners, sellers = list(books.posted(PARTNER)), list(books.posted(SELLER))
    assert 10 <= len(partners) <= 30
    assert all(memo.reversed_position is not None for memo in partners)
    assert statement_of(SELLER, 2026, sellers, last).net_cents == 3 * 9_950
    withdrawn = EventRef(fee_agreements_stream_id(PARTNER), 2)
    assert {e.caused_by for e in memo_events(database) if isinstance(e, FeeMemoReversed)} == {withdrawn}


def test_a_statement_names_its_position_and_what_has_changed_since(bus: CommandBus, database: str) -> None:
    # Given all fees are kept, and a partner that took its statement
    keep(database, bus)
    with FeeBooks(database) as books:
        taken = statement_of(PARTNER, 2026, books.posted(PARTNER), books.position)
    assert taken.net_cents == PARTNERS_NET
    assert taken.vat_cents == (PARTNERS_NET * 19 + 50) // 100
    # When effort is recorded late, and kept by a run for this partner only
    late = c.RecordEffort(minutes=59)
    at = MARCH + timedelta(hours=2)
    bus.give(c.CaseCommand(command_id=uuid4(), actor=PAUL, occurred_at=at, case="C-0", do=late))
    assert keep(database, bus, party=SELLER) == FeesKept()
    assert keep(database, bus, party=PARTNER) == FeesKept(recorded=1, reversed=1)
    # Then the same statement of then is there again, and the change leads from it to the one of now
    with FeeBooks(database) as books:
        posted = list(books.posted(PARTNER))
        now = statement_of(PARTNER, 2026, posted, books.position)
    again = statement_of(PARTNER, 2026, posted, taken.as_of_position)
    assert (again.net_cents, again.vat_cents) == (taken.net_cents, taken.vat_cents)
    assert again.customers != now.customers
    change = change_since(again, now)
    assert change.net_cents == now.net_cents - taken.net_cents == 8_990 - cents_of(1)
    assert [memo.caused_by for memo in change.came] == [EventRef(case_stream_id("C-0"), 5)]
    assert len(change.went) == 1


def test_what_is_newer_than_the_program_is_left_out_and_nothing_is_taken_back_for_want_of_it(
    bus: CommandBus, database: str
) -> None:
    # Given a package that begins the years of the practice it went over to, all fees are kept, and then a
    # newer program writes to that package, to a case and to a partner's agreements
    sold = TransferLicence(customer="praxis-b", from_on=date(2024, 5, 1))
    bus.give(LicenceCommand(command_id=uuid4(), actor=SYSTEM, package="P-0", do=sold))
    keep(database, bus)
    begun = [event.fee.due_on for event in memo_events(database) if event.fee.customer == "praxis-b"]
    assert date(2024, 5, 1) in begun
    before = memo_events(database)
    as_a_newer_program_wrote(database, case_stream_id("C-0"), "resolved")
    as_a_newer_program_wrote(database, package_stream_id("P-0"), "system")
    as_a_newer_program_wrote(database, fee_agreements_stream_id(PARTNER), "user_support")
    use_case(bus, 31, 5)
    # When the run runs, then it names all three, and records and takes back nothing of what it cannot know
    done = keep(database, bus)
    assert (done.recorded, done.reversed, done.left_out) == (0, 0, ("C-0", "P-0", PARTNER))
    assert memo_events(database) == before
    # When a program runs that knows the word, then what came meanwhile is kept
    as_it_is_known(database, case_stream_id("C-0"), "resolved")
    as_it_is_known(database, package_stream_id("P-0"), "system")
    as_it_is_known(database, fee_agreements_stream_id(PARTNER), "user_support")
    assert keep(database, bus) == FeesKept(recorded=1)
