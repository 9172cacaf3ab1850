"""The run that records the maintenance fees that fell due, and reverses what should not have been charged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import NamedTuple

from casecore.billing.commands import AccountCommand, RecordCharges
from casecore.billing.refusals import UntilInTheFuture
from casecore.billing.terms import Terms
from casecore.commands.batch import Answer, answer_of
from casecore.commands.finding_ids import Finding, finding_id
from casecore.commands.interface import Bus
from casecore.commands.window import Window
from casecore.contract.billing import MaintenanceFeeFellDue, MaintenanceFeeReversed
from casecore.contract.types import EVENT_TYPES
from casecore.decider.business_day import day_of
from casecore.decider.own_runs import BILLING_RUN
from casecore.decider.refusal import NewerThanProgram, Refusal
from casecore.runs.books import Books, PackageAndAccount


class Charged(NamedTuple):
    """What a run has done: packages inspected, fees that fell due, fees reversed.

    `left_out` are the packages to which a newer program wrote: their fees are left to a run of that program.
    """

    packages: int = 0
    fees: int = 0
    reversals: int = 0
    left_out: tuple[str, ...] = ()


def charge(
    books: Books,
    bus: Bus,
    vendor: str,
    until: date,
    on_progress: Callable[[Charged], None] = lambda _: None,
) -> Charged:
    """Record the difference between the fees that follow up to a day and those recorded, for all packages.

    `books` give the session; the run reads what is stored when it starts. It may be repeated at will, killed,
    and run by several processes at once: the same difference is the same command, and each is decided again
    on what the store holds then. `on_progress` gets the result so far. Raises UntilInTheFuture,
    DatabaseUnavailable, and a command's Refusal.
    """
    today = day_of(datetime.now(UTC))
    if until > today:
        raise UntilInTheFuture(until.isoformat(), today.isoformat())
    done = Charged()

    def count(_: None, reply: Answer | Refusal) -> None:
        nonlocal done
        if isinstance(reply, NewerThanProgram):  # a newer program wrote to it since it was read
            books.left_out.leave_out(reply)
        else:
            done = _counted(done, answer_of(reply))

    window = Window(bus.submit, count)
    books = books.now()
    terms = books.terms()
    for page in books.packages():
        for one in page:
            if one.difference(terms, vendor, until):
                window.submit(charge_command(one, terms, until), None)
        done = done._replace(packages=done.packages + len(page))
        on_progress(done)
    window.finish()
    on_progress(done)
    return done._replace(left_out=books.left_out.names())


def charge_command(one: PackageAndAccount, terms: Terms, until: date) -> AccountCommand:
    """The command that records what a package's account lacks of the fees up to a day."""
    charged = one.account.version if one.account else 0
    known = f"{one.package.reference}/{until}/{one.package.version}/{charged}/{terms.version}"
    return AccountCommand(
        command_id=finding_id(Finding.CHARGES, known),
        actor=BILLING_RUN,
        package=one.package.reference,
        do=RecordCharges(until=until),
    )


_FELL_DUE = EVENT_TYPES.names_ever(MaintenanceFeeFellDue)[-1]
_REVERSED = EVENT_TYPES.names_ever(MaintenanceFeeReversed)[-1]


def _counted(done: Charged, answer: Answer) -> Charged:
    fees = answer.types.count(_FELL_DUE)
    reversals = answer.types.count(_REVERSED)
    return Charged(done.packages, done.fees + fees, done.reversals + reversals)
