"""From a party's details as they were written to the checked details, each number in one form. Pure."""

from __future__ import annotations

import re

from iso3166 import countries_by_alpha2

from casecore.contract.parties import Address, BankAccount, PartyDetails, PartyRole
from casecore.contract.personal import Plain
from casecore.parties import refusals
from casecore.parties.commands import GivenDetails
from casecore.parties.numbers import bic_of, iban_of, vat_id_of


def details_of(party: str, given: GivenDetails, vendor: str) -> PartyDetails:
    """The details as an event carries them; raises the PartyRefusal of the first invalid field.

    Texts lose the blanks at their ends, codes and numbers get the form in which documents print them, so
    that the same details are equal however they were written.
    """
    country = _country(given.country)
    return PartyDetails(
        roles=_roles(party, given.roles, vendor),
        name=_text("name", given.name),
        address=Address(
            street=_text("street", given.street),
            postal_code=_text("postal_code", given.postal_code),
            city=_text("city", given.city),
            country=country,
        ),
        language=_language(given.language),
        tax_number=None if given.tax_number is None else _text("tax_number", given.tax_number),
        vat_id=None if given.vat_id is None else Plain(vat_id_of(given.vat_id, country)),
        bank_account=_bank_account(given.iban, given.bic),
        buys_as=given.buys_as,
    )


def _roles(party: str, given: tuple[PartyRole, ...], vendor: str) -> tuple[PartyRole, ...]:
    if not given:
        raise refusals.RolesMissing(tuple(role.value for role in PartyRole))
    if party == vendor and PartyRole.VENDOR not in given:
        raise refusals.VendorRoleMissing(party)
    if party != vendor and PartyRole.VENDOR in given:
        raise refusals.VendorIsAnother(party, vendor)
    return tuple(sorted(set(given), key=lambda role: role.value))


def _text(field: str, text: str) -> Plain:
    if not text.strip():
        raise refusals.DetailBlank(field)
    return Plain(text.strip())


def _country(text: str) -> str:
    country = text.strip().upper()
    if country not in countries_by_alpha2:
        raise refusals.CountryUnknown(text)
    return country


def _language(text: str) -> str:
    language = text.strip().lower()
    if not re.fullmatch("[a-z]{2}", language):
        raise refusals.InvalidLanguage(text)
    return language


def _bank_account(iban: str | None, bic: str | None) -> BankAccount | None:
    if iban is None:
        if bic is not None:
            raise refusals.BicWithoutIban()
        return None
    return BankAccount(iban=Plain(iban_of(iban)), bic=None if bic is None else bic_of(bic))
