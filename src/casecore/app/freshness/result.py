"""How new an answer is, and who hears that a view is waited for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeAlias

OnWait: TypeAlias = Callable[[str, float], Callable[[], None]]
"""Hears that a view is waited for, by its name, and how many seconds at most; once for each wait. What it
returns is called when the wait has ended."""


class Freshness(NamedTuple):
    """How new an answer is.

    It holds all that was recorded by `as_of`, None for nothing, but what is `parked`, by name; it lacks
    `behind` events that were stored when the command first asked a view, without those of parked keys; or
    `at_least` so many, where it is too far behind to count them all, and then since when is not known.
    """

    as_of: datetime | None
    behind: int
    parked: tuple[str, ...] = ()
    at_least: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether the answer lacks nothing."""
        return not self.behind and not self.parked


def say_nothing(_view: str, _limit_seconds: float) -> Callable[[], None]:
    """Let nobody hear of a wait."""
    return lambda: None
