"""The languages of the page: English is written in templates and code, the others have a catalogue each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from io import BytesIO
from types import MappingProxyType

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "English", "de": "Deutsch"})
"""The languages of the page, each by its own name."""

_ACCEPTED = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?\Z")


def language_of(chosen: str | None, accepted: str) -> str:
    """The language for who has chosen one, or for a browser that accepts some (RFC 9110, 12.5.4)."""
    if chosen is not None and chosen in LANGUAGES:
        return chosen
    weighted = [found.groups() for part in accepted.split(",") if (found := _ACCEPTED.match(part))]
    by_weight = sorted(weighted, key=lambda one: -float(one[1] or 1))
    wanted = [name.lower().replace("-", "_") for name, weight in by_weight if float(weight or 1) > 0]
    return str(negotiate_locale(wanted, list(LANGUAGES)) or next(iter(LANGUAGES)))


@cache
def translations(language: str) -> Translations:
    """The catalogue of a language; it is empty for English."""
    with (files("casecore.web") / "catalogues" / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


@cache
def locale_of(language: str) -> Locale:
    """How a language writes dates and numbers: English as in the United Kingdom, with days before months."""
    return Locale.parse({"en": "en_GB"}.get(language, language))


def date_form(language: str, skeleton: str) -> str:
    """How a language writes a date of these fields (Unicode TS 35, "availableFormats"): 3 Mar, 3. März."""
    return str(locale_of(language).datetime_skeletons[skeleton].pattern)
