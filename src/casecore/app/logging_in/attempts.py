"""Attempts to log in at the issuer: kept in PostgreSQL, so that any process may take the browser back."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from casecore.app.logging_in.logins import secret_fingerprint
from casecore.identity.code_flow import Attempt
from casecore.postgres.errors import mapped_errors
from casecore.postgres.limits import STORE
from casecore.postgres.pool import SessionPool

LASTS = timedelta(minutes=10)
"""How long somebody may take to log in at the issuer."""

_SECRET_BYTES = 32

_BEGIN = """
with old as (
  delete from casecore.login_attempts where secret_sha256 in (
    select secret_sha256 from casecore.login_attempts where expires_at <= %(now)s for update skip locked
  )
)
insert into casecore.login_attempts (secret_sha256, state, nonce, verifier, return_to, expires_at)
values (%(secret)s, %(state)s, %(nonce)s, %(verifier)s, %(return_to)s, %(expires_at)s)
"""
# It is deleted before it is used, so that of two who bring the same one has nothing.
_TAKE = """
delete from casecore.login_attempts where secret_sha256 = %(secret)s and state = %(state)s
returning nonce, verifier, return_to, expires_at > %(now)s
"""


class BegunAttempt(NamedTuple):
    """An attempt, and the page to which the browser goes when it has succeeded."""

    attempt: Attempt
    return_to: str


class LoginAttempts:
    """All attempts that have not come back; for many threads.

    Its methods raise DatabaseUnavailable and TablesMissing.
    """

    def __init__(self, sessions: SessionPool) -> None:
        self._sessions = sessions

    def begin(self, begun: BegunAttempt, now: datetime) -> str:
        """Keep an attempt for ten minutes; returns the secret that the browser brings back with it."""
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        given = {
            "secret": secret_fingerprint(secret),
            **begun.attempt._asdict(),
            "return_to": begun.return_to,
            "now": now,
            "expires_at": now + LASTS,
        }
        with mapped_errors(), self._sessions.borrowed(STORE) as connection:
            connection.execute(_BEGIN, given)
        return secret

    def take(self, secret: str, state: str, now: datetime) -> BegunAttempt | None:
        """The attempt of the browser with this secret, which the issuer has named by its state; only once.

        None for one of another browser, for one that was taken already, and for one that has expired.
        """
        given = {"secret": secret_fingerprint(secret), "state": state, "now": now}
        with mapped_errors(), self._sessions.borrowed(STORE) as connection:
            row = connection.execute(_TAKE, given).fetchone()
        if row is None:
            return None
        nonce, verifier, return_to, lasts = row
        return BegunAttempt(Attempt(state, nonce, verifier), return_to) if lasts else None
