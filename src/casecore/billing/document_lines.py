"""The lines of a document, checked against the accounts: each bills an open charge, or takes back a billed
one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from casecore.billing.account import Account
from casecore.billing.commands import IssueDocument
from casecore.billing.refusals import ChargeNotSo, DocumentNotIssuable
from casecore.billing.taxation import rate_in_words
from casecore.contract.billing import Billed, Charge, DocumentLine
from casecore.contract.streams import account_stream_id


def check_lines(do: IssueDocument, accounts: Mapping[UUID, Any]) -> None:
    """Raise a Refusal unless every line is an open charge of the buyer, and no charge is in two lines.

    All documents before this one are marked in the accounts before the next number is given, so a charge
    that one of them bills is marked here. So no charge is billed twice, or taken back twice, by any run.
    """
    if len({(line.package, line.charge) for line in do.lines}) < len(do.lines):
        raise DocumentNotIssuable(do.number, "a charge is on it twice")
    for line in do.lines:
        _check(do, line, accounts[account_stream_id(line.package)])


def _check(do: IssueDocument, line: DocumentLine, account: Account | None) -> None:
    verb = "bill" if do.corrects is None else "take back"
    if account is None or line.charge > len(account.charges):
        raise ChargeNotSo(line.package, line.charge, "not there", do.number, verb)
    charge = account.charges[line.charge - 1]
    if _as_charged(line) != (charge.customer, charge.period_start_on, charge.period_end_on, charge.net_cents):
        raise ChargeNotSo(line.package, line.charge, "another one than the line says", do.number, verb)
    if charge.owed_by != do.buyer:
        raise ChargeNotSo(line.package, line.charge, f"owed by {charge.owed_by}", do.number, verb)
    expected = None if do.corrects is None else Billed(do.corrects, line.category, line.percent)
    if charge.billed != expected:
        raise ChargeNotSo(line.package, line.charge, billing_status(charge), do.number, verb)


def billing_status(charge: Charge) -> str:
    """The document that bills a charge, in words."""
    billed = charge.billed
    if billed is None:
        return "not billed"
    return f"billed by {billed.document} at {rate_in_words(billed.category, billed.percent)}"


def _as_charged(line: DocumentLine) -> tuple[object, ...]:
    return (line.customer, line.period_start_on, line.period_end_on, line.net_cents)
