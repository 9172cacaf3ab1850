"""Who is logged in to the page: kept in PostgreSQL, so that every process knows it, until it ends."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.identity.identity import Identity, Scope
from casecore.postgres.errors import mapped_errors
from casecore.postgres.limits import STORE
from casecore.postgres.pool import SessionPool

LONGEST = timedelta(hours=12)
"""A working day, after which one logs in again."""

_KEPT = timedelta(days=7)
_SECRET_BYTES = 32

# Several processes tidy up at a time: none waits for what another one has under way.
_BEGIN = """
with old as (
  delete from casecore.logins where secret_sha256 in (
    select secret_sha256 from casecore.logins where expires_at < %(now)s - %(kept)s for update skip locked
  )
),
expired as (
  update casecore.logins set id_token = null where secret_sha256 in (
    select secret_sha256 from casecore.logins
    where expires_at between %(now)s - %(kept)s and %(now)s and id_token is not null for update skip locked
  )
)
insert into casecore.logins
  (secret_sha256, role, organisation, person, scopes, shown_by, by_key, begun_at, expires_at, id_token)
values (%(secret)s, %(role)s, %(organisation)s, %(person)s, %(scopes)s, %(shown_by)s, %(by_key)s, %(now)s,
  %(expires_at)s, %(id_token)s)
"""
_FIND = """
select role, organisation, person, scopes, shown_by, by_key, expires_at from casecore.logins
where secret_sha256 = %(secret)s and ended_at is null and expires_at > %(now)s
"""
_END = """
with found as (
  select secret_sha256, id_token from casecore.logins
  where secret_sha256 = %(secret)s and ended_at is null for update
)
update casecore.logins set ended_at = %(now)s, id_token = null from found
where logins.secret_sha256 = found.secret_sha256
returning found.id_token
"""


class Login(NamedTuple):
    """Somebody who is logged in, until an instant."""

    identity: Identity
    expires_at: datetime


class Logins:
    """All who are logged in; for many threads. Its methods raise DatabaseUnavailable and TablesMissing."""

    def __init__(self, sessions: SessionPool, is_key_taken: Callable[[str], bool]) -> None:
        """`is_key_taken` says whether the key with an id can be used; it raises what reading keys raises."""
        self._sessions = sessions
        self._is_key_taken = is_key_taken

    def begin(
        self,
        identity: Identity,
        now: datetime,
        *,
        by_key: bool,
        expires_at: datetime | None,
        id_token: str = "",
    ) -> str:
        """Log somebody in, at most until an instant; returns the secret that the browser shows from now on.

        `id_token` is what the issuer said of it, empty for a key. The secret is random and always new, so
        that nobody can make a browser use one that they know.
        """
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        limit = now + LONGEST
        given = {
            "secret": secret_fingerprint(secret),
            "role": identity.actor.role.value,
            "organisation": identity.actor.organisation,
            "person": identity.actor.person,
            "scopes": sorted(scope.value for scope in identity.scopes),
            "shown_by": identity.shown_by,
            "by_key": by_key,
            "now": now,
            "expires_at": min(expires_at or limit, limit),
            "id_token": id_token or None,
            "kept": _KEPT,
        }
        with mapped_errors(), self._sessions.borrowed(STORE) as connection:
            connection.execute(_BEGIN, given)
        return secret

    def find(self, secret: str, now: datetime) -> Login | None:
        """Who is logged in with this secret; None for nobody, or no more."""
        given = {"secret": secret_fingerprint(secret), "now": now}
        with mapped_errors(), self._sessions.borrowed(STORE) as connection:
            row = connection.execute(_FIND, given).fetchone()
        if row is None:
            return None
        role, organisation, person, scopes, shown_by, by_key, expires_at = row
        if by_key and not self._is_key_taken(shown_by):
            return None
        actor = GivenActor(person=person, organisation=organisation, role=Role(role))
        return Login(Identity(actor, frozenset(map(Scope, scopes)), shown_by), expires_at)

    def end(self, secret: str, now: datetime) -> str:
        """Log out whoever is logged in with this secret.

        Returns the ID token by which one logs out at the issuer, empty if there is none.
        """
        with mapped_errors(), self._sessions.borrowed(STORE) as connection:
            row = connection.execute(_END, {"secret": secret_fingerprint(secret), "now": now}).fetchone()
        return (row[0] or "") if row else ""


def secret_fingerprint(secret: str) -> bytes:
    """What is kept of a browser's secret; a fast hash is right for it: it cannot be guessed."""
    return sha256(secret.encode()).digest()
