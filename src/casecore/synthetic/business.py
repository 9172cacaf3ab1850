"""A whole business: its parties, packages and cases, as commands in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from heapq import merge
from operator import attrgetter

from casecore.decider.command import Command
from casecore.service_levels.book import Book
from casecore.synthetic.case_story import case_story
from casecore.synthetic.emission import EmittedCommand, in_order_of_time
from casecore.synthetic.packages import customers_of
from casecore.synthetic.parties import party_stories
from casecore.synthetic.plan import Plan, plan
from casecore.synthetic.trajectory import helpdesk_model

NO_BOOK = Book()


def business(cases: int, seed: int, start: date) -> Iterator[Command]:
    """The commands of a business with so many cases, in the order of `occurred_at`; raises InvalidPlan.

    They are the same for a seed, byte for byte. A store that has no other business with the same mark accepts
    each command in this order; submitted twice, it is stored once.
    """
    return (emitted.command for emitted in emissions(plan(cases, seed, start)))


def emissions(made: Plan, book: Book = NO_BOOK) -> Iterator[EmittedCommand]:
    """As `business`, with the facts that each command leads to if this book of policies is published."""
    customers = customers_of(made, helpdesk_model())
    parties = in_order_of_time(party_stories(made, customers))
    return merge(parties, case_emissions(made, book), key=attrgetter("at"))


def case_emissions(made: Plan, book: Book = NO_BOOK) -> Iterator[EmittedCommand]:
    """The cases alone."""
    model = helpdesk_model()
    customers = customers_of(made, model)
    return in_order_of_time(case_story(made, number, customers, book, model) for number in range(made.cases))
