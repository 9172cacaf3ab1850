"""Commands on a licence package: each names the actor, the package, and one of the actions below."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias

import msgspec

from casecore.decider.command import Action, Command, Id, Text

MOST_SEATS = 100_000
"""More than any clinic has: a larger number is a typing error."""

Seats: TypeAlias = Annotated[int, msgspec.Meta(ge=2, le=MOST_SEATS)]


class ActivateLicence(Action, frozen=True, kw_only=True, tag="activate"):
    """A customer has the package from a day on; `seats` if it is a multi-licence."""

    customer: Id
    seller: Id
    licence_type: Id
    program_version: Id
    seats: Seats | None = None
    effective_on: date


class ChangeLicence(Action, frozen=True, kw_only=True, tag="change"):
    """Another type, version or number of seats; what is left out stays. `single`: not a multi-licence any
    more."""

    licence_type: Id | None = None
    program_version: Id | None = None
    seats: Seats | None = None
    single: bool = False


class CorrectActivation(Action, frozen=True, kw_only=True, tag="correct"):
    """It was activated on another day than the one that is recorded."""

    activated_on: date


class AssignLicence(Action, frozen=True, kw_only=True, tag="assign"):
    """Another seller is responsible for it from a day on, until the day of the next assignment."""

    seller: Id
    from_on: date


class TransferLicence(Action, frozen=True, kw_only=True, tag="transfer"):
    """Another customer has it from a day on, until the day of the next transfer: its practice was sold."""

    customer: Id
    from_on: date


class CancelLicence(Action, frozen=True, kw_only=True, tag="cancel"):
    """It is cancelled from a day on; a later cancellation replaces that day."""

    from_on: date


class WithdrawCancellation(Action, frozen=True, kw_only=True, tag="uncancel"):
    """Its cancellation is withdrawn, also one whose day has come: it is as if it had never been cancelled."""


class VoidLicence(Action, frozen=True, kw_only=True, tag="void"):
    """It should never have existed."""

    reason: Text | None = None


LicenceAction: TypeAlias = (
    ActivateLicence
    | ChangeLicence
    | AssignLicence
    | CancelLicence
    | WithdrawCancellation
    | CorrectActivation
    | TransferLicence
    | VoidLicence
)


class LicenceCommand(Command, frozen=True, kw_only=True, tag="licence"):
    """A command on a licence package."""

    package: Id
    do: LicenceAction

    @property
    def names(self) -> str:
        """The reference in its address."""
        return self.package
