"""Any text as XML 1.0 can hold it, and back: what a name or a value may not have is written `_xHHHH_`.

The rule is that of ISO 9075-14 (SQL/XML) for names: a character that may not stand there is `_x`, its code
point in 4 or 6 digits of hexadecimal, and `_`. An underscore that would begin such a group is escaped itself,
so each text has one form, and no two texts have the same.
"""

from __future__ import annotations

import re

_LETTERS = r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff"
# Those that are in a name by every edition of XML 1.0; the editions differ in the letters of other scripts.
_NAME = re.compile(rf"[{_LETTERS}_:][{_LETTERS}0-9._:-]*")
_NOT_FIRST = re.compile(rf"[^{_LETTERS}_:]")
_NOT_IN_NAME = re.compile(rf"[^{_LETTERS}0-9._:-]")

_BEGINS_A_GROUP = r"_(?=x[0-9A-F])"
_FORBIDDEN = re.compile(rf"{_BEGINS_A_GROUP}|[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_GROUP = re.compile(r"_x([0-9A-F]{6}|[0-9A-F]{4})_")
_EMPTY = "_xFFFFFF_"
"""The name of an empty text, which XML has none for: no character has this code point."""
_UNDERSCORE = re.compile(_BEGINS_A_GROUP)

_LAST_CODE = 0x10FFFF

_MARKUP = {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord('"'): "&quot;",
    # As references, since a parser makes spaces of them in an attribute's value.
    ord("\t"): "&#9;",
    ord("\n"): "&#10;",
    ord("\r"): "&#13;",
}
_PLAIN = re.compile(r"[^&<>\"_\x00-\x1f\ud800-\udfff\ufffe\uffff]*")


def value(text: str) -> str:
    """A text between the quotes of an attribute's value, with what XML forbids in groups."""
    if _PLAIN.fullmatch(text):
        return text
    return _FORBIDDEN.sub(_group, text).translate(_MARKUP)


def name(text: str) -> str:
    """A text as an XML name (`xs:Name`): also an empty one, and one with spaces."""
    text = _UNDERSCORE.sub(_group, text)
    if _NAME.fullmatch(text):
        return text
    if not text:
        return _EMPTY
    return _NOT_FIRST.sub(_group, text[0]) + _NOT_IN_NAME.sub(_group, text[1:])


def unlike(written: str) -> str:
    """The same text in another form of its name, which `plain` reads alike: its first letter as a group.

    For a name that begins with a letter, and must not be taken for another of the same letters.
    """
    return _group(written[0]) + written[1:]


def plain(written: str) -> str:
    """The text that `value` or `name` wrote so, once a parser has read it."""
    return _GROUP.sub(_character, written) if "_x" in written else written


def _group(found: re.Match[str] | str) -> str:
    code = ord(found[0])
    return f"_x{code:04X}_" if code <= 0xFFFF else f"_x{code:06X}_"


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return chr(code) if code <= _LAST_CODE else ("" if found[0] == _EMPTY else found[0])
