"""Commands on a party: who gives them, on which party, and all that is known of it."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

from casecore.contract.parties import PartyRole
from casecore.decider.command import Action, Command, Id, Line

Roles: TypeAlias = Annotated[tuple[PartyRole, ...], msgspec.Meta(max_length=len(PartyRole))]


class GivenDetails(Action, frozen=True, kw_only=True):
    """All that is known of a party, as somebody wrote it; `country` and `language` are two-letter codes."""

    roles: Roles
    name: Line  # the party's, where other actions have their own
    street: Line
    postal_code: Line
    city: Line
    country: Line
    language: Line = "de"
    tax_number: Line | None = None
    vat_id: Line | None = None
    iban: Line | None = None
    bic: Line | None = None


class RegisterParty(GivenDetails, frozen=True, kw_only=True, tag="register"):
    """Register a party that is not known yet."""


class ChangeParty(GivenDetails, frozen=True, kw_only=True, tag="change"):
    """Replace all that is known of a party: what is left out is forgotten."""


PartyAction: TypeAlias = RegisterParty | ChangeParty


class PartyCommand(Command, frozen=True, kw_only=True, tag="party"):
    """A command on a party."""

    party: Id
    do: PartyAction
