"""Ids are visible characters in Unicode's form NFC, so that two that differ also look different.

What was stored under an earlier rule stays as it is: it is read, and work on it goes on. So this is not asked
when a command is read, but when it is decided: a command that was given before is answered as it was then.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

import msgspec

from casecore.decider.command import AN_ID, ID_PATTERN, LONGEST_ID, Command
from casecore.decider.own_runs import OWN_RUNS
from casecore.decider.refusal import CommandMalformed

# Unicode's Cc, Cf, Zl, Zp and Default_Ignorable_Code_Point, and the Braille pattern without a dot. As ranges:
# what a newer Unicode adds must not change which ids there are.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)


def fault_of_id(text: str) -> str | None:
    """Why a text is not an id, whatever its length: the character that nobody sees; None if it is one."""
    found = _INVISIBLE.search(text)
    if found is not None:
        name = unicodedata.name(found[0], "a control character")
        return f"with a character that nobody sees: U+{ord(found[0]):04X} ({name})"
    if text != text.strip():
        return "with a space at one of its ends"
    if not unicodedata.is_normalized("NFC", text):
        return f"not in Unicode's form NFC, which is {unicodedata.normalize('NFC', text)!a}"
    return None


def fault_of_given_id(text: str, longest: int = LONGEST_ID) -> str | None:
    """The same of a text that somebody gives as an id, with its length; None if it is one."""
    return fault_of_id(text) if 0 < len(text) <= longest else f"of {len(text)} characters"


def fault_of_name(text: str) -> str | None:
    """Why an id cannot name something new; None if it can.

    `.` and `..` are steps within a path: RFC 3986, section 5.2.4, has clients and proxies take them out, also
    where their dots are percent-encoded, so that what is called so has no address.
    """
    return "which no address can hold: clients and proxies take it out" if text in (".", "..") else None


def check_name(command: Command) -> None:
    """Raise CommandMalformed for a command that would make something new with a name that cannot be one."""
    fault = fault_of_name(command.names)
    if fault is not None:
        raise CommandMalformed(f"the new id is {command.names!r}, {fault}: give another one")


def check_ids(command: Command, is_new: bool) -> None:
    """Raise CommandMalformed for an id that a command brings and that is not made of visible characters in
    NFC.

    `is_new`: whether its stream has no event yet. The ids of a stream that exists, and those with which the
    program's own runs go on, are stored already; but not who asked for a run.
    """
    is_of_run = command.actor in OWN_RUNS
    ids = _ids(command.on_behalf_of, "$.on_behalf_of") if is_of_run else _ids(command, "$")
    for path, text in ids:
        is_address = path.count(".") == 1 or path.startswith("$.do.opening.")
        if (is_new or not is_address) and (fault := fault_of_id(text)) is not None:
            raise CommandMalformed(f"{path} is {text[:100]!a}, {fault}: give {AN_ID}")


def _ids(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Each id in a struct, with its place."""
    if not isinstance(value, msgspec.Struct):
        return
    for name, is_id in _fields(type(value)):
        item = getattr(value, name)
        named = enumerate(item) if isinstance(item, tuple) else [(None, item)]
        for place, one in named:
            where = f"{path}.{name}" if place is None else f"{path}.{name}[{place}]"
            if not is_id:
                yield from _ids(one, where)
            elif isinstance(one, str):
                yield where, one


@cache
def _fields(struct: type[msgspec.Struct]) -> tuple[tuple[str, bool], ...]:
    """A struct's fields that are ids, or that may hold some."""
    return tuple((field.name, _is_id(field.type)) for field in msgspec.structs.fields(struct))


def _is_id(kind: Any) -> bool:
    if isinstance(kind, msgspec.Meta):
        return kind.pattern == ID_PATTERN
    return any(_is_id(one) for one in get_args(kind))
