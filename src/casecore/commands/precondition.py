"""At which versions of its stream a caller wants a command to be decided."""

from __future__ import annotations

from typing import NamedTuple


class Precondition(NamedTuple):
    """The versions at which a command may be decided; None: any, of a stream that has events.

    `asked` is how the caller wrote it, for the refusal.
    """

    versions: frozenset[int] | None
    asked: str

    def holds_at(self, version: int) -> bool:
        """Whether a stream at this version is as the caller wants it; 0: it has no event."""
        return version > 0 if self.versions is None else version in self.versions


def at_version(version: int) -> Precondition:
    """The command may be decided at this version only."""
    return Precondition(frozenset({version}), str(version))
