"""What can go wrong between the program and its database."""

from __future__ import annotations

from casecore.errors.kinds import CasecoreError, Kind


class StoreError(CasecoreError):
    """Base of the errors below."""

    kind = Kind.UNAVAILABLE


class AppendConflict(StoreError):
    """Another process stored an event of the same stream, or the same command, in the meantime."""


class UnsafeSetting(StoreError):
    """A setting under which the log could lose commits, or fill gaps later; the message names it."""


class WrongSchema(StoreError):
    """The database's tables are not those of this program; the message says which and what to do."""


class StreamsWentBack(StoreError):
    """The store lacks the known versions of some streams: it was restored, or replaced."""
