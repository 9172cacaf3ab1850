"""The people of a demo that is left up: whoever is on this machine logs in as one of them by one click.

Their keys are in plain text in a file of the demo's own home, which only its owner can read. The keys are the
demo's, expire, and open nothing but made-up data; see docs/decisions/demo-people.md.
"""

from __future__ import annotations

import os
import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from casecore.app.actors import parse_actor
from casecore.app.identities import add_key
from casecore.app.settings import Settings
from casecore.decider.command import GivenActor
from casecore.identity.identity import Scope

_OWNER_ONLY = stat.S_IRUSR | stat.S_IWUSR
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_KEYS_LAST = timedelta(days=30)


class DemoPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody of a demo: what they do there, as a word that the page knows, and their key."""

    actor: GivenActor
    does: str
    key: str

    @property
    def id(self) -> str:
        """By which a form names the person."""
        return f"{self.actor.role.value}:{self.actor.organisation}:{self.actor.person}"


class _Part(NamedTuple):
    actor: str
    does: str
    scopes: tuple[Scope, ...]


_PARTS = (
    _Part("seller:nord:ida", "level_0", (Scope.AGENT, Scope.ANALYST)),
    _Part("seller:nord:jan", "level_0_and_books", (Scope.AGENT, Scope.ACCOUNTANT)),
    _Part("vendor:vendor:vera", "level_1", (Scope.AGENT, Scope.ANALYST, Scope.OPERATOR)),
    _Part(
        "vendor:vendor:olaf",
        "operations_and_books",
        (Scope.AGENT, Scope.ANALYST, Scope.ACCOUNTANT, Scope.OPERATOR),
    ),
    _Part("customer:praxis-ost:dr-oehler", "practice", (Scope.AGENT,)),
)


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


def demo_people(settings: Settings) -> DemoPeople:
    """Those of an installation; nobody in one that is not a demo's."""
    return DemoPeople(_path(settings))


def invite_demo_people(settings: Settings, now: datetime) -> None:
    """Make a key for each of them, and write them down; for the installation of a demo alone.

    Raises InvalidKeyFile and OSError.
    """
    people = [
        DemoPerson(actor, part.does, add_key(settings, actor, part.scopes, now, now + _KEYS_LAST).text)
        for part in _PARTS
        for actor in (parse_actor(part.actor),)
    ]
    with open(os.open(_path(settings), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY), "wb") as file:
        os.fchmod(file.fileno(), _OWNER_ONLY)
        file.write(msgspec.json.format(msgspec.json.encode(people), indent=1))


def _path(settings: Settings) -> Path:
    return settings.home / "people.json"
