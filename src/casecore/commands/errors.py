"""What the bus replies besides an answer or a refusal."""

from __future__ import annotations

from casecore.errors.kinds import CasecoreError, Kind
from casecore.store.errors import StoreError


class BusClosed(CasecoreError):
    """The bus is closed, and takes no more commands."""


class BusFull(CasecoreError):
    """So many commands wait to be stored that this one was not taken."""

    kind = Kind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(
            "too many commands wait to be stored, so this one was not taken: send it again, same id"
        )


class SequenceBroken(StoreError):
    """An earlier command of the same sequence failed, so this one was not stored."""

    def __init__(self) -> None:
        super().__init__("an earlier command of the same sequence failed, so this one was not stored")
