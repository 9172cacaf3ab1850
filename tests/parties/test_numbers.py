"""Account numbers and VAT ids are checked by the rules of those who assign them, and have one form."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from casecore.parties import refusals
from casecore.parties.numbers import bic_of, iban_of, vat_id_of
from tests.parties.steps import given as given_party
from tests.parties.steps import register

IBAN = "DE89370400440532013000"


@pytest.mark.parametrize("text", [IBAN, "de89 3704 0044 0532 0130 00", "DE89-3704-0044-0532-0130-00"])
def test_an_iban_is_known_however_it_is_written(text) -> None:
    assert iban_of(text) == IBAN


@example(2, "T")  # the check digits T9 give the same remainder as 89
@given(st.integers(0, len(IBAN) - 1), st.characters(codec="ascii", categories=["Lu", "Nd"]))
def test_an_iban_with_one_wrong_character_is_refused(place, character) -> None:
    iban = IBAN[:place] + character + IBAN[place + 1 :]
    if iban == IBAN:
        return
    given_party().when(register(iban=iban)).then_refused(refusals.InvalidIban, iban, at_fault="iban")


def test_of_check_digits_with_the_same_remainder_only_one_pair_is_right() -> None:
    # ISO 7064 gives 02 to 98: 98 and 01 have the same remainder by 97.
    account = next(f"50010517{number:010}" for number in range(1_000) if check_digits(number) == "98")
    assert iban_of(f"DE98{account}") == f"DE98{account}"
    with pytest.raises(refusals.InvalidIban, match="check digits"):
        iban_of(f"DE01{account}")


def check_digits(number: int) -> str:
    """Those of an account at one bank, as ISO 13616 defines them; DE is 13 14."""
    return f"{98 - int(f'50010517{number:010}131400') % 97:02}"


@given(st.integers(0, len(IBAN) - 2))
def test_an_iban_with_two_swapped_digits_is_refused(place) -> None:
    one, other = IBAN[place], IBAN[place + 1]
    if one == other:
        return
    with pytest.raises(refusals.InvalidIban):
        iban_of(IBAN[:place] + other + one + IBAN[place + 2 :])


@pytest.mark.parametrize("text", ["COBADEFFXXX", "cobadeff", " COBA DE FF "])
def test_a_bic_is_known_however_it_is_written(text) -> None:
    assert bic_of(text) == text.replace(" ", "").upper()


@pytest.mark.parametrize(
    ("text", "fault"),
    [("COBADEF", "too long or too short"), ("COBAQQFF", "form"), ("COB1DEFF", "form"), ("", "too short")],
)
def test_what_is_not_a_bic_is_refused(text, fault) -> None:
    given_party().when(register(iban=IBAN, bic=text)).then_refused(
        refusals.InvalidBic, fault, "COBADEFFXXX", at_fault="bic"
    )


def test_a_bic_alone_names_no_account() -> None:
    given_party().when(register(bic="COBADEFF")).then_refused(refusals.BicWithoutIban, "iban", at_fault="bic")


@pytest.mark.parametrize(
    ("text", "country", "stored"),
    [
        ("de 123.456.788", "DE", "DE123456788"),
        ("ATU 13585627", "AT", "ATU13585627"),
        ("ATU13585627", "DE", "ATU13585627"),  # registered in another country of the EU
        ("EL 094259216", "GR", "EL094259216"),  # Greece has other letters here than its country code
        ("CHE-123.456.788 MWST", "CH", "CHE123456788MWST"),
        ("DE123456788", "CH", "DE123456788"),
    ],
)
def test_a_vat_id_is_known_however_it_is_written(text, country, stored) -> None:
    assert vat_id_of(text, country) == stored


@pytest.mark.parametrize(
    ("text", "country", "fault"),
    [
        ("DE123456789", "DE", "check digits"),
        ("DE12345678", "DE", "too long or too short"),
        ("123456788", "DE", "begin with the letters"),
        ("GR094259216", "GR", "begin with the letters"),
        ("CHE123456788", "DE", "begin with the letters"),
        ("NO1", "CH", "begin with the letters"),
        ("CH*/1", "CH", "letters and digits"),
        ("", "DE", "begin with the letters"),
        ("DE１23456788", "DE", "form"),
    ],
)
def test_what_is_not_a_vat_id_is_refused(text, country, fault) -> None:
    given_party().when(register(vat_id=text, country=country)).then_refused(
        refusals.InvalidVatId, fault, at_fault="vat_id"
    )


NUMBERS = st.text(max_size=40) | st.from_regex(r"[A-Z]{2}[0-9A-Z .-]{0,20}", fullmatch=True)


@given(NUMBERS)
@example("DE²1")
@example("XX٣٤٥٦")
def test_any_text_is_a_number_in_its_one_form_or_refused(text) -> None:
    # A number that is accepted is accepted again, as itself; nothing fails in another way.
    for check, refusal in (
        (iban_of, refusals.InvalidIban),
        (bic_of, refusals.InvalidBic),
        (lambda number: vat_id_of(number, "DE"), refusals.InvalidVatId),
        (lambda number: vat_id_of(number, "NO"), refusals.InvalidVatId),
    ):
        try:
            found = check(text)
        except refusal:
            continue
        assert check(found) == found
        assert found.isascii()
        assert found.isalnum()
