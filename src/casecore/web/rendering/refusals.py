"""Refusals in the language of who reads them: by their code, with the values that they name."""

from __future__ import annotations

from casecore.errors.kinds import CasecoreError
from casecore.web.rendering.language import translations


def said(language: str, error: CasecoreError, detail: str) -> str:
    """What an error says, in a language: `detail` is how it says that in English, as far as anybody may hear.

    A catalogue has a refusal under its code, with {names} for its values; a code that it lacks is said in
    English.
    """
    key = f"refusal.{error.code}"
    found = str(translations(language).pgettext("refusal", error.code))
    if found in (error.code, key) or detail != str(error):
        return detail
    return found.format_map(dict(error.details))
