"""Templates: escaped everywhere, strict about names, in one language each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.filters import do_urlencode

from casecore.app.background_runs.operation import Failure
from casecore.errors.kinds import CasecoreError
from casecore.web.rendering import times
from casecore.web.rendering.amounts import euros_in, percent_in
from casecore.web.rendering.language import translations
from casecore.web.rendering.refusals import said, said_of
from casecore.web.rendering.words import WORDS, text_of

_INSTANTS = ("_at", "_since")
_MINUTES = "_minutes"


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

    def changed(name: str, value: object) -> str | datetime:
        """What a field of a case was or is now: an instant, or a text."""
        if value is None:
            return "–"
        if name.endswith(_INSTANTS) and (at := times.instant_of(str(value))) is not None:
            return at
        if name.endswith(_MINUTES) and isinstance(value, int):
            return times.duration(value * 60) if value else "–"
        return word(name, str(value)) if name in WORDS else str(value)

    def say(read: times.LocalTimes, error: CasecoreError) -> str:
        """Why something is not possible; instants in the reader's zone."""
        return said(language, error, str(error), read.zone)

    made.globals["changed"] = changed
    made.globals["say"] = say
    made.globals["say_failure"] = partial(_failure, language)
    made.globals["word"] = word
    made.globals["language"] = language
    made.filters["euros"] = partial(euros_in, language)
    made.filters["percent"] = partial(percent_in, language)
    made.filters["duration"] = times.duration
    made.filters["exact_duration"] = times.exact_duration
    made.filters["opening_hours"] = times.opening_hours
    made.filters["target"] = times.target
    made.filters["iso"] = times.iso
    made.filters["urlencode"] = _urlencode
    return made


def _urlencode(value: Any) -> str:
    """A name as one segment of an address, or a query: a slash in it separates nothing, and leads nowhere."""
    return do_urlencode(value).replace("/", "%2F")


def _failure(language: str, read: times.LocalTimes, failure: Failure) -> str:
    """Why a run failed; instants in the reader's zone."""
    return said_of(language, failure.code, failure.detail, failure.details, read.zone)


def render(language: str, template: str, given: Mapping[str, Any]) -> bytes:
    """A template, filled in."""
    return environment(language).get_template(template).render(given).encode()
