"""If-Match (RFC 9110, 13.1.1): the versions at which a caller wants its command to be decided."""

from __future__ import annotations

import re

from casecore.commands.precondition import Precondition
from casecore.http.problems import InvalidRequest

_TAG = re.compile(r'(?P<weak>W/)?"(?P<opaque>[\x21\x23-\x7e\x80-\xff]*)"')
_SEPARATOR = re.compile(r"[ \t]*(?:,[ \t]*)+")
_VERSION = re.compile(r"0|[1-9]\d{0,14}", re.ASCII)


def read_if_match(given: str) -> Precondition:
    """What If-Match asks for; raises InvalidRequest.

    Tags are compared strongly: a weak one, and one that this program did not make, are those of no version.
    """
    text = given.strip(" \t")
    if text == "*":
        return Precondition(None, "any")
    versions, place = set(), 0
    while place < len(text) or not place:
        found = _TAG.match(text, place)
        if found is None:
            raise InvalidRequest(f'If-Match is {given[:50]!r}: send an ETag as it was answered, such as "3"')
        if not found["weak"] and _VERSION.fullmatch(found["opaque"]):
            versions.add(int(found["opaque"]))
        place = found.end()
        if place < len(text):
            between = _SEPARATOR.match(text, place)
            if between is None:
                raise InvalidRequest(f"If-Match is {given[:50]!r}: separate its ETags by commas")
            place = between.end()
    asked = ", ".join(map(str, sorted(versions))) if versions else text[:100]
    return Precondition(frozenset(versions), asked)
