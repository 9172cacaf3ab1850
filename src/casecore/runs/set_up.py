"""What an installation begins with: the price of maintenance, and Germany's rates of value added tax."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from casecore.billing.commands import SetMaintenancePrice, SetVatRate, TermsCommand
from casecore.billing.taxation import HOME
from casecore.commands.finding_ids import Finding, finding_id
from casecore.commands.interface import Bus
from casecore.decider.own_runs import BILLING_RUN

FIRST_TERMS: tuple[SetMaintenancePrice | SetVatRate, ...] = (
    SetMaintenancePrice(from_on=date(2007, 1, 1), net_cents=9_900),
    SetVatRate(country=HOME, from_on=date(2007, 1, 1), percent=Decimal(19)),
    SetVatRate(country=HOME, from_on=date(2020, 7, 1), percent=Decimal(16)),
    SetVatRate(country=HOME, from_on=date(2021, 1, 1), percent=Decimal(19)),
)
"""EUR 99.00 net (domain.md, "What"); the rates of § 12 and § 28 UStG."""


def set_up(bus: Bus) -> None:
    """Record the first terms, once for an installation, however often it is called.

    Raises DatabaseUnavailable.
    """
    for do in FIRST_TERMS:
        # The id holds the action's type, which keeps its name.
        command_id = finding_id(Finding.FIRST_TERMS, f"{type(do).__name__}/{do.from_on}")
        bus.give(TermsCommand(command_id=command_id, actor=BILLING_RUN, do=do))
