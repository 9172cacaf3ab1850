"""The events of a party: an organisation, or a customer, in its state after the event."""

from __future__ import annotations

import msgspec

from casecore.contract.enumeration import Enumeration
from casecore.contract.envelope import EventData
from casecore.contract.personal import Personal


class PartyRole(Enumeration):
    """What an organisation is to the vendor; it can hold several roles."""

    VENDOR = "vendor"
    RESELLER = "reseller"
    SUPPORT_PARTNER = "support_partner"
    CUSTOMER = "customer"


class BuyerStatus(Enumeration):
    """As what a party buys: as a business (a taxable person, § 2 UStG), or as a private person."""

    BUSINESS = "business"
    PRIVATE = "private"


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a party is reached; `country` is its ISO 3166-1 code of two letters."""

    street: Personal
    postal_code: Personal
    city: Personal
    country: str


class BankAccount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a party is paid: its IBAN, and the BIC of its bank."""

    iban: Personal
    bic: str | None = None


class PartyDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a party. `language` is its ISO 639-1 code; roles are in the order of their names.

    `buys_as` is absent where it is not known, and matters for a buyer outside Germany.
    """

    roles: tuple[PartyRole, ...]
    name: Personal
    address: Address
    language: str = "de"
    tax_number: Personal | None = None
    vat_id: Personal | None = None
    bank_account: BankAccount | None = None
    buys_as: BuyerStatus | None = None


class PartyEvent(EventData, frozen=True, kw_only=True):
    """What every event of a party carries: its id, and all that is known of it now."""

    party: str
    details: PartyDetails


class PartyRegistered(PartyEvent, frozen=True, kw_only=True):
    """A party became known.

    When: `register`, by the vendor, also from a table of parties. It is each party's first event, and comes
    once.
    Why: who buys, resells, or agrees on fees is a registered party.
    Then: it can buy, sell or support, by its roles. From the first registered party of an installation on,
    cases open among registered parties only, unless a setting says otherwise.
    """


class PartyChanged(PartyEvent, frozen=True, kw_only=True):
    """Something about a party is another than before, or was wrong.

    When: `change`, by the vendor, or by the party itself: all but its roles, its country, and as what it
    buys.
    Why: documents carry name, address and tax numbers as they are recorded when they are issued.
    Then: what is issued from now on says what `details` say. What was issued stays, until somebody decides to
    issue it again (`document_correction_decided`). Another country may put a buyer on hold (`buyer_held`).
    Fields: `details` has all that is known now, not only what changed.
    """
