"""Who asks: the bearer of a key of this installation, or of an access token of the issuer it trusts."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

from starlette.requests import Request

from casecore.api.protection.exchange import note_identity
from casecore.errors.kinds import CasecoreError, Kind
from casecore.identity.errors import NotAuthenticated
from casecore.identity.identity import Identity, Scope
from casecore.identity.key_file import KeyFile
from casecore.identity.tokens import Tokens

_KEY_BEGINS = "casecore_"


class ScopeMissing(CasecoreError):
    """The identity may not be used for this."""

    kind = Kind.FORBIDDEN

    def __init__(self, *scopes: Scope) -> None:
        self.scope = " or ".join(scope.value for scope in scopes)
        super().__init__(f"this needs an identity of the scope {self.scope}")


class Authentication:
    """Tells who asks, by the header Authorization."""

    def __init__(self, keys: KeyFile | None, tokens: Tokens | None) -> None:
        """`keys` and `tokens` are what this server takes; None: it takes none of that kind."""
        self._keys = keys
        self._tokens = tokens

    async def identify(self, request: Request) -> Identity:
        """Who asks; raises NotAuthenticated, IssuerUnavailable, InvalidKeyFile and TooManyRequests."""
        identity = await self._identify(request)
        note_identity(request.scope, identity)
        return identity

    async def _identify(self, request: Request) -> Identity:
        given = request.headers.getlist("authorization")
        scheme, _, shown = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        if scheme.lower() != "bearer" or not shown:
            raise NotAuthenticated(
                "Show who you are: send one header Authorization, Bearer and your key or token."
            )
        if shown.startswith(_KEY_BEGINS):
            if self._keys is None:
                raise NotAuthenticated("Keys are not taken here: send an access token of the issuer.")
            return self._keys.identify(shown, datetime.now(UTC))
        if self._tokens is None:
            raise NotAuthenticated("Tokens are not taken here: send a key of this installation.")
        # In a thread, since the issuer may have to be asked for its keys.
        return await asyncio.to_thread(self._tokens.identify, shown, int(time.time()))


def check_scope(identity: Identity, *scopes: Scope) -> Identity:
    """The identity; raises ScopeMissing unless it may be used for one of these."""
    if not any(identity.has(scope) for scope in scopes):
        raise ScopeMissing(*scopes)
    return identity
