"""The people of a demo, as whom one logs in by one click: their keys are in a file beside the demo's own."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec

from casecore.decider.command import GivenActor

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class DemoPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody of a demo: what they do there, in a few words of English, and their key."""

    actor: GivenActor
    does: str
    key: str

    @property
    def id(self) -> str:
        """By which a form names the person."""
        return f"{self.actor.role.value}:{self.actor.organisation}:{self.actor.person}"


class DemoPeople:
    """The people in a file; nobody where there is none, or where others than its owner can read it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> tuple[DemoPerson, ...]:
        """All of them."""
        try:
            if self._path.stat().st_mode & _OTHERS:
                return ()
            return msgspec.json.decode(self._path.read_bytes(), type=tuple[DemoPerson, ...])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return ()

    def key_of(self, person: str) -> str:
        """The key of one of them; empty for anybody else."""
        return next((one.key for one in self.read() if one.id == person), "")
