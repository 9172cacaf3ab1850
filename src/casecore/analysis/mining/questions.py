"""What is asked of a history: by what the steps of cases are told apart, and of which cases."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import NamedTuple


class By(Enum):
    """By what a case's steps are told apart."""

    ACTIVITY = "activity"
    """What happened: each event is a step, an imported one by its activity in the source."""
    STATE = "state"
    """Where the case is in its life, such as escalated_l1."""
    LEVEL = "level"
    """level_0, level_1 or partner; no step while nobody has taken the case."""
    ORGANISATION = "organisation"
    """Whose turn it is."""
    RESOURCE = "resource"
    """Who acted: of an imported row the person there, else the actor, unless that was the system."""

    @classmethod
    def _missing_(cls, value: object) -> By:
        raise ValueError(
            f"{value!r} is no way to tell steps apart: give {', '.join(one.value for one in cls)}"
        )


class Opened(NamedTuple):
    """Which cases: those whose first event occurred from `since` on and before `before`, each whole."""

    since: datetime | None = None
    before: datetime | None = None


ALL_CASES = Opened()

HANDED_BY = (By.ORGANISATION, By.LEVEL, By.RESOURCE)
"""Between whom cases are handed over."""
