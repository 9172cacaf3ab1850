"""Text in a CSV file that a spreadsheet takes for text, and never for a formula."""

from __future__ import annotations

import re

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# A spreadsheet that expects another separator splits one cell into several.
_INNER_FORMULA = re.compile(r"([;|\t]\s*)([=+\-@])")


def spreadsheet_text(text: str) -> str:
    """The text; what a spreadsheet would take for a formula gets an apostrophe before it.

    OWASP recommends this ("CSV Injection"), also for text that starts like a formula after blanks.
    """
    text = _INNER_FORMULA.sub(r"\1'\2", text)
    begins_a_formula = text.startswith(_FORMULA_STARTS) or text.strip().startswith(_FORMULA_STARTS)
    return f"'{text}" if begins_a_formula else text


def spreadsheet_json(text: str) -> str:
    r"""The same JSON, an object of texts, in which no part is a formula: `=` is `\u003d` there."""
    return _INNER_FORMULA.sub(lambda found: f"{found[1]}\\u{ord(found[2]):04x}", text)
