"""Refusals in the language of who reads them: by their code, with the values that they name in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, tzinfo
from inspect import cleandoc
from types import MappingProxyType

from babel.dates import format_date

from casecore.decider.refusal import Refusal
from casecore.errors.kinds import CasecoreError, details_of
from casecore.web.rendering.language import locale_of, translations
from casecore.web.rendering.marks import N_
from casecore.web.rendering.refusal_words import COUNTRY, KINDS, WORDS_OF_REFUSALS
from casecore.web.rendering.times import in_words, instant_of
from casecore.web.rendering.words import WORDS, text_of

REFUSAL = "refusal"
"""The context in which a catalogue has refusals, each under its code."""

TEXTS_OF_OTHERS = (
    N_(
        "A part of the installation is unavailable: try again later, a command with the same Idempotency-Key."
    ),
    N_("The program has a fault."),
    N_("The key is not known here."),
    N_("nothing"),
    *(text for words in WORDS_OF_REFUSALS.values() for text in words.values()),
)
"""What other rooms say to people, in English: the whole message of an error, or one of its values."""

_NOTHING: Mapping[str, str] = MappingProxyType({})
_DAYS = ("_on", "day", "today", "earliest", "latest", "until")
_INSTANTS = ("_at", "now")


def said(language: str, error: CasecoreError, detail: str, zone: tzinfo) -> str:
    """What an error says, in a language: `detail` is how it says that in English, as far as anybody may hear.

    A catalogue has a refusal under its code, with {names} for its values and {message} for its own text, and
    the messages that have no values as they are. Values that are words of the contract, days or instants are
    said as people read them.
    """
    catalogue = translations(language)
    found = str(catalogue.gettext(detail)) if detail else ""
    if found != detail or detail != str(error):
        return found
    found = str(catalogue.pgettext(REFUSAL, error.code))
    if found == error.code:
        if not isinstance(error, Refusal):
            return detail
        found = " ".join(cleandoc(type(error).__doc__ or "").split())
    return found.format_map(
        {"message": detail.rstrip("."), **_in_words(language, error.code, details_of(error), zone)}
    )


def said_of(
    language: str,
    code: str,
    detail: str,
    details: Mapping[str, str | Sequence[str]] = _NOTHING,
    zone: tzinfo = UTC,
) -> str:
    """What a problem says of which no more is known than its code, and how it says that in English.

    `details` are the values that it names; a problem of which they are not known is said in English.
    """
    catalogue = translations(language)
    found = str(catalogue.gettext(detail)) if detail else ""
    by_code = str(catalogue.pgettext(REFUSAL, code))
    if found != detail or by_code == code:
        return found
    given = {"message": detail.rstrip("."), **_in_words(language, code, details, zone)}
    try:
        return by_code.format_map(given)
    except KeyError:
        return found


def _in_words(
    language: str, code: str, details: Mapping[str, str | Sequence[str]], zone: tzinfo
) -> Mapping[str, str]:
    """A refusal's values as people read them."""

    def shown(name: str, value: str) -> str:
        if name.endswith(_DAYS) and (day := _day_of(value)) is not None:
            return format_date(day, "medium", locale=locale_of(language))
        if name.endswith(_INSTANTS) and (at := instant_of(value)) is not None:
            return in_words(language, zone, at)
        kind = KINDS.get(f"{code}.{name}", KINDS.get(name, ""))
        if kind == COUNTRY:
            return str(locale_of(language).territories.get(value, value))
        return str(translations(language).gettext(_text(kind, value) if kind else value)) if value else ""

    return {
        name: shown(name, value) if isinstance(value, str) else ", ".join(shown(name, one) for one in value)
        for name, value in details.items()
    }


def _text(kind: str, value: str) -> str:
    if kind in WORDS_OF_REFUSALS:
        return WORDS_OF_REFUSALS[kind].get(value, value)
    return text_of(kind, value) if value in WORDS[kind] else value


def _day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
