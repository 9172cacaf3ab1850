"""Commands on a party: each names the actor, the party, and all of its details."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

from casecore.contract.parties import BuyerStatus, PartyRole
from casecore.decider.command import Action, Command, Id, Line

Roles: TypeAlias = Annotated[tuple[PartyRole, ...], msgspec.Meta(max_length=len(PartyRole))]


class GivenDetails(Action, frozen=True, kw_only=True):
    """All details of a party, as they were written; `country` and `language` are two-letter codes."""

    roles: Roles
    name: Line  # the party's name
    street: Line
    postal_code: Line
    city: Line
    country: Line
    language: Line = "de"
    tax_number: Line | None = None
    vat_id: Line | None = None
    iban: Line | None = None
    bic: Line | None = None
    buys_as: BuyerStatus | None = None


class RegisterParty(GivenDetails, frozen=True, kw_only=True, tag="register"):
    """Register a new party."""


class ChangeParty(GivenDetails, frozen=True, kw_only=True, tag="change"):
    """Replace all details of a party: what is left out is removed."""


PartyAction: TypeAlias = RegisterParty | ChangeParty


class PartyCommand(Command, frozen=True, kw_only=True, tag="party"):
    """A command on a party."""

    party: Id
    do: PartyAction

    @property
    def names(self) -> str:
        """The id in its address."""
        return self.party
