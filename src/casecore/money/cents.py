"""Amounts in whole cents, as people write and read them."""

from __future__ import annotations

import re

from casecore.errors.kinds import InvalidInput

_EUROS = re.compile(r"([0-9]{1,9})(?:\.([0-9]{2}))?")


class InvalidAmount(InvalidInput):
    """A text is not an amount of money; the message shows the form of one."""


def read_euros(text: str) -> int:
    """`99.00` or `99` as cents; raises InvalidAmount for anything else, also for an amount below zero."""
    found = _EUROS.fullmatch(text)
    if found is None:
        raise InvalidAmount(f"{text!r} is not an amount in euros, such as 99.00")
    return int(found[1]) * 100 + int(found[2] or 0)


def euros(cents: int) -> str:
    """Cents as euros for a program or a table: `1234.56`, `-0.05`."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02}"
