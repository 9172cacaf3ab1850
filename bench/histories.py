"""A synthetic business's cases with their service levels, written straight into the store.

Always the same for a seed. They are decided in this process and copied, so that a million events take a
minute or two; the command bus is measured elsewhere. `casecore.synthetic` makes them.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache

import psycopg

from casecore.contract.service_levels import Policy
from casecore.contract.types import EVENT_TYPES
from casecore.service_levels.book import Book, PublishedPolicy
from casecore.store.records import NewEvent
from casecore.synthetic.business import case_emissions
from casecore.synthetic.case_story import case_story
from casecore.synthetic.emission import EmittedCommand
from casecore.synthetic.local_hours import instant_of
from casecore.synthetic.packages import Customers, customers_of
from casecore.synthetic.plan import Plan, plan
from casecore.synthetic.trajectory import helpdesk_model

VENDOR, PARTNER = "vendor", "campus"
SELLERS = ("nord", "sued")
"""As the policies in docs/service-levels name them."""
START = date(2026, 1, 12)
DAYS = 200
"""All cases are opened within so many days, and end within 60 more: the calendars begin in 2026."""
EVENTS_A_CASE = 7
"""At least, on average; with policies it is nine."""
WAVE = 20_000
"""Events that are copied in one transaction."""

Stored = tuple[datetime, NewEvent]


def case_events(seed: int, number: int, book: Book) -> list[Stored]:
    """The events of one of 100,000 cases, with the time at which each was stored."""
    made, customers = _business(seed, 100_000)
    story = case_story(made, number, customers, book, helpdesk_model())
    return [event for emitted in story for event in _events(emitted)]


def book_with(policies: Sequence[Policy]) -> Book:
    """A book in which these policies are published."""
    return Book({}, {policy.id: (PublishedPolicy(policy, "0" * 64),) for policy in policies})


def waves(events: int, seed: int, policies: Sequence[Policy]) -> Iterator[list[Stored]]:
    """At least so many events, wave by wave, in the order in which they were stored."""
    made, _ = _business(seed, events // EVENTS_A_CASE + 100)
    wave: list[Stored] = []
    left = events
    for emitted in case_emissions(made, book_with(policies)):
        wave += _events(emitted)
        if len(wave) >= min(WAVE, left):
            yield wave
            left -= len(wave)
            wave = []
            if left <= 0:
                return
    raise ValueError(f"{left} events are missing: EVENTS_A_CASE is too high")


def fill(database: str, events: int, seed: int, policies: Sequence[Policy]) -> int:
    """Write at least so many events into an empty store; returns how many."""
    made = 0
    with _without_collector(), psycopg.connect(database) as connection:
        for wave in waves(events, seed, policies):
            with connection.cursor().copy(
                "copy casecore.stored_events (originator_id, originator_version, topic, state, recorded_at)"
                " from stdin"
            ) as copy:
                for at, event in wave:
                    copy.write_row((event.stream_id, event.version, event.type, event.body, at))
            connection.commit()
            made += len(wave)
    return made


@contextmanager
def _without_collector() -> Iterator[None]:
    """What is made holds no cycles; looking for some takes 5 to 20 % of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@cache
def _business(seed: int, cases: int) -> tuple[Plan, Customers]:
    made = plan(
        cases,
        seed,
        START,
        vendor=VENDOR,
        cases_a_day=-(-cases // DAYS),
        resellers=SELLERS,
        partners=(PARTNER,),
    )
    return made, customers_of(made, helpdesk_model())


def _events(emitted: EmittedCommand) -> Iterator[Stored]:
    at = instant_of(emitted.at)
    for version, fact in enumerate(emitted.facts, start=emitted.version):
        name, body = EVENT_TYPES.name_of(fact.data), EVENT_TYPES.encode(fact)
        yield at, NewEvent(emitted.stream_id, version, name, body)
