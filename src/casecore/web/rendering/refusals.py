"""Refusals in the language of who reads them: by their code, with the values that they name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from casecore.errors.kinds import CasecoreError
from casecore.web.rendering.language import translations
from casecore.web.rendering.words import N_, text_of

_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "illegal_move": N_("“{trigger}” is not possible: the case is {state}. Possible are: {legal}."),
        "not_at_work": N_("“{asked}” needs somebody at work on the case; it is {state}."),
        "already_solved": N_(
            "“{asked}” is not possible: the case is {state}. Reopen a resolved case, or open a new one."
        ),
        "already_ended": N_("“{asked}” is not possible: the case is {state}. Open a new one."),
        "not_permitted": N_("“{action}” is not for you now: it is the turn of {turn}. It may: {allowed}."),
        "not_your_case": N_("{organisation} is not the {role} of this case."),
    }
)
"""What a page says in place of a refusal's own text, which has the words of commands: by its code."""

_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "trigger": "verb",
        "asked": "verb",
        "action": "verb",
        "legal": "verb",
        "state": "state",
        "role": "role",
        "turn": "role",
        "allowed": "role",
        "category": "category",
        "topic": "topic",
        "topics": "topic",
    }
)
"""Values that are words of the contract: which kind of word, by the value's name."""


def said(language: str, error: CasecoreError, detail: str) -> str:
    """What an error says, in a language: `detail` is how it says that in English, as far as anybody may hear.

    A catalogue has a refusal under its code, with {names} for its values; a code that it lacks is said in
    English. Values that are words of the contract are said as people read them.
    """
    if detail != str(error):
        return detail
    catalogue = translations(language)
    found = str(catalogue.pgettext("refusal", error.code))
    if found == error.code:
        if error.code not in _TEXTS:
            return detail
        found = str(catalogue.gettext(_TEXTS[error.code]))
    return found.format_map(_in_words(language, error))


def _in_words(language: str, error: CasecoreError) -> dict[str, str]:
    """An error's values as people read them."""

    def word(kind: str, value: str) -> str:
        return str(translations(language).gettext(text_of(kind, value)))

    shown = dict(error.details)
    for name in shown.keys() & _KINDS.keys():
        value = getattr(error, name, "")
        many = value if isinstance(value, tuple) else (shown[name],)
        shown[name] = ", ".join(word(_KINDS[name], str(one)) for one in many)
    return shown
