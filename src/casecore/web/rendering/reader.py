"""What one reader reads: words, numbers, months and sentences in their language."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from babel.dates import format_date, get_day_names
from babel.numbers import format_decimal

from casecore.web.rendering.language import date_form, locale_of, translations
from casecore.web.rendering.words import text_of

_HOUR_SECONDS = 3_600
_MINUTE_SECONDS = 60


class PageReader(NamedTuple):
    """Somebody who reads a language. `gettext` and `ngettext` fill in what stands as %(name)s."""

    language: str

    def gettext(self, text: str, **given: object) -> str:
        """A text."""
        found = str(translations(self.language).gettext(text)) if text else ""
        return found % given if given else found

    def ngettext(self, one: str, many: str, num: int, **given: object) -> str:
        """A text with a number in it."""
        found = str(translations(self.language).ngettext(one, many, num))
        return found % {"num": self.number(num), **given}

    def word(self, kind: str, value: str | None) -> str:
        """A word of the contract."""
        return self.gettext(text_of(kind, value))

    def number(self, value: float | Decimal) -> str:
        """A number, to a tenth."""
        return format_decimal(value, "#,##0.#", locale=locale_of(self.language))

    def percent(self, value: float | Decimal | None) -> str:
        """A share of hundred."""
        return "–" if value is None else f"{self.number(value)} %"

    def hours(self, seconds: float) -> str:
        """A time as a round number of hours, or of minutes or seconds below one: for an axis."""
        if seconds >= _HOUR_SECONDS:
            return f"{self.number(seconds / _HOUR_SECONDS)} h"
        if seconds >= _MINUTE_SECONDS:
            return f"{self.number(seconds / _MINUTE_SECONDS)} min"
        return f"{self.number(seconds)} s"

    def day(self, day: date) -> str:
        """A day."""
        return self.date(day, date_form(self.language, "yMMMd"))

    def month(self, month: date) -> str:
        """A month, by its first day."""
        return self.date(month, "MMM y")

    def date(self, day: date, form: str) -> str:
        """A day in a form of CLDR (Unicode TS 35)."""
        return format_date(day, form, locale=locale_of(self.language))

    def weekday(self, weekday: int, width: str = "wide") -> str:
        """A day of the week, of which Monday is 1."""
        names = get_day_names("wide" if width == "wide" else "abbreviated", locale=locale_of(self.language))
        return str(names[weekday - 1])

    def money(self, cents: int) -> str:
        """An amount of euros."""
        return format_decimal(Decimal(cents) / 100, "#,##0.00", locale=locale_of(self.language))
