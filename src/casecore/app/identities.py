"""Keys of this installation, in the file below its home; and for whom an identity looks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from casecore.app.actors import check_actor_ids
from casecore.app.settings import Settings
from casecore.decider.command import GivenActor
from casecore.errors.kinds import InvalidInput
from casecore.identity.identity import Identity, Scope
from casecore.identity.key_file import KeyFile
from casecore.identity.keys import Key, NewKey, new_key, revoked
from casecore.visibility.rules import Viewer


def key_path(settings: Settings) -> Path:
    """Where the keys are: beside what `up` makes, which a wipe removes, and not of it."""
    return settings.home / "keys.json"


def key_file(settings: Settings) -> KeyFile:
    """The keys of the installation."""
    return KeyFile(key_path(settings))


def add_key(
    settings: Settings,
    actor: GivenActor,
    scopes: Collection[Scope],
    now: datetime,
    expires_at: datetime | None,
) -> NewKey:
    """Make and keep a key; its text is in the answer only. Raises InvalidInput, InvalidKeyFile, OSError."""
    check_actor_ids(actor)
    if expires_at is not None and expires_at <= now:
        raise InvalidInput(
            f"the key would have expired at {expires_at:%Y-%m-%dT%H:%M:%SZ}: name an instant to come"
        )
    made = new_key(actor, scopes, now, expires_at)
    key_file(settings).change(lambda keys: (*keys, made.key))
    return made


def list_keys(settings: Settings) -> tuple[Key, ...]:
    """All keys, in the order in which they were made; raises InvalidKeyFile and OSError."""
    return key_file(settings).read().all


def revoke_key(settings: Settings, own_id: str, now: datetime) -> Key:
    """Let a key be used no more; one that is revoked already stays as it is. Raises KeyNotFound."""
    changed: list[Key] = []

    def revoke(keys: tuple[Key, ...]) -> tuple[Key, ...]:
        changed[:] = revoked(keys, own_id, now)
        return tuple(changed)

    key_file(settings).change(revoke)
    return next(key for key in changed if key.id == own_id)


def viewer_of(identity: Identity, vendor: str) -> Viewer:
    """For whom an answer to an identity is made, in an installation of this vendor."""
    return viewer_for(identity.actor.organisation, vendor)


def viewer_for(organisation: str, vendor: str) -> Viewer:
    """For whom an answer to an organisation is made, in an installation of this vendor."""
    return Viewer(organisation, is_vendor=organisation == vendor)
