"""Checks of the numbers that others assign to a party: its bank account, and its VAT registration."""

from __future__ import annotations

import re
from collections.abc import Callable

from stdnum import bic, iban
from stdnum.eu import vat
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from casecore.parties.refusals import InvalidBic, InvalidIban, InvalidVatId

# Greece's VAT ids begin with EL, and not with its country's code.
_EU_PREFIXES = frozenset(state.upper() for state in vat.MEMBER_STATES) - {"GR"} | {"EL"}
# Outside of the EU the rules differ; EN 16931 (BR-CO-9) wants the country's letters.
_FOREIGN_VAT_ID = re.compile(r"[A-Z]{2}[0-9A-Z]{2,30}")


def iban_of(text: str) -> str:
    """An IBAN in its electronic form (ISO 13616), checked by its country's rules; raises InvalidIban."""
    found = _checked(iban.validate, text)
    if isinstance(found, ValidationError):
        raise InvalidIban(text, _fault(found))
    # The library also accepts others with the same remainder: letters, and 01 for 98.
    if found[2:4] != iban.calc_check_digits(found):
        raise InvalidIban(text, _fault(InvalidChecksum()))
    return found


def bic_of(text: str) -> str:
    """A BIC (ISO 9362) of 8 or 11 characters; raises InvalidBic."""
    found = _checked(bic.validate, text)
    if isinstance(found, ValidationError):
        raise InvalidBic(text, _fault(found))
    return found


def vat_id_of(text: str, country: str) -> str:
    """A VAT id without blanks. One of the EU is checked by its country's rules; raises InvalidVatId.

    Any other has to begin with the letters of `country`, the party's own.
    """
    plain = re.sub(r"[ .\-/]", "", text).upper()
    if plain[:2] in _EU_PREFIXES:
        found = _checked(vat.validate, plain)
        if isinstance(found, ValidationError):
            raise InvalidVatId(text, _fault(found))
        return found
    if country in _EU_PREFIXES or country == "GR" or plain[:2] != country:
        raise InvalidVatId(
            text, "it does not begin with the letters of a country of the EU, or of the party's"
        )
    if not _FOREIGN_VAT_ID.fullmatch(plain):
        raise InvalidVatId(text, "it holds more than letters and digits, or is too short")
    return plain


def _checked(validate: Callable[[str], str], text: str) -> str | ValidationError:
    # The library accepts the digits of other scripts in some places; those of a number are ASCII.
    if not text.isascii():
        return ValidationError()
    try:
        return validate(text)
    except ValidationError as error:
        return error


def _fault(error: ValidationError) -> str:
    match error:
        case InvalidChecksum():
            return "its check digits do not match, so a character is wrong or two are swapped"
        case InvalidLength():
            return "it is too long or too short"
        case _:
            return "it does not have the form that its country prescribes"
