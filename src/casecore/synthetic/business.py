"""A whole business: its parties, packages and cases, as commands in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from heapq import merge
from operator import attrgetter

from casecore.decider.command import Command
from casecore.service_levels.book import Book
from casecore.synthetic.case_story import case_story
from casecore.synthetic.packages import customers_of
from casecore.synthetic.parties import party_stories
from casecore.synthetic.plan import Plan, plan
from casecore.synthetic.telling import Told, in_order_of_time
from casecore.synthetic.walk import helpdesk

NO_BOOK = Book()


def business(cases: int, seed: int, start: date) -> Iterator[Command]:
    """The commands of a business with so many cases, in the order of `occurred_at`; raises InvalidPlan.

    The same for a seed, byte for byte. Each command is accepted where it stands, by a store that has no
    other business with the same mark; given twice, it is stored once.
    """
    return (told.command for told in happenings(plan(cases, seed, start)))


def happenings(made: Plan, book: Book = NO_BOOK) -> Iterator[Told]:
    """As `business`, with the facts that each command leads to where this book of policies is published."""
    customers = customers_of(made, helpdesk())
    parties = in_order_of_time(party_stories(made, customers))
    return merge(parties, case_happenings(made, book), key=attrgetter("at"))


def case_happenings(made: Plan, book: Book = NO_BOOK) -> Iterator[Told]:
    """The cases alone."""
    walk = helpdesk()
    customers = customers_of(made, walk)
    return in_order_of_time(case_story(made, number, customers, book, walk) for number in range(made.cases))
