"""Cases of all kinds with their service levels, as the decider makes them, written straight into the store.

Always the same for a seed. They are decided in this process and copied, so that a million events take
minutes and not hours; the command bus is measured elsewhere.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import psycopg

from casecore.cases import commands as c
from casecore.cases.decider import CASES
from casecore.cases.permissions import turn_of
from casecore.cases.state import Case
from casecore.contract.cases import Audience, Category, Priority
from casecore.contract.envelope import Fact, Role
from casecore.contract.service_levels import Policy
from casecore.contract.streams import SERVICE_LEVEL_BOOK, case_stream_id
from casecore.contract.types import EVENT_TYPES
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context
from casecore.service_levels.book import Book, PublishedPolicy
from casecore.store.recorder import NewEvent

VENDOR, PARTNER = "vendor", "campus"
SELLERS = ("nord", "sued")
WAVE = 2_000
"""Cases that are alive at one time: their events are mixed in the log."""
START = datetime(2026, 1, 12, 7, tzinfo=UTC)
_IDS = UUID("2d1f0a6e-6c1d-4a53-9b0c-0a8f6f2d7b11")

Step = tuple[int, str, c.PlainAction]
"""Minutes since the step before, who acts (customer, seller, vendor or partner), and what is done."""


def _opening(rng: random.Random, category: Category, topic: str) -> c.OpenCase:
    return c.OpenCase(
        customer=f"practice-{rng.randrange(400)}",
        seller=rng.choice(SELLERS),
        partner=PARTNER,
        category=category,
        topic=topic,
        priority=rng.choices(list(Priority), (2, 6, 3, 1))[0],
        subject="The viewer does not start after the update",
    )


def _message(text: str) -> c.PostMessage:
    return c.PostMessage(text=text, audience=Audience.PUBLIC)


def _story(rng: random.Random) -> list[Step]:
    """One of the ways that cases go; gaps are drawn from minutes to days, as help desks have them."""
    gap = lambda: int(rng.lognormvariate(4.5, 1.3)) + 1  # noqa: E731
    technical = _opening(rng, Category.TECHNICAL_SUPPORT, rng.choice(("recovery", "troubleshooting")))
    kind = rng.random()
    take: list[Step] = [
        (gap(), "seller", c.TakeCase(agent="ida")),
        (gap(), "seller", _message("We look at it.")),
    ]
    ask: list[Step] = [
        (gap(), "seller", c.WaitForCustomer()),
        (gap(), "customer", _message("Here is the log.")),
    ]
    up: list[Step] = [(gap(), "seller", c.EscalateCase()), (gap(), "vendor", c.AssignCase(agent="vera"))]
    solve: list[Step] = [(gap(), "turn", c.ResolveCase(resolution_code="solved"))]
    close: list[Step] = [(gap(), "customer", c.CloseCase())]
    opened: list[Step] = [(0, "customer", technical)]
    if kind < 0.15:
        use = _opening(rng, Category.USER_SUPPORT, "program_use")
        return [(0, "customer", use), (gap(), "partner", c.TakeCase(agent="uta")), *solve, *close]
    if kind < 0.45:
        return [*opened, *take, *solve, *close]
    if kind < 0.65:
        return [*opened, *take, *ask, *solve, *close]
    if kind < 0.85:
        answer: list[Step] = [(gap(), "vendor", _message("Patch 3 mends it."))]
        return [*opened, *take, *up, *answer, *solve, *close]
    if kind < 0.95:
        back: list[Step] = [(gap(), "vendor", c.HandBackCase()), (gap(), "seller", c.AssignCase(agent="ida"))]
        again: list[Step] = [(gap(), "customer", c.ReopenCase())]
        return [*opened, *take, *up, *back, *ask, *solve, *again, *solve, *close]
    return [*opened, *take, (gap(), "seller", c.ChangePriority(priority=Priority.URGENT)), *up]


def case_events(seed: int, number: int, book: Book) -> list[tuple[datetime, NewEvent]]:
    """The events of one case, with the time at which each was stored."""
    rng = random.Random(seed * 1_000_003 + number)
    reference = f"B-{number}"
    stream_id = case_stream_id(reference)
    at = START + timedelta(minutes=number // WAVE * 600 + rng.randrange(600))
    events: list[tuple[datetime, NewEvent]] = []
    case: Case | None = None
    for minutes, who, do in _story(rng):
        at += timedelta(minutes=minutes)
        actor = _actor(who, case, do)
        command = c.CaseCommand(
            command_id=uuid5(_IDS, f"{reference}/{len(events)}"), actor=actor, case=reference, do=do
        )
        context = Context(at, at, VENDOR, {SERVICE_LEVEL_BOOK: book})
        for data in CASES.decide(case, command, context).events:
            fact = Fact(
                occurred_at=at,
                actor=actor.as_actor(),
                command_id=command.command_id,
                correlation_id=command.command_id,
                data=data,
            )
            case = CASES.evolve(case, fact)
            body = EVENT_TYPES.encode(fact)
            events.append((at, NewEvent(stream_id, len(events) + 1, EVENT_TYPES.name_of(data), body)))
    return events


def _actor(who: str, case: Case | None, do: c.PlainAction) -> GivenActor:
    if isinstance(do, c.OpenCase):
        return GivenActor(person="p", organisation=do.customer, role=Role.CUSTOMER)
    assert case is not None
    if who == "turn":
        who = turn_of(case.standing).value
    return GivenActor(person="p", organisation=getattr(case, who), role=Role(who))


def book_with(policies: Sequence[Policy]) -> Book:
    """A book in which these policies are published."""
    return Book({}, {policy.id: (PublishedPolicy(policy, "0" * 64),) for policy in policies})


def waves(events: int, seed: int, policies: Sequence[Policy]) -> Iterator[list[tuple[datetime, NewEvent]]]:
    """At least so many events, wave by wave, in the order in which they were stored."""
    book, made, number = book_with(policies), 0, 0
    while made < events:
        wave = [event for n in range(number, number + WAVE) for event in case_events(seed, n, book)]
        wave.sort(key=lambda stored: (stored[0], stored[1].stream_id, stored[1].version))
        number += WAVE
        made += len(wave)
        yield wave


def fill(database: str, events: int, seed: int, policies: Sequence[Policy]) -> int:
    """Write at least so many events into an empty store; returns how many."""
    made, recorded_at = 0, START
    with psycopg.connect(database) as connection:
        for wave in waves(events, seed, policies):
            with connection.cursor().copy(
                "copy casecore.stored_events (originator_id, originator_version, topic, state, recorded_at)"
                " from stdin"
            ) as copy:
                for at, event in wave:
                    recorded_at = max(recorded_at, at)  # it never runs backwards in the log
                    copy.write_row((event.stream_id, event.version, event.type, event.body, recorded_at))
            connection.commit()
            made += len(wave)
    return made
