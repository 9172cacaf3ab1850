"""Keys for those who have no provider of identities: random, shown once, and kept as a fingerprint.

A key's text is casecore_ID_SECRET: the id is for lists and logs, the secret has 256 random bits. The file has
the secret's SHA-256 only. A fast hash is right for it: it cannot be guessed, as a password can.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

import msgspec

from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.identity.errors import KeyNotFound, NotAuthenticated
from casecore.identity.identity import Identity, Scope, check_given

_SECRET_BYTES = 32
_ID_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
_ID_LENGTH = 8
_FORM = re.compile(rf"casecore_([{_ID_ALPHABET}]{{{_ID_LENGTH}}})_([A-Za-z0-9_-]{{43}})", re.ASCII)


class Key(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept of a key; `sha256` is the fingerprint of its secret, as hexadecimal digits."""

    id: str
    sha256: str
    actor: GivenActor
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def fault_at(self, now: datetime) -> str | None:
        """Why it cannot be used at this instant, if it cannot."""
        if self.revoked_at is not None:
            return "was revoked"
        if self.expires_at is not None and self.expires_at <= now:
            return "has expired"
        return None


_NOBODYS = Key(
    id="0" * _ID_LENGTH,
    sha256="0" * 64,  # no secret is known that has this fingerprint
    actor=GivenActor(person="nobody", organisation="nobody", role=Role.CUSTOMER),
    scopes=(),
    created_at=datetime.min.replace(tzinfo=UTC),
)


class NewKey(NamedTuple):
    """A key, and its text, which nobody can find out later."""

    key: Key
    text: str


def new_key(
    actor: GivenActor, scopes: Iterable[Scope], now: datetime, expires_at: datetime | None = None
) -> NewKey:
    """Make a key for an actor; raises SystemIsNotGiven."""
    check_given(actor)
    own_id = "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH))
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    key = Key(
        id=own_id,
        sha256=_fingerprint(secret),
        actor=actor,
        scopes=tuple(sorted(set(scopes), key=lambda scope: scope.value)),
        created_at=now,
        expires_at=expires_at,
    )
    return NewKey(key, f"casecore_{own_id}_{secret}")


class KnownKeys:
    """Keys, of which one is found in a time that depends neither on how many there are nor on which.

    A key is found by its secret's SHA-256, and its id. How far the comparisons within such a look get depends
    on the fingerprint of what was shown. Nobody can choose that: who changes a guess changes all of its
    fingerprint, so the time of a guess says nothing of the next one; and part of a fingerprint leads to no
    secret. Ids are no secret. The whole fingerprint and the id are then compared in constant time, with those
    of nobody where no key was found.
    """

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        self.all = tuple(keys)
        self._by_fingerprint = {(key.sha256, key.id): key for key in self.all}

    def identify(self, text: str, now: datetime) -> Identity:
        """Whose key this is; raises NotAuthenticated."""
        form = _FORM.fullmatch(text)
        own_id, secret = form.groups() if form else ("", "")
        given = _fingerprint(secret)
        found = self._by_fingerprint.get((given, own_id), _NOBODYS)
        is_same = hmac.compare_digest(found.sha256, given) & hmac.compare_digest(found.id, own_id)
        if not is_same:
            raise NotAuthenticated("The key is not known here.")
        if fault := found.fault_at(now):
            raise NotAuthenticated(f"The key {found.id} {fault}.")
        return Identity(found.actor, frozenset(found.scopes), found.id)


def revoked(keys: Iterable[Key], own_id: str, now: datetime) -> list[Key]:
    """All keys, with this one revoked; one that is revoked already stays as it is. Raises KeyNotFound."""
    found = list(keys)
    if own_id not in {key.id for key in found}:
        raise KeyNotFound(own_id)
    return [
        msgspec.structs.replace(key, revoked_at=now) if key.id == own_id and key.revoked_at is None else key
        for key in found
    ]


def _fingerprint(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
