"""Access tokens of an issuer (OAuth 2.0, RFC 9068): checked against its keys, and read as an identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from casecore.contract.envelope import Role
from casecore.decider.command import ID_MEANS, GivenActor
from casecore.decider.ids import fault_of_id
from casecore.identity.errors import NotAuthenticated
from casecore.identity.identity import Identity, Scope
from casecore.identity.issuer import Issuer, IssuerKeys

ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""Those with a public key: nobody can sign with what the issuer publishes."""

_TYPES = ("at+jwt", "application/at+jwt")
"""RFC 9068, 2.1: an ID token is signed by the same keys and is not for us; this tells them apart."""

_MOST_BYTES = 8 * 1024
_LONGEST_ID = 100
_LEEWAY_SECONDS = 30
_ADDRESSES = frozenset({"jku", "jwk", "x5u", "x5c"})
"""Headers by which a token would bring its own key."""


class Tokens:
    """Reads the tokens of one issuer."""

    def __init__(self, issuer: Issuer, keys: IssuerKeys) -> None:
        self._issuer = issuer
        self._keys = keys

    def identify(self, text: str, now_seconds: int) -> Identity:
        """Whose token this is, at this instant (Unix time); raises NotAuthenticated and IssuerUnavailable."""
        if len(text) > _MOST_BYTES:
            raise NotAuthenticated(f"The token is longer than {_MOST_BYTES} characters.")
        try:
            token = self._checked(text.encode("ascii"))
            self._registry(now_seconds).validate(token.claims)
        except (JoseError, ValueError, UnicodeError, RecursionError) as wrong:
            raise NotAuthenticated(f"The token cannot be taken: {_reason(wrong)}.") from None
        return self._identity(token.claims)

    def _checked(self, text: bytes) -> jwt.Token:
        """The token, its signature checked with a key of the issuer."""
        header = jws.extract_compact(text).headers()
        if brought := _ADDRESSES & header.keys():
            raise NotAuthenticated(f"The token brings a key of its own ({', '.join(sorted(brought))}).")
        if str(header.get("typ", "")).lower() not in _TYPES:
            raise NotAuthenticated("The token is not an access token (typ at+jwt): ask the issuer for one.")
        kid = header.get("kid")
        if not isinstance(kid, str):
            raise NotAuthenticated("The token does not say by which key it is signed (kid).")
        keys = self._keys.with_id(kid)
        if not keys.keys:
            raise NotAuthenticated("The token is signed by a key that its issuer does not have.")
        return jwt.decode(text, keys, algorithms=ALGORITHMS, registry=JWSRegistry(algorithms=ALGORITHMS))

    def _registry(self, now_seconds: int) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=now_seconds,
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer.issuer},
            aud={"essential": True, "value": self._issuer.audience},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            client_id={"essential": True},
        )

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        names = self._issuer.claims
        role = _text(claims, names.role)
        roles = {one.value: one for one in Role if one is not Role.SYSTEM}
        if role not in roles:
            raise NotAuthenticated(f"The token's claim {names.role} is none of {', '.join(roles)}.")
        actor = GivenActor(
            person=_id(claims, names.person), organisation=_id(claims, names.organisation), role=roles[role]
        )
        return Identity(actor, self._scopes(claims.get(names.scopes)), str(claims["client_id"]))

    def _scopes(self, claim: object) -> frozenset[Scope]:
        words = claim.split() if isinstance(claim, str) else claim if isinstance(claim, list) else []
        known = self._issuer.scopes
        return frozenset(known[word] for word in words if isinstance(word, str) and word in known)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise NotAuthenticated(f"The token has no text as its claim {name}.")
    return value


def _id(claims: Mapping[str, Any], name: str) -> str:
    value = _text(claims, name)
    fault = fault_of_id(value) if 0 < len(value) <= _LONGEST_ID else f"of {len(value)} characters"
    if fault is not None:
        raise NotAuthenticated(
            f"The token's claim {name} is {fault}: {ID_MEANS[:1].lower()}{ID_MEANS[1:]} is needed."
        )
    return value


def _reason(wrong: Exception) -> str:
    return str(wrong).rstrip(".")[:200] or type(wrong).__name__
