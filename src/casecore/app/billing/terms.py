"""What is charged and how it is taxed: prices and rates, released buyers, agreements on fees."""

from __future__ import annotations

from casecore.app.application import Application
from casecore.app.command_context import CommandContext
from casecore.billing.commands import (
    BuyerCommand,
    ReleaseBuyer,
    SetMaintenancePrice,
    SetVatRate,
    TermsCommand,
)
from casecore.billing.fees.commands import (
    AgreeFee,
    EndFeeAgreement,
    FeeAgreementCommand,
    WithdrawFeeAgreement,
)
from casecore.billing.terms import Terms
from casecore.commands.batch import Answer
from casecore.runs.books import Books


def act_on_terms(app: Application, do: SetMaintenancePrice | SetVatRate, context: CommandContext) -> Answer:
    """Record a price or a rate and wait; raises its Refusal, and DatabaseUnavailable."""
    return app.give(TermsCommand(do=do, **context.header()))


def act_on_buyer(app: Application, buyer: str, do: ReleaseBuyer, context: CommandContext) -> Answer:
    """Decide how a buyer outside Germany is billed and wait; raises its Refusal, and DatabaseUnavailable."""
    return app.give(BuyerCommand(buyer=buyer, do=do, **context.header()))


def act_on_fee_agreements(
    app: Application,
    party: str,
    do: AgreeFee | EndFeeAgreement | WithdrawFeeAgreement,
    context: CommandContext,
) -> Answer:
    """Give a command on what a party charges and wait; raises its Refusal, and DatabaseUnavailable."""
    return app.give(FeeAgreementCommand(party=party, do=do, **context.header()))


def recorded_terms(app: Application) -> Terms:
    """The prices and rates that are recorded; raises DatabaseUnavailable."""
    with Books(app.database) as books:
        return books.terms()
