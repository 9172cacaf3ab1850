"""Parties, as far as who counts money needs them."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from casecore.app.registers.histories import party_history
from casecore.app.registers.pages import FIRST, PartyFilter, list_parties
from casecore.contract.parties import PartyRole
from casecore.contract.personal import legible
from casecore.contract.streams import party_stream_id
from casecore.http.cursors import cut_page, read_cursor
from casecore.http.problems import InvalidRequest
from casecore.parties.party import Party
from casecore.web.pages.money.histories import ToldEvent, told
from casecore.web.pages.money.lists import (
    PER_PAGE,
    SCOPES,
    SECTION,
    address,
    filters_of,
    in_path,
    next_address,
)
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.rendering.words import N_


class AskedParties(PageAsked, frozen=True):
    """Which parties."""

    role: str = ""
    cursor: str = ""


class AskedParty(PageAsked, frozen=True):
    """Which party."""

    party: str


class ShownParty(NamedTuple):
    """A party; text that is sealed is a note in brackets, and what is not known is None."""

    id: str
    roles: tuple[PartyRole, ...]
    name: str | None
    street: str | None
    postal_code: str | None
    city: str | None
    country: str
    tax_number: str | None
    vat_id: str | None
    iban: str | None
    buys_as: str | None


class PartyList(NamedTuple):
    """A page of parties; `left_out` names those that only a newer program can read."""

    is_vendor: bool
    parties: list[ShownParty]
    roles: list[str]
    left_out: tuple[str, ...]
    asked: AskedParties
    next: str | None


class PartyPage(NamedTuple):
    """A party, and what happened to it."""

    is_vendor: bool
    party: ShownParty
    events: list[ToldEvent]


def load_parties(look: Look, asked: AskedParties) -> Shown:
    """A page of parties."""
    roles = [one.value for one in PartyRole]
    if asked.role and asked.role not in roles:
        raise InvalidRequest(f"role is {asked.role[:50]!r}; possible are: {', '.join(roles)}", "role")
    after = read_cursor(asked.cursor, UUID) if asked.cursor else FIRST
    which = PartyFilter(PartyRole(asked.role) if asked.role else None, after, PER_PAGE + 1)
    found = list_parties(look.app, which, look.viewer)
    page = cut_page(found.known, PER_PAGE, lambda one: party_stream_id(one.id))
    return Shown(
        title=N_("Parties"),
        content=PartyList(
            is_vendor=look.viewer.is_vendor,
            parties=[_party(one) for one in page.rows],
            roles=roles,
            left_out=found.left_out,
            asked=asked,
            next=next_address("/money/parties", asked, page.next),
        ),
        api=address("/v1/parties", filters_of(asked)),
    )


def load_party(look: Look, asked: AskedParty) -> Shown:
    """A party."""
    found = party_history(look.app, asked.party, viewer=look.viewer)
    return Shown(
        title=asked.party,
        content=PartyPage(look.viewer.is_vendor, _party(found.entry), told(found.facts, look.times)),
        api=f"/v1/parties/{in_path(asked.party)}",
    )


def _party(one: Party) -> ShownParty:
    details, account = one.details, one.details.bank_account
    return ShownParty(
        id=one.id,
        roles=details.roles,
        name=legible(details.name),
        street=legible(details.address.street),
        postal_code=legible(details.address.postal_code),
        city=legible(details.address.city),
        country=details.address.country,
        tax_number=legible(details.tax_number),
        vat_id=legible(details.vat_id),
        iban=legible(account.iban) if account else None,
        buys_as=details.buys_as.value if details.buys_as else None,
    )


PAGES: tuple[AnyPage, ...] = (
    SitePage("/money/parties", SECTION, SCOPES, AskedParties, "money/parties.html", load_parties),
    SitePage("/money/parties/{party}", SECTION, SCOPES, AskedParty, "money/party.html", load_party),
)
