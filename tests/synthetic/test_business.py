"""A made-up business: always the same for a seed, all of it legal, and of all kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.app.deciders import DECIDERS
from casecore.cases import commands as c
from casecore.cases.topics import TOPICS
from casecore.commands.admission import Admission
from casecore.commands.batch import Answer, decide_batch
from casecore.contract import cases as e
from casecore.contract.cases import Audience, Category, Level
from casecore.contract.envelope import Role
from casecore.contract.service_levels import PolicyPinned
from casecore.contract.types import EVENT_TYPES
from casecore.decider.command import Command
from casecore.store.records import Loaded
from casecore.synthetic.business import business, case_emissions, emissions
from casecore.synthetic.emission import EmittedCommand
from casecore.synthetic.plan import Plan, plan
from tests.cases.promises import book, policy
from tests.profiles import scaled

START = date(2024, 1, 1)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
FIRST_2000 = "22e0070cf2f741bfc37bd8ace3034994154626676e25ccec4295b46d64eb710c"
"""Of the first 2,000 commands of 500 cases of 100 customers with the seed 7. It changes when what is made
changes, and only then: not with the machine, the Python, the time zone files or the order of a hash."""


def lines(commands: Iterable[Command]) -> bytes:
    encoder = msgspec.json.Encoder(order="deterministic")
    return b"".join(encoder.encode(command) + b"\n" for command in commands)


@pytest.fixture(scope="module")
def year() -> tuple[Plan, list[EmittedCommand]]:
    """A year of a help desk like the log's."""
    made = plan(1_200, 7, START)
    return made, list(emissions(made))


def test_a_seed_gives_the_same_bytes() -> None:
    made = plan(500, 7, START, customers=100)
    first = lines(emitted.command for emitted in islice(emissions(made), 2_000))

    assert sha256(first).hexdigest() == FIRST_2000


def test_the_business_is_that_of_the_plan() -> None:
    assert lines(business(20, 7, START)) == lines(
        emitted.command for emitted in emissions(plan(20, 7, START))
    )


def test_another_seed_gives_other_cases_of_other_people() -> None:
    seven, eight = (list(islice(business(300, seed, START), 2_000)) for seed in (7, 8))

    assert {one.command_id for one in seven}.isdisjoint(one.command_id for one in eight)
    # Nor is one the other under other names.
    assert [one.occurred_at for one in seven] != [one.occurred_at for one in eight]


def refusals(commands: Iterable[Command]) -> Iterator[Answer | Exception]:
    """The answers of the program's own bus logic, on nothing stored before, among registered parties."""
    admission, nothing = Admission(DECIDERS), Loaded([], {}, NOW, has_parties=True)
    batch = [admission.admit(command) for command in commands]
    outcome = decide_batch(batch, nothing, {}, "vendor")
    return (answer for answer in outcome.answers if isinstance(answer, Exception) or not answer.events)


@scaled(0.15)
@given(
    st.integers(1, 150),
    st.integers(0, 2**63 - 1),
    st.dates(date(1996, 1, 1), date(2025, 1, 1)),
    st.integers(1, 60),
)
def test_every_command_is_accepted_where_it_stands_and_changes_something(
    cases: int, seed: int, start: date, customers: int
) -> None:
    # Given any business, and its commands given much later, one after the other
    made = plan(cases, seed, start, customers=customers)

    # Then none is refused, and none changes nothing
    assert not list(refusals(emitted.command for emitted in emissions(made)))


def test_the_facts_are_those_that_the_bus_would_store(year: tuple[Plan, list[EmittedCommand]]) -> None:
    made, emitted = year
    admission = Admission(DECIDERS)
    batch = [admission.admit(one.command) for one in emitted]
    stored = decide_batch(batch, Loaded([], {}, NOW), {}, made.vendor).events

    ours = [
        (one.stream_id, version, EVENT_TYPES.name_of(fact.data), EVENT_TYPES.encode(fact))
        for one in emitted
        for version, fact in enumerate(one.facts, start=one.version)
    ]
    assert ours == [tuple(event) for event in stored]


def test_it_is_emitted_in_the_order_of_time_and_each_command_has_its_own_id(
    year: tuple[Plan, list[EmittedCommand]],
) -> None:
    _, emitted = year
    times = [one.command.occurred_at for one in emitted]

    assert times == sorted(times, key=lambda at: at or NOW)
    assert len({one.command.command_id for one in emitted}) == len(emitted)


def test_there_are_as_many_cases_and_customers_as_were_asked_for(
    year: tuple[Plan, list[EmittedCommand]],
) -> None:
    made, emitted = year
    opened = [one.command.do for one in emitted if isinstance(one.command, c.CaseCommand)]
    kinds = Counter(type(do) for do in opened)

    assert kinds[c.OpenCase] == 1_200
    parties = [one.command for one in emitted if type(one.command).__name__ == "PartyCommand"]
    assert len(parties) == made.customers + len({*made.resellers, *made.partners})


def test_cases_of_all_kinds_are_there(year: tuple[Plan, list[EmittedCommand]]) -> None:
    _, emitted = year
    facts = [fact.data for one in emitted for fact in one.facts]
    kinds = {type(fact) for fact in facts}
    wanted = {
        *(e.CaseOpened, e.CaseTaken, e.CaseAssigned, e.CaseEscalated, e.CaseHandedBack, e.WaitingStarted),
        *(e.WaitingEnded, e.MessagePosted, e.PriorityChanged, e.CaseReclassified, e.EffortRecorded),
        *(e.CaseResolved, e.CaseReopened, e.CaseClosed, e.CaseCancelled),
    }
    assert wanted <= kinds

    opened = [fact for fact in facts if isinstance(fact, e.CaseOpened)]
    assert {fact.standing.topic for fact in opened} == set(TOPICS)
    assert {fact.standing.category for fact in opened} == set(Category)
    assert {fact.standing.level for fact in facts if isinstance(fact, e.CaseEvent)} == {None, *Level}
    roles = {fact.actor.role for one in emitted for fact in one.facts}
    assert roles == set(Role) - {Role.SYSTEM}


def test_some_messages_are_internal_and_name_their_readers(year: tuple[Plan, list[EmittedCommand]]) -> None:
    _, emitted = year
    messages = [fact.data for one in emitted for fact in one.facts if isinstance(fact.data, e.MessagePosted)]
    internal = [message for message in messages if message.audience is Audience.INTERNAL]

    assert 0.02 < len(internal) / len(messages) < 0.5
    assert all(message.readers for message in internal)


def test_cases_name_packages_of_their_customer_and_duplicates_name_cases(
    year: tuple[Plan, list[EmittedCommand]],
) -> None:
    _, emitted = year
    owner: dict[UUID, str] = {}
    opened = set()
    packages = duplicates = 0
    for one in emitted:
        for fact in one.facts:
            match fact.data:
                case e.CaseOpened(licence_package=UUID() as package) as case:
                    packages += 1
                    assert owner[package] == case.customer
                    opened.add(case.reference)
                case e.CaseOpened(reference=reference):
                    opened.add(reference)
                case e.CaseCancelled(duplicate_of=str(of)):
                    duplicates += 1
                    assert of in opened
                case data if hasattr(data, "licence"):
                    owner[one.stream_id] = data.licence.customer
    assert packages > 700
    assert duplicates > 3


def test_a_case_is_opened_with_whoever_sells_the_package_on_that_day(
    year: tuple[Plan, list[EmittedCommand]],
) -> None:
    _, emitted = year
    licences: dict[UUID, Any] = {}
    reassigned = 0
    for one in emitted:
        for fact in one.facts:
            data: Any = fact.data
            if hasattr(data, "licence"):
                licences[one.stream_id] = data.licence
            elif isinstance(data, e.CaseOpened) and data.licence_package is not None:
                assignments = licences[data.licence_package].assignments
                begun = [a for a in assignments if a.from_on <= fact.occurred_at.date()]
                # At most a night lies between the day in UTC and here.
                assert data.seller in {begun[-1].seller, assignments[-1].seller}
                reassigned += data.seller != assignments[0].seller
    assert reassigned > 5


def test_with_policies_cases_get_theirs_and_the_commands_stay_the_same() -> None:
    # Given the vendor's promise for every case, from before any
    made = plan(40, 7, date(2026, 3, 1))
    with_policies = list(case_emissions(made, book(policy("promise"))))

    assert [one.command for one in with_policies] == [one.command for one in case_emissions(made)]
    pinned = Counter(
        one.stream_id for one in with_policies for fact in one.facts if isinstance(fact.data, PolicyPinned)
    )
    assert set(pinned.values()) == {1}
    assert len(pinned) == 40
