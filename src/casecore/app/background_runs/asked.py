"""What may be asked for as an operation, and the run of each. Every run may be repeated at will."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias, assert_never

import msgspec

from casecore.app.application import Application
from casecore.app.billing.figures import (
    RunFigures,
    figures_of_charging,
    figures_of_correcting,
    figures_of_fees,
    figures_of_invoicing,
    figures_of_settling,
)
from casecore.app.billing.runs import (
    charge_until,
    close,
    correct,
    issue_invoices,
    keep_fees_until,
    last_due_day,
)
from casecore.app.command_context import CommandContext
from casecore.app.identities import viewer_for
from casecore.app.service_levels.pinning import pin_policy
from casecore.billing.commands import Year
from casecore.decider.command import Id, Text


class AskedRun(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
):
    """A run that is asked for."""

    @property
    def kind(self) -> str:
        """Its name; one of a kind goes on at a time."""
        return str(self.__struct_config__.tag)


class ChargeRun(AskedRun, frozen=True, kw_only=True, tag="charge"):
    """Record the maintenance fees that fell due until a day, by default today."""

    until: date | None = None


class FeesRun(AskedRun, frozen=True, kw_only=True, tag="fees"):
    """Keep the fees of sellers and partners, or of one, that fell due until a day, by default today."""

    until: date | None = None
    party: Id | None = None


class InvoiceRun(AskedRun, frozen=True, kw_only=True, tag="invoice"):
    """Issue invoices and corrections to the vendor's own customers, or to one."""

    customer: Id | None = None


class SettleRun(AskedRun, frozen=True, kw_only=True, tag="settle"):
    """Close a year with the resellers, or with one, for good, and issue the statements."""

    year: Year
    seller: Id | None = None


class CorrectRun(AskedRun, frozen=True, kw_only=True, tag="correct"):
    """Issue a document again, with the particulars of its buyer as they are recorded now."""

    document: Id


BillingRun: TypeAlias = ChargeRun | FeesRun | InvoiceRun | SettleRun | CorrectRun


class PinRun(AskedRun, frozen=True, kw_only=True, tag="pin"):
    """Pin a policy, by default its last version, to all cases that it is for and that have none."""

    policy: Id
    version: int | None = None
    reason: Text


AnyRun: TypeAlias = BillingRun | PinRun


def check_run(asked: AnyRun) -> None:
    """Raise InvalidInput for a run that is to go on until a day in the future."""
    if isinstance(asked, (ChargeRun, FeesRun)):
        last_due_day(asked.until)


def do_run(app: Application, asked: AnyRun, context: CommandContext) -> RunFigures:
    """Do a run, on behalf of whoever asks for it, and say what it has done; raises what it raises."""
    asks = context.actor
    match asked:
        case ChargeRun(until=until):
            last = last_due_day(until)
            return figures_of_charging(last, charge_until(app, last, on_behalf_of=asks))
        case FeesRun(until=until, party=party):
            last = last_due_day(until)
            return figures_of_fees(last, keep_fees_until(app, last, party, on_behalf_of=asks))
        case InvoiceRun(customer=customer):
            return figures_of_invoicing(issue_invoices(app, customer, on_behalf_of=asks))
        case SettleRun(year=year, seller=seller):
            return figures_of_settling(year, close(app, year, seller, on_behalf_of=asks))
        case CorrectRun(document=document):
            return figures_of_correcting(correct(app, document, context))
        case PinRun(policy=policy, version=version, reason=reason):
            # What became of cases that the organisation does not see, it does not hear.
            viewer = viewer_for(asks.organisation, app.settings.vendor)
            _, pinned = pin_policy(app, policy, version, asks, reason, viewer=viewer)
            return RunFigures(pinned._asdict(), bool(pinned.refused or pinned.left_out))
        case _:
            assert_never(asked)
