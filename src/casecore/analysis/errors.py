"""What can be wrong with an export, and with what is asked of it."""

from __future__ import annotations

from casecore.errors.kinds import CasecoreError, Kind


class ExportUnreadable(CasecoreError):
    """An export cannot be read: a file is missing or cut, or it is none; the message says which."""

    kind = Kind.INVALID_INPUT


class ExportRefused(CasecoreError):
    """An export cannot be made there, or not with what is asked of it; nothing was changed."""

    kind = Kind.INVALID_INPUT


class PositionUnknown(CasecoreError):
    """The store does not have a position of the log."""

    kind = Kind.INVALID_INPUT

    def __init__(self, position: int, last: int) -> None:
        super().__init__(
            f"the store has no position {position}: its last event is at {last}; name that or a lower one"
        )
        self.position, self.last = position, last


class PlaceUnknown(CasecoreError):
    """What was named is neither a folder that exists nor an address of a database."""

    kind = Kind.INVALID_INPUT

    def __init__(self) -> None:
        super().__init__(
            "there is no such folder, and it is no address of a database: name an export's folder, or an "
            "address such as postgresql://USER@HOST:5432/DATABASE"
        )


class ExtraMissing(CasecoreError):
    """The libraries for analysis are not installed."""

    kind = Kind.UNAVAILABLE

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is not installed: it comes with the extra analysis, pip install 'casecore[analysis]'"
        )


class CaseNotThere(CasecoreError):
    """A history has no case of a reference."""

    kind = Kind.NOT_FOUND

    def __init__(self, reference: str) -> None:
        super().__init__(f"the history has no case {reference}: references are written as they were given")
        self.reference = reference
