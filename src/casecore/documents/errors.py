"""Why a document cannot be issued."""

from __future__ import annotations

from casecore.errors.kinds import CasecoreError, Kind

# As many as a person reads; the first of them names the cause, the others mostly follow from it.
_SHOWN = 20


class InvalidDocument(CasecoreError):
    """A document is not issued, because a check found what is wrong with it; `faults` are all it found."""

    kind = Kind.REFUSED

    def __init__(self, number: str, faults: list[str]) -> None:
        self.number = number
        self.faults = tuple(faults)
        rest = len(faults) - _SHOWN
        more = f"; and {rest} more" if rest > 0 else ""
        super().__init__(f"document {number} is not issued: {'; '.join(faults[:_SHOWN])}{more}")
