"""Templates: escaped everywhere, strict about names, in one language each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any
from uuid import uuid4

from jinja2 import Environment, PackageLoader, StrictUndefined

from casecore.errors.kinds import CasecoreError
from casecore.web.rendering import times
from casecore.web.rendering.amounts import euros_in, percent_in
from casecore.web.rendering.language import translations
from casecore.web.rendering.refusals import said
from casecore.web.rendering.words import WORDS, text_of


@cache
def environment(language: str) -> Environment:
    """The templates in a language."""
    made = Environment(
        loader=PackageLoader("casecore.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    catalogue = translations(language)
    made.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]

    def word(kind: str, value: str | None) -> str:
        text = text_of(kind, value)
        return str(catalogue.gettext(text)) if text else ""

    def change(name: str, was: object, now: object) -> str:
        """A field that changed, from what to what."""
        kind = name if name in WORDS else ""
        shown = ["–" if one is None else word(kind, str(one)) if kind else str(one) for one in (was, now)]
        return f"{word('field', name)} {shown[0]} → {shown[1]}"

    def say(error: CasecoreError) -> str:
        return said(language, error, str(error))

    made.globals["change"] = change
    made.globals["say"] = say
    made.globals["word"] = word
    made.globals["language"] = language
    made.globals["new_id"] = lambda: str(uuid4())
    made.filters["euros"] = partial(euros_in, language)
    made.filters["percent"] = partial(percent_in, language)
    made.filters["duration"] = times.duration
    made.filters["opening_hours"] = times.opening_hours
    made.filters["iso"] = times.iso
    return made


def render(language: str, template: str, given: Mapping[str, Any]) -> bytes:
    """A template, filled in."""
    return environment(language).get_template(template).render(given).encode()
