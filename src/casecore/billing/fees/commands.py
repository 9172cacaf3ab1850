"""Commands on fees: what a party charges from a day on, and the memos that follow from it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from casecore.billing.commands import Country, Number
from casecore.contract.billing import EventRef
from casecore.contract.fees import Fee, FeeService, FeeTerms
from casecore.decider.command import Action, Command, Id


class AgreeFee(Action, frozen=True, kw_only=True, tag="agree"):
    """Charge this from a day on: one customer, or all that have no agreement of their own.

    `vat_country` is the country whose tax is charged; none for a party that charges no tax.
    """

    service: FeeService
    customer: Id | None = None
    from_on: date
    terms: FeeTerms
    vat_country: Country | None = None


class EndFeeAgreement(Action, frozen=True, kw_only=True, tag="end"):
    """Let an agreement apply until the day before this one; this replaces a day given before."""

    agreement: Number
    from_on: date


class WithdrawFeeAgreement(Action, frozen=True, kw_only=True, tag="withdraw"):
    """Take back an agreement that was recorded by mistake: it never applied."""

    agreement: Number


class FeeAgreementCommand(Command, frozen=True, kw_only=True, tag="fee_agreement"):
    """A command on what a party charges."""

    party: Id
    do: AgreeFee | EndFeeAgreement | WithdrawFeeAgreement


class FeeMemoCommand(Command, frozen=True, kw_only=True, tag="fee_memo"):
    """Record the memo with this number, or take it back; only the system does, since memos are decided."""

    number: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    fee: Fee
    caused_by: EventRef
    do: Literal["record", "reverse"]
