"""The run that keeps the fees of sellers and support partners: memos that follow, and those taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

import msgspec

from casecore.billing.fees.agreements import has_yearly
from casecore.billing.fees.commands import FeeMemoCommand
from casecore.billing.fees.difference import NO_MEMOS, Inspection, MemoChange
from casecore.billing.fees.refusals import FeeMemoMovedOn
from casecore.commands.batch import Answer, answer_of
from casecore.commands.finding_ids import Finding, finding_id
from casecore.commands.interface import Bus
from casecore.commands.window import Window
from casecore.contract.streams import (
    case_fees_stream_id,
    customer_fees_stream_id,
    fee_agreements_stream_id,
)
from casecore.decider.own_runs import BILLING_RUN
from casecore.decider.refusal import NewerThanProgram, Refusal
from casecore.runs.fee_books import FeeBooks, KnownPackage

_CUSTOMERS_AT_ONCE = 1_000
"""Each has a memo for a year, so these are a few megabytes."""
_MOST_PASSES = 5
"""After the second pass there is something to do only if others recorded meanwhile, which comes to an end."""


class FeesKept(NamedTuple):
    """What a run has done: memos recorded, memos taken back, and those that another run recorded first.

    `left_out` are the cases, packages and parties to which a newer program wrote: what follows from them is
    left to a run of that program.
    """

    recorded: int = 0
    reversed: int = 0
    left: int = 0
    left_out: tuple[str, ...] = ()


def keep_fees(
    books: FeeBooks,
    bus: Bus,
    until: date,
    party: str | None = None,
    on_progress: Callable[[FeesKept], None] = lambda _: None,
) -> FeesKept:
    """Record the difference between the fees that follow up to a day and the memos kept; of all, or a party.

    `books` give the session; each pass reads what is stored when it starts. It may be repeated at will,
    killed, and run by several processes at once: the same difference is the same command, and a memo's number
    is taken once. It passes again until there is nothing to do, so that what became known meanwhile is kept
    too; `left` counts what it gave up in the last pass. `on_progress` gets the result so far. Raises
    DatabaseUnavailable, and any other Refusal, as for a day in the future.
    """
    done = FeesKept()
    for _ in range(_MOST_PASSES):
        before, done = done, _pass(books.now(), bus, until, party, on_progress, done._replace(left=0))
        if done == before:
            break
    return done._replace(left_out=books.left_out.names())


def _pass(
    books: FeeBooks,
    bus: Bus,
    until: date,
    party: str | None,
    on_progress: Callable[[FeesKept], None],
    done: FeesKept,
) -> FeesKept:
    def count(change: MemoChange, reply: Answer | Refusal) -> None:
        nonlocal done
        if isinstance(reply, NewerThanProgram):  # a newer program wrote to it since it was read
            books.left_out.leave_out(reply)
        else:
            done = _counted(done, change, reply)
        on_progress(done)

    window = Window(bus.submit, count)
    for change in _changes(books, until, party):
        window.submit(memo_command(change), change)
    window.finish()
    on_progress(done)
    return done


def _changes(books: FeeBooks, until: date, party: str | None) -> Iterator[MemoChange]:
    """What is to be recorded or taken back; where something that it follows from is unknown, nothing is."""
    agreements = books.agreements(party)
    inspection = Inspection(until, agreements, books.terms())
    if agreements:
        for change in _changes_of_cases(books, inspection):
            if fee_agreements_stream_id(change.fee.party) not in books.left_out:
                yield change
    sellers = {seller for seller, known in agreements.items() if has_yearly(known)}
    if sellers:
        yield from _changes_of_customers(books, inspection, sellers)


def _changes_of_cases(books: FeeBooks, inspection: Inspection) -> Iterator[MemoChange]:
    for page in books.cases():
        concerned = [case for case in page if inspection.concerns(case.work)]
        kept = books.memos([case_fees_stream_id(case.work.case) for case in concerned])
        for case in concerned:
            if case_fees_stream_id(case.work.case) in books.left_out:
                continue
            memos = kept.get(case_fees_stream_id(case.work.case), NO_MEMOS)
            yield from inspection.changes_of_case(case.work, case.last_event, memos)


def _changes_of_customers(books: FeeBooks, inspection: Inspection, sellers: set[str]) -> Iterator[MemoChange]:
    sold = list(_sold(books, sellers).items())
    for start in range(0, len(sold), _CUSTOMERS_AT_ONCE):
        some = sold[start : start + _CUSTOMERS_AT_ONCE]
        kept = books.memos([customer_fees_stream_id(*key) for key, _ in some])
        for (party, customer), packages in some:
            is_known = customer not in books.customers_unknown
            if not is_known or customer_fees_stream_id(party, customer) in books.left_out:
                continue
            memos = kept.get(customer_fees_stream_id(party, customer), NO_MEMOS)
            last = max(packages, key=lambda one: one.position).last_event
            only = [one.package for one in packages]
            yield from inspection.changes_of_customer(party, customer, only, last, memos)


def _sold(books: FeeBooks, sellers: set[str]) -> dict[tuple[str, str], list[KnownPackage]]:
    """The packages of each of these sellers' customers; all are in memory, about a kilobyte each.

    A package keeps all its customers and all its sellers, so that no customer with a memo is missed.
    """
    found: dict[tuple[str, str], list[KnownPackage]] = {}
    for page in books.sold_packages():
        for one in page:
            licence = one.package.licence
            for party in sellers.intersection(assignment.seller for assignment in licence.assignments):
                for customer in one.package.customers:
                    found.setdefault((party, customer), []).append(one)
    return found


def memo_command(change: MemoChange) -> FeeMemoCommand:
    """The command that records a memo, or takes it back."""
    found = msgspec.json.encode(change)
    return FeeMemoCommand(
        command_id=finding_id(Finding.FEE_MEMO, found.decode()),
        actor=BILLING_RUN,
        number=change.number,
        fee=change.fee,
        caused_by=change.caused_by,
        do=change.do,
    )


def _counted(done: FeesKept, change: MemoChange, reply: Answer | Refusal) -> FeesKept:
    if isinstance(reply, FeeMemoMovedOn):
        return done._replace(left=done.left + 1)
    stored = answer_of(reply)
    if stored.repeated or not stored.events:
        return done
    if change.do == "record":
        return done._replace(recorded=done.recorded + 1)
    return done._replace(reversed=done.reversed + 1)
