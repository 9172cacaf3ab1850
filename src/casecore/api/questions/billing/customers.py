"""What can be asked about what customers owe: a customer its own, a reseller for its customers."""

from __future__ import annotations

import msgspec

from casecore.api.questions.question import AnyQuestion, Asked, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.billing.customers import CustomerDebt as CustomerDebtRow
from projections.billing.customers import customer_debts

CustomerDebt = shape_of(CustomerDebtRow, name="CustomerDebt")


class DebtsOf(Asked, frozen=True):
    """Of which customer."""

    customer: str


class DebtsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What is owed for a customer's packages, by who owes it, as far as the identity sees it."""

    debts: list[CustomerDebt]  # type: ignore[valid-type]


def debts(app: Application, viewer: Viewer, asked: DebtsOf) -> DebtsAnswer:
    """What is owed for a customer's packages, and how much of it is billed."""
    found = app.ask(customer_debts, asked.customer, viewer)
    return DebtsAnswer(debts=[shaped(one, CustomerDebt) for one in found])


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question(
        "/v1/billing/customers/{customer}",
        (Scope.ACCOUNTANT,),
        DebtsOf,
        DebtsAnswer,
        debts,
        may_be_empty=True,
    ),
)
