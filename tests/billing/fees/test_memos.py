"""A memo is recorded once, under its number, by the system, and reversed once."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from casecore.billing.fees import refusals as r
from casecore.billing.fees.difference import MemoChange
from casecore.cases.commands import TakeCase
from casecore.contract.fees import FeeMemoRecorded, FeeMemoReversed
from tests.billing.fees.filed_cases import RESOLVE, SELLERS_AGENT, TECHNICAL, case
from tests.billing.fees.office import EACH_CASE, Office


def office() -> Office:
    """A seller that charges each case, and a case that it has resolved."""
    made = Office()
    made.agree(EACH_CASE)
    made.file(case(TECHNICAL, TakeCase(), RESOLVE))
    return made


def memo(made: Office) -> MemoChange:
    (change,) = made.changes()
    return change


def test_a_memo_is_recorded_once_and_reversed_once_also_if_it_is_given_twice() -> None:
    made = office()
    record = memo(made)
    made.when_kept(record._replace(number=2)).then_refused(r.FeeMemoMovedOn, "not the next, which is 1")
    made.when_kept(record).then(FeeMemoRecorded)
    made.when_kept(record).then_nothing()
    reverse = record._replace(do="reverse")
    made.when_kept(reverse).then(FeeMemoReversed)
    made.when_kept(reverse).then_nothing()
    made.when_kept(record).then_refused(
        r.FeeMemoMovedOn, "Memo 1 cannot be recorded: by now it is not the next, which is 2"
    )


def test_a_run_that_is_late_changes_nothing() -> None:
    # Given a memo that another run has recorded
    made = office()
    record = memo(made)
    made.keep(record)
    dearer = replace(record.fee, net_cents=9)
    # Then no finding from before is recorded beside it, under its number or the next, or reverses it;
    for late in (
        record._replace(fee=dearer),
        record._replace(fee=dearer, number=2),
        record._replace(fee=dearer, do="reverse"),
        record._replace(number=2, do="reverse"),
    ):
        made.when_kept(late).then_refused(r.FeeMemoMovedOn)
    # and none is recorded under an agreement that was withdrawn meanwhile.
    made.keep(record._replace(do="reverse"))
    made.withdraw(1)
    made.when_kept(record._replace(number=2)).then_refused(
        r.FeeMemoMovedOn, "without a valid agreement of the party"
    )
    assert made.valid() == []


def test_only_the_system_records_memos_and_only_of_what_fell_due() -> None:
    # Today is 2030-06-01.
    made = office()
    record = memo(made)
    made.when_kept(record, SELLERS_AGENT).then_refused(r.MemosAreDecided)
    for field, value, refusal in (
        ("due_on", date(2030, 6, 2), r.FeeNotDue),
        ("net_cents", 0, r.FeeOutOfRange),
        ("net_cents", -4500, r.FeeOutOfRange),
    ):
        change = record._replace(fee=replace(record.fee, **{field: value}))
        made.when_kept(change).then_refused(refusal, f"fee.{field} is")
