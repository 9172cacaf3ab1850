"""Numbers of what open pages are told: each is greater than those before, and says so to nobody else."""

from __future__ import annotations

import secrets

TOLD_HEADER = "casecore-told"
"""By this a page says which change it was told of, when it asks again."""


class ToldNumbers:
    """The numbers of one process; those of another are not known to it. All on the event loop's thread."""

    def __init__(self) -> None:
        self._process = secrets.token_hex(8)
        self._last = 0

    def next(self) -> str:
        """A number for what is told now."""
        self._last += 1
        return f"{self._process}.{self._last}"

    def has_told(self, number: str) -> bool:
        """Whether this process has told it: what is made from now on shows what it was told for."""
        process, _, place = number.partition(".")
        is_number = place.isascii() and place.isdigit() and len(place) < 20
        return process == self._process and is_number and 0 < int(place) <= self._last
