"""Who asks: the bearer of a key of this installation, or of an access token of the issuer it trusts."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256

import structlog
from starlette.requests import Request

from casecore.errors.kinds import CasecoreError, Kind
from casecore.http.protection.exchange import note_identity
from casecore.http.protection.peers import is_from_this_machine
from casecore.http.requests.header_values import header_values
from casecore.identity.errors import InvalidKeyFile, KeysUnavailable, NotAuthenticated
from casecore.identity.identity import Identity, Scope
from casecore.identity.key_file import KeyFile
from casecore.identity.keys import KnownKeys
from casecore.identity.tokens import Tokens

_KEY_BEGINS = "casecore_"
_MOST_ASKING = 4
"""Threads that wait for the issuer; its keys are fetched by one of them, at most once a minute."""

_log = structlog.get_logger()


class ScopeMissing(CasecoreError):
    """The identity may not be used for this."""

    kind = Kind.FORBIDDEN

    def __init__(self, scopes: str) -> None:
        """`scopes` are those of which one is needed."""
        super().__init__(f"this needs an identity of the scope {scopes}")
        self.scope = scopes


class Authentication:
    """Tells who asks, by the header Authorization."""

    def __init__(
        self, keys: KeyFile | None, tokens: Tokens | None, *, keys_from_anywhere: bool = False
    ) -> None:
        """`keys` and `tokens` are what this server takes; None: it takes none of that kind.

        A key is taken only from a caller on this machine, and with `keys_from_anywhere` from every caller.
        """
        self._keys = None if keys is None else _KeysOfATurn(keys)
        self._keys_from_anywhere = keys_from_anywhere
        self._tokens = tokens
        # Threads of their own, so that an issuer that is slow keeps nobody waiting whose key is known.
        self._asking_issuer = ThreadPoolExecutor(_MOST_ASKING, "issuer")

    async def identify(self, request: Request) -> Identity:
        """Who asks; raises NotAuthenticated, IssuerUnavailable, KeysUnavailable and TooManyRequests."""
        identity = await self._identify(request)
        note_identity(request.scope, identity)
        return identity

    async def _identify(self, request: Request) -> Identity:
        given = header_values(request, b"authorization")
        scheme, _, shown = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        if scheme.lower() != "bearer" or not shown:
            raise NotAuthenticated(
                "Show who you are: send one header Authorization, Bearer and your key or token."
            )
        if shown.startswith(_KEY_BEGINS):
            if self._keys is None:
                raise NotAuthenticated("Keys are not taken here: send an access token of the issuer.")
            if not self._keys_from_anywhere and not is_from_this_machine(request.scope):
                raise NotAuthenticated(
                    "Keys are taken from this machine only: send an access token of the issuer."
                )
            return self._keys.identify(shown)
        if self._tokens is None:
            raise NotAuthenticated("Tokens are not taken here: send a key of this installation.")
        return await self._identify_by_token(self._tokens, shown)

    async def _identify_by_token(self, tokens: Tokens, shown: str) -> Identity:
        loop = asyncio.get_running_loop()
        if tokens.keys.are_due():
            loop.run_in_executor(self._asking_issuer, tokens.keys.refresh)  # nobody waits for it
        if not tokens.needs_issuer(shown):
            return tokens.identify(shown, int(time.time()))
        return await loop.run_in_executor(self._asking_issuer, tokens.identify, shown, int(time.time()))


class _KeysOfATurn:
    """The keys of a file, which is looked at once for all requests that have arrived by then.

    A request that arrives later is begun in a later turn of the event loop, which looks again. So a key is
    not taken for any request that is sent after it was revoked.
    """

    def __init__(self, file: KeyFile) -> None:
        self._file = file
        self._keys: KnownKeys | None = None
        self._found: dict[bytes, Identity] = {}

    def identify(self, shown: str) -> Identity:
        """Whose key this is. What is wrong with the file is for the log: it names the operator's files.

        One that was found in this turn is known by a fingerprint: how long that takes says nothing of it.
        """
        fingerprint = sha256(shown.encode()).digest()
        if (found := self._found.get(fingerprint)) is not None:
            return found
        try:
            found = self._found[fingerprint] = self._read().identify(shown, datetime.now(UTC))
            return found
        except (InvalidKeyFile, OSError) as fault:
            _log.error("keys_cannot_be_read", reason=str(fault))
            raise KeysUnavailable from None

    def _read(self) -> KnownKeys:
        if self._keys is None:
            self._keys = self._file.read()
            asyncio.get_running_loop().call_soon(self._forget)
        return self._keys

    def _forget(self) -> None:
        self._keys = None
        self._found.clear()


def check_scope(identity: Identity, *scopes: Scope) -> Identity:
    """The identity; raises ScopeMissing unless it may be used for one of these."""
    for scope in scopes:
        if identity.has(scope):
            return identity
    raise ScopeMissing(" or ".join(scope.value for scope in scopes))
