"""Parties and licence packages, as far as who counts money needs them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from casecore.app.registers.pages import (
    FIRST,
    PackageEntry,
    PackageFilter,
    PartyFilter,
    list_packages,
    list_parties,
    today,
)
from casecore.app.registers.streams import StoredFact, look_at_package, look_at_party
from casecore.contract.envelope import Actor
from casecore.contract.licences import Assignment, CustomerSince, Licence
from casecore.contract.parties import PartyRole
from casecore.contract.personal import legible
from casecore.contract.streams import package_stream_id, party_stream_id
from casecore.http.cursors import cut_page, read_cursor
from casecore.http.problems import InvalidRequest
from casecore.licences.customers import customer_on, customers_of
from casecore.licences.package import seller_on
from casecore.parties.party import Party
from casecore.web.pages.money.lists import (
    PER_PAGE,
    SCOPES,
    SECTION,
    address,
    filters_of,
    in_path,
    next_address,
)
from casecore.web.pages.money.phrases import Phrase, phrase_of
from casecore.web.pages.page import AnyPage, Asked, Look, Page, Shown
from casecore.web.rendering.words import N_
from projections.billing.queries import ChargeFilter, charges
from projections.billing.tables import ChargeRow

_MOST_CHARGES = 200


class PartiesOf(Asked, frozen=True):
    """Which parties."""

    role: str = ""
    cursor: str = ""


class PartyOf(Asked, frozen=True):
    """Which party."""

    party: str


class PackagesOf(Asked, frozen=True):
    """Which packages, by their customer and their seller today."""

    customer: str = ""
    seller: str = ""
    cursor: str = ""


class PackageOf(Asked, frozen=True):
    """Which package."""

    package: str


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


class Happened(NamedTuple):
    """An event of a party or a package."""

    occurred_at: datetime
    recorded_at: datetime
    actor: Actor
    says: Phrase


class PartyList(NamedTuple):
    """A page of parties; `left_out` names those that only a newer program can read."""

    is_vendor: bool
    parties: list[ShownParty]
    roles: list[str]
    left_out: tuple[str, ...]
    asked: PartiesOf
    next: str | None


class PartyPage(NamedTuple):
    """A party, and what happened to it."""

    is_vendor: bool
    party: ShownParty
    events: list[Happened]


class ShownPackage(NamedTuple):
    """A package: its customer and seller are those of today, and all of them by their days."""

    reference: str
    customer: str
    seller: str
    licence: Licence
    customers: tuple[CustomerSince, ...]
    sellers: tuple[Assignment, ...]


class PackageList(NamedTuple):
    """A page of packages."""

    is_vendor: bool
    packages: list[ShownPackage]
    left_out: tuple[str, ...]
    asked: PackagesOf
    next: str | None


class PackagePage(NamedTuple):
    """A package, what it pays, and what happened to it; `net_cents` sums up the charges that stand."""

    is_vendor: bool
    package: ShownPackage
    charges: list[ChargeRow]
    net_cents: int
    are_all: bool
    events: list[Happened]


def load_parties(look: Look, asked: PartiesOf) -> Shown:
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


def load_party(look: Look, asked: PartyOf) -> Shown:
    """A party."""
    found, facts = look_at_party(look.app, asked.party, look.viewer)
    return Shown(
        title=asked.party,
        content=PartyPage(look.viewer.is_vendor, _party(found), _happened(look, facts)),
        api=f"/v1/parties/{in_path(asked.party)}",
    )


def load_packages(look: Look, asked: PackagesOf) -> Shown:
    """A page of packages."""
    after = read_cursor(asked.cursor, UUID) if asked.cursor else FIRST
    which = PackageFilter(asked.customer or None, asked.seller or None, after, PER_PAGE + 1)
    found = list_packages(look.app, which, look.viewer)
    page = cut_page(found.known, PER_PAGE, lambda one: package_stream_id(one.reference))
    return Shown(
        title=N_("Licence packages"),
        content=PackageList(
            is_vendor=look.viewer.is_vendor,
            packages=[_package(one) for one in page.rows],
            left_out=found.left_out,
            asked=asked,
            next=next_address("/money/packages", asked, page.next),
        ),
        api=address("/v1/licences", filters_of(asked)),
    )


def load_package(look: Look, asked: PackageOf) -> Shown:
    """A package: who had it, who has it, and what it pays."""
    found, facts = look_at_package(look.app, asked.package, look.viewer)
    entry = PackageEntry(found.reference, found.licence, found.version)
    which = ChargeFilter(package=asked.package, limit=_MOST_CHARGES + 1)
    paid = list(look.app.ask(charges, which, look.viewer))
    shown = paid[:_MOST_CHARGES]
    return Shown(
        title=asked.package,
        content=PackagePage(
            is_vendor=look.viewer.is_vendor,
            package=_package(entry),
            charges=shown,
            net_cents=sum(one.net_cents for one in shown if not one.is_reversed),
            are_all=len(shown) == len(paid),
            events=_happened(look, facts),
        ),
        api=f"/v1/licences/{in_path(asked.package)}",
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


def _package(entry: PackageEntry) -> ShownPackage:
    licence, day = entry.licence, today()
    return ShownPackage(
        reference=entry.reference,
        customer=customer_on(licence, day),
        seller=seller_on(licence, day),
        licence=licence,
        customers=customers_of(licence),
        sellers=licence.assignments,
    )


def _happened(look: Look, facts: list[StoredFact]) -> list[Happened]:
    return [
        Happened(fact.occurred_at, stored.recorded_at, fact.actor, phrase_of(fact.data, look.times))
        for stored, fact in reversed(facts)
    ]


PAGES: tuple[AnyPage, ...] = (
    Page("/money/parties", SECTION, SCOPES, PartiesOf, "money/parties.html", load_parties),
    Page("/money/parties/{party}", SECTION, SCOPES, PartyOf, "money/party.html", load_party),
    Page("/money/packages", SECTION, SCOPES, PackagesOf, "money/packages.html", load_packages),
    Page("/money/packages/{package}", SECTION, SCOPES, PackageOf, "money/package.html", load_package),
)
