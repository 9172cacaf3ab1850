"""A party is registered once, changed as a whole, and only by those who may; by example."""

from __future__ import annotations

import pytest

from casecore.contract.parties import Address, BankAccount, PartyChanged, PartyDetails, PartyRegistered
from casecore.contract.parties import PartyRole as R
from casecore.contract.personal import Plain, Sealed
from casecore.parties import refusals
from casecore.parties.party import Party
from tests.parties.spec import (
    A_STRANGER,
    CUSTOMER,
    NORD,
    NORDS_AGENT,
    RESELLER,
    SYSTEM,
    VENDOR,
    VENDORS_AGENT,
    after,
    change,
    decided,
    given,
    register,
)


def test_a_registered_party_has_all_its_details() -> None:
    do = register(
        roles=(R.SUPPORT_PARTNER, R.RESELLER, R.RESELLER),
        name="  Nord GmbH ",
        country="de",
        language="DE",
        tax_number="27/123/45678",
        vat_id="de 123 456 788",
        iban="DE89 3704 0044 0532 0130 00",
        bic="cobadeff",
    )
    # Numbers and codes get one form, roles one order; what is personal is marked as such.
    assert given().when(do).then(PartyRegistered) == PartyDetails(
        roles=(R.RESELLER, R.SUPPORT_PARTNER),
        name=Plain("Nord GmbH"),
        address=Address(
            street=Plain("Am Kai 12"), postal_code=Plain("24103"), city=Plain("Kiel"), country="DE"
        ),
        language="de",
        tax_number=Plain("27/123/45678"),
        vat_id=Plain("DE123456788"),
        bank_account=BankAccount(iban=Plain("DE89370400440532013000"), bic="COBADEFF"),
    )


def test_the_same_again_changes_nothing_however_it_is_written() -> None:
    known = given(register(vat_id="DE123456788", roles=(RESELLER, CUSTOMER)))
    known.when(register(vat_id="DE 123 456 788", roles=(CUSTOMER, RESELLER), country=" de ")).nothing()
    known.when(change(vat_id="DE123456788", roles=(RESELLER, CUSTOMER))).nothing()


def test_registering_again_with_other_details_is_refused_and_says_what_to_use() -> None:
    given(register()).when(register(city="Bonn")).refused(
        refusals.PartyAlreadyRegistered, "party", "nord", "change it"
    )


def test_a_change_replaces_all_and_forgets_what_is_left_out() -> None:
    changed = given(register(tax_number="27/123/45678")).when(change(city="Bonn")).then(PartyChanged)
    assert (changed.address.city, changed.tax_number) == (Plain("Bonn"), None)


def test_a_party_that_is_not_registered_cannot_be_changed() -> None:
    given().when(change()).refused(refusals.PartyUnknown, "party", "nord", "register it first")


def test_what_was_sealed_and_is_given_again_is_readable_again() -> None:
    # Given a party whose name was sealed, and whose key is gone,
    known = after(None, decided(None, register()))
    assert known is not None
    sealed = PartyDetails(roles=known.details.roles, name=Sealed("k1", "AAAA"), address=known.details.address)
    # when its details are given again, then they are no longer the same.
    assert decided(Party(NORD, sealed, 2), change()).events[0].details == known.details


@pytest.mark.parametrize("actor", [VENDORS_AGENT, SYSTEM])
def test_the_vendor_and_the_system_keep_all_parties(actor) -> None:
    given().when(register(), actor).then(PartyRegistered)
    given(register()).when(change(roles=(CUSTOMER,)), actor).then(PartyChanged)


def test_an_organisation_changes_its_own_details_and_not_its_roles() -> None:
    given(register()).when(change(city="Bonn"), NORDS_AGENT).then(PartyChanged)
    given(register()).when(change(roles=(RESELLER, CUSTOMER)), NORDS_AGENT).refused(
        refusals.RolesNotYours, "roles", "has the roles reseller"
    )
    # Where it is at home decides how it is taxed.
    given(register()).when(change(country="AT"), NORDS_AGENT).refused(
        refusals.CountryNotYours, "country", "is at home in DE"
    )
    given().when(register(), NORDS_AGENT).refused(refusals.NotYourParty, "", "may not register")


def test_nobody_changes_another_organisation_s_details() -> None:
    given(register()).when(change(city="Bonn"), A_STRANGER).refused(
        refusals.NotYourParty, "", "ost, as seller"
    )


def test_there_is_one_vendor() -> None:
    given(name=VENDOR).when(register(roles=(R.VENDOR, RESELLER))).then(PartyRegistered)
    given(name=VENDOR).when(register()).refused(refusals.VendorRoleMissing, "roles", "add the role vendor")
    given().when(register(roles=(R.VENDOR,))).refused(
        refusals.VendorIsAnother, "roles", "since vendor is", "leave out"
    )
    # Nor does the vendor stop being the vendor.
    given(register(roles=(R.VENDOR,)), name=VENDOR).when(change()).refused(
        refusals.VendorRoleMissing, "roles"
    )


@pytest.mark.parametrize("country", ["D", "DEU", "XX", "UK", "", "49", "D€"])
def test_what_is_not_a_country_is_refused(country) -> None:
    given().when(register(country=country)).refused(
        refusals.CountryUnknown, "country", f"country is {country}", "such as DE"
    )


@pytest.mark.parametrize("language", ["deu", "", "d1", "ü!", "german"])
def test_a_language_has_two_letters(language) -> None:
    given().when(register(language=language)).refused(refusals.InvalidLanguage, "language", "such as de")


def test_a_party_has_a_role_a_name_and_an_address() -> None:
    given().when(register(roles=())).refused(refusals.RolesMissing, "roles", "reseller")
    for field in ("name", "street", "postal_code", "city", "tax_number"):
        given().when(register(**{field: "  "})).refused(refusals.DetailBlank, field, "is blank")
