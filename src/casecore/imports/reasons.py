"""Why a row was refused, in words for the person that corrects the file."""

from __future__ import annotations

import re
import unicodedata

from casecore.decider.command import Command
from casecore.decider.refusal import CommandIdReused, CommandMalformed, Refusal

_CHANGED = "this row was imported before with another content: the file or its mapping has changed"

_OF_AN_ID = re.compile(
    r"Expected an? (?:id|line) of .* - at `(?P<key>key` in `)?\$\.(?P<path>[^`]*)`", re.DOTALL
)
"""The admission's message about a forbidden character in an id or a line; the pattern itself does not help.
"""
_TOO_LONG = re.compile(r"of length <= (?P<most>\d+) - at `(?P<key>key` in `)?\$\.(?P<path>[^`]*)`")
"""The admission's message about a text that is too long; it does not say which of many."""
_HIDDEN = ("Cc", "Cf", "Zl", "Zp")
"""Unicode's control and format characters and its separators of lines."""


def reason_of(refusal: Refusal, command: Command) -> str:
    """The reason as the rejects file gives it."""
    if isinstance(refusal, CommandIdReused):
        return _CHANGED
    if not isinstance(refusal, CommandMalformed):
        return str(refusal)
    too_long = _TOO_LONG.search(str(refusal))
    found = too_long or _OF_AN_ID.search(str(refusal))
    if found is None:
        return str(refusal)
    value = _value_at(command, found["path"])
    texts = value if isinstance(value, (dict, tuple)) else (value,)
    what = "an attribute's name" if found["key"] else re.split(r"[.\[]", found["path"])[-1]
    if too_long is not None:
        longest = max((text for text in texts if isinstance(text, str)), key=len, default="")
        return f"{what} has {len(longest):,} characters, and may have a length <= {too_long['most']}"
    for text in texts:
        if isinstance(text, str) and (wrong := _what_is_wrong(text)) is not None:
            return f"{what} is {text[:200]!a}, {wrong}"
    return str(refusal)


def _value_at(command: Command, path: str) -> object:
    value: object = command
    for step in re.findall(r"\w+", path):
        value = value[int(step)] if isinstance(value, tuple) else getattr(value, step, None)
    return value


def _what_is_wrong(text: str) -> str | None:
    for character in text:
        if unicodedata.category(character) in _HIDDEN:
            name = unicodedata.name(character, "a control character")
            return f"with a character that nobody sees: U+{ord(character):04X} ({name})"
    return "with a space at one of its ends" if text != text.strip() else None
