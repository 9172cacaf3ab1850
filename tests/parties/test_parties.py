"""A party is registered once, changed as a whole, and only by those who may; by example."""

from __future__ import annotations

from uuid import UUID

import pytest
from msgspec.structs import replace

from casecore.commands.admission import Admission
from casecore.contract.parties import (
    Address,
    BankAccount,
    BuyerStatus,
    PartyChanged,
    PartyDetails,
    PartyRegistered,
)
from casecore.contract.parties import PartyRole as R
from casecore.contract.personal import Plain, Sealed
from casecore.parties import refusals
from casecore.parties.decider import PARTIES
from tests.decider.spec import by
from tests.parties.steps import (
    A_STRANGER,
    CUSTOMER,
    NORD,
    NORDS_AGENT,
    RESELLER,
    SYSTEM,
    VENDOR,
    VENDORS_AGENT,
    change,
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
    assert given().when(do).then_one(PartyRegistered).details == PartyDetails(
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
    known.when(register(vat_id="DE 123 456 788", roles=(CUSTOMER, RESELLER), country=" de ")).then_nothing()
    known.when(change(vat_id="DE123456788", roles=(RESELLER, CUSTOMER))).then_nothing()


def test_registering_again_with_other_details_is_refused_and_says_what_to_use() -> None:
    given(register()).when(register(city="Bonn")).then_refused(
        refusals.PartyAlreadyRegistered, "nord", "change it", at_fault="party"
    )


def test_a_change_replaces_all_and_forgets_what_is_left_out() -> None:
    changed = (
        given(register(tax_number="27/123/45678")).when(change(city="Bonn")).then_one(PartyChanged).details
    )
    assert (changed.address.city, changed.tax_number) == (Plain("Bonn"), None)


def test_a_party_that_is_not_registered_cannot_be_changed() -> None:
    given().when(change()).then_refused(refusals.PartyUnknown, "nord", "register it first", at_fault="party")


def test_what_was_sealed_and_is_given_again_is_readable_again() -> None:
    # Given a party whose name was sealed, and whose key is gone,
    details = given().when(register()).then_one(PartyRegistered).details
    sealed = replace(details, name=Sealed("k1", "AAAA"))
    # when its details are given again, then they are no longer the same.
    story = given(PartyRegistered(party=NORD, details=sealed)).when(change())
    story.then(PartyChanged(party=NORD, details=details))


@pytest.mark.parametrize("actor", [VENDORS_AGENT, SYSTEM])
def test_the_vendor_and_the_system_keep_all_parties(actor) -> None:
    given().when(by(actor, register())).then(PartyRegistered)
    given(register()).when(by(actor, change(roles=(CUSTOMER,)))).then(PartyChanged)


def test_an_organisation_changes_its_own_details_and_not_its_roles() -> None:
    given(register()).when(by(NORDS_AGENT, change(city="Bonn"))).then(PartyChanged)
    given(register()).when(by(NORDS_AGENT, change(roles=(RESELLER, CUSTOMER)))).then_refused(
        refusals.RolesNotYours, "has the roles reseller", at_fault="roles"
    )
    # Where it is at home decides how it is taxed.
    given(register()).when(by(NORDS_AGENT, change(country="AT"))).then_refused(
        refusals.CountryNotYours, "is at home in DE", at_fault="country"
    )
    given(register()).when(by(NORDS_AGENT, change(buys_as=BuyerStatus.PRIVATE))).then_refused(
        refusals.BuyerStatusNotYours, "that of nord is not recorded", at_fault="buys_as"
    )
    known = given(register(buys_as=BuyerStatus.BUSINESS))
    known.when(by(NORDS_AGENT, change(buys_as=BuyerStatus.BUSINESS, city="Bonn"))).then(PartyChanged)
    known.when(by(NORDS_AGENT, change())).then_refused(refusals.BuyerStatusNotYours, "is business")
    given().when(by(NORDS_AGENT, register())).then_refused(
        refusals.NotYourParty, "may not register", at_fault=""
    )


def test_nobody_changes_another_organisation_s_details() -> None:
    given(register()).when(by(A_STRANGER, change(city="Bonn"))).then_refused(
        refusals.NotYourParty, "ost, as seller", at_fault=""
    )


def test_there_is_one_vendor() -> None:
    given().when(register(VENDOR, roles=(R.VENDOR, RESELLER))).then(PartyRegistered)
    given().when(register(VENDOR)).then_refused(
        refusals.VendorRoleMissing, "add the role vendor", at_fault="roles"
    )
    given().when(register(roles=(R.VENDOR,))).then_refused(
        refusals.VendorIsAnother, "since vendor is", "leave out", at_fault="roles"
    )
    # Nor does the vendor stop being the vendor.
    given(register(VENDOR, roles=(R.VENDOR,))).when(change(VENDOR)).then_refused(
        refusals.VendorRoleMissing, at_fault="roles"
    )


@pytest.mark.parametrize("country", ["D", "DEU", "XX", "UK", "", "49", "D€"])
def test_what_is_not_a_country_is_refused(country) -> None:
    given().when(register(country=country)).then_refused(
        refusals.CountryUnknown, f"country is {country}", "such as DE", at_fault="country"
    )


@pytest.mark.parametrize("language", ["deu", "", "d1", "ü!", "german"])
def test_a_language_has_two_letters(language) -> None:
    given().when(register(language=language)).then_refused(
        refusals.InvalidLanguage, "such as de", at_fault="language"
    )


def test_a_party_has_a_role_a_name_and_an_address() -> None:
    given().when(register(roles=())).then_refused(refusals.RolesMissing, "reseller", at_fault="roles")
    for field in ("name", "street", "postal_code", "city", "tax_number"):
        given().when(register(**{field: "  "})).then_refused(refusals.DetailBlank, "is blank", at_fault=field)


def test_a_party_that_an_earlier_program_registered_is_registered_by_the_same_command() -> None:
    # Given the hash in the receipt that bee97ac made of this command
    then = "7757e8d3fcdf924a6c4a14b9416af42a282ec65c90dd4b6149d8ef9351b3e23f"
    command = replace(register(vat_id="DE123456788"), command_id=UUID(int=7))
    # Then the same command has it still, and one that says more has not
    admission = Admission([PARTIES])
    assert admission.admit(command).content_hash.hex() == then
    more = replace(command, do=replace(command.do, buys_as=BuyerStatus.BUSINESS))
    assert admission.admit(more).content_hash.hex() != then
