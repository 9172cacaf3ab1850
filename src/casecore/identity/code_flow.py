"""The code flow, by which people log in at the issuer: where they are sent, and what they come back with.

Sources of the rules: OpenID Connect Core 1.0, 3.1, with RFC 7636 (PKCE), RFC 8707 (resource), RFC 9700 (what
is best done now), and OpenID Connect RP-Initiated Logout 1.0.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx2 as httpx
import msgspec
import structlog

from casecore.identity.documents import post_form
from casecore.identity.endpoints import IssuerEndpoints
from casecore.identity.errors import IssuerUnavailable, NotAuthenticated
from casecore.identity.id_tokens import check_id_token
from casecore.identity.identity import Identity
from casecore.identity.issuer import PageClient, TrustedIssuer
from casecore.identity.tokens import Tokens

_BYTES = 32
_SIGNED_PARTS = 3
_REFUSED, _UNKNOWN_CLIENT = 400, 401
_OPAQUE = (
    "The access token is not a JWT, so it says nothing of its bearer: register {audience} at the issuer as "
    "an API whose access tokens are JWTs (RFC 9068)."
)
_USELESS = "The access token may be used for nothing here: let the issuer give the person a scope ({claim})."

_log = structlog.get_logger()


class Attempt(NamedTuple):
    """An attempt to log in, of one browser: what the issuer gives back, and what shows that it is ours."""

    state: str
    nonce: str
    verifier: str


class AtIssuer(NamedTuple):
    """Who has logged in at the issuer, and the token by which one logs out there."""

    identity: Identity
    id_token: str


def new_attempt() -> Attempt:
    """An attempt that nobody can guess."""
    return Attempt(*(secrets.token_urlsafe(_BYTES) for _ in Attempt._fields))


class CodeFlow:
    """The page as a client of an issuer; for many threads."""

    def __init__(
        self,
        issuer: TrustedIssuer,
        client: PageClient,
        secret: str,
        tokens: Tokens,
        endpoints: IssuerEndpoints,
    ) -> None:
        """`secret` is the client's, empty if it is public; `tokens` reads access tokens as the API does."""
        self._issuer = issuer
        self.client = client
        self._secret = secret
        self._tokens = tokens
        self._endpoints = endpoints

    @property
    def issuer(self) -> str:
        """The issuer's own name for itself."""
        return self._issuer.issuer

    @property
    def name(self) -> str:
        """What people call the issuer."""
        return self.client.name or urlsplit(self._issuer.issuer).netloc

    def start_address(self, attempt: Attempt, back: str) -> str:
        """Where a browser is sent to log in, and from there to `back`; raises IssuerUnavailable."""
        challenge = urlsafe_b64encode(sha256(attempt.verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": back,
            "scope": self.client.scope or " ".join(("openid", *self._issuer.scopes)),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **self._for_us(),
        }
        return _with(self._endpoints.find().authorization_endpoint, asked)

    def identify(self, code: str, attempt: Attempt, back: str, now_seconds: int) -> AtIssuer:
        """Who has come back with a code, at an instant (Unix time).

        Raises NotAuthenticated and IssuerUnavailable.
        """
        given = self._tokens_for(code, attempt, back)
        id_token, access_token = _text(given, "id_token"), _text(given, "access_token")
        check_id_token(
            id_token,
            self._tokens.keys,
            issuer=self._issuer.issuer,
            client_id=self.client.client_id,
            nonce=attempt.nonce,
            access_token=access_token,
            now_seconds=now_seconds,
        )
        if access_token.count(".") != _SIGNED_PARTS - 1:
            raise NotAuthenticated(_OPAQUE.format(audience=self._issuer.audience))
        identity = self._tokens.identify(access_token, now_seconds)
        if identity.shown_by != self.client.client_id:
            raise NotAuthenticated("The access token is that of another client.")
        if not identity.scopes:
            raise NotAuthenticated(_USELESS.format(claim=self._issuer.claims.scopes))
        return AtIssuer(identity, id_token)

    def end_address(self, id_token: str, back: str) -> str:
        """Where a browser is sent to log out at the issuer, and from there to `back`.

        Empty if the issuer has no such place, or does not say now.
        """
        try:
            where = self._endpoints.find().end_session_endpoint
        except IssuerUnavailable:
            return ""
        asked = {
            "id_token_hint": id_token,
            "client_id": self.client.client_id,
            "post_logout_redirect_uri": back,
        }
        return _with(where, asked) if where else ""

    def _for_us(self) -> Mapping[str, str]:
        audience, by = self._issuer.audience, self.client.audience_by
        if by is None:
            by = "resource" if urlsplit(audience).scheme else ""
        return {by: audience} if by else {}

    def _tokens_for(self, code: str, attempt: Attempt, back: str) -> Mapping[str, Any]:
        """What the issuer gives for a code."""
        endpoints = self._endpoints.find()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": attempt.verifier,
            **self._for_us(),
        }
        login = None
        if self._secret and endpoints.takes_basic:
            login = (quote_plus(self.client.client_id), quote_plus(self._secret))  # RFC 6749, 2.3.1
        else:
            form["client_id"] = self.client.client_id
            form |= {"client_secret": self._secret} if self._secret else {}
        try:
            status, given = post_form(endpoints.token_endpoint, form, login)
        except (httpx.HTTPError, msgspec.DecodeError, ValueError) as fault:
            _log.warning("issuer_gave_no_tokens", issuer=self._issuer.issuer, reason=repr(fault)[:500])
            raise IssuerUnavailable(_NO_ANSWER) from None
        if status == httpx.codes.OK:
            return given
        error = str(given.get("error"))[:100]
        _log.warning("issuer_gave_no_tokens", issuer=self._issuer.issuer, status=status, error=error)
        if status not in (_REFUSED, _UNKNOWN_CLIENT):
            raise IssuerUnavailable(_NO_ANSWER)
        if error in ("invalid_client", "unauthorized_client"):
            raise NotAuthenticated(f"The issuer does not take this client or its secret ({error}).")
        raise NotAuthenticated(f"The issuer gives no tokens for this login ({error!a}).")


_NO_ANSWER = "The issuer, at which people log in, does not answer now: try again later."


def _with(address: str, asked: Mapping[str, str]) -> str:
    """An address with more parameters (RFC 6749, 3.1: it may have some)."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"


def _text(given: Mapping[str, Any], name: str) -> str:
    found = given.get(name)
    if not isinstance(found, str) or not found.isascii():
        raise NotAuthenticated(f"The issuer gave no {name}: let the client have the scope openid.")
    return found
