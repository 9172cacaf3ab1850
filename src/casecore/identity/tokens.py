"""Access tokens of an issuer (OAuth 2.0, RFC 9068): checked against its keys, and read as an identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joserfc import jwt

from casecore.contract.envelope import Role
from casecore.decider.command import AN_ID, LONGEST_ID, GivenActor
from casecore.decider.ids import fault_of_given_id
from casecore.identity.errors import NotAuthenticated
from casecore.identity.identity import Identity, Scope
from casecore.identity.issuer import IssuerKeys, TrustedIssuer
from casecore.identity.signed import LEEWAY_SECONDS, read_header, said_of_token, signed_claims

_TYPES = ("at+jwt", "application/at+jwt")
"""RFC 9068, 2.1: an ID token is signed by the same keys and is not for us; this tells them apart."""
_OF_ANOTHER_TYPE = "The token is not an access token (typ at+jwt): ask the issuer for one."

_LONGEST_CLIENT_ID = 200  # some issuers take an address for it


class Tokens:
    """Reads the tokens of one issuer."""

    def __init__(self, issuer: TrustedIssuer, keys: IssuerKeys) -> None:
        self._issuer = issuer
        self.keys = keys

    def needs_issuer(self, text: str) -> bool:
        """Whether `identify` has to wait for the issuer: the token names a key that is not known yet."""
        try:
            return self.keys.needs_issuer(read_header(text, _TYPES, _OF_ANOTHER_TYPE).kid)
        except NotAuthenticated:
            return False

    def identify(self, text: str, now_seconds: int) -> Identity:
        """Whose token this is, at this instant (Unix time); raises NotAuthenticated and IssuerUnavailable."""
        header = read_header(text, _TYPES, _OF_ANOTHER_TYPE)
        keys = self.keys.with_id(header.kid)
        if not keys:
            raise NotAuthenticated("The token is signed by a key that its issuer does not have.")
        with said_of_token():
            claims = signed_claims(text, header.alg, keys)
            self._registry(now_seconds).validate(claims)
        return self._identity(claims)

    def _registry(self, now_seconds: int) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=now_seconds,
            leeway=LEEWAY_SECONDS,
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
        client = _id(claims, "client_id", _LONGEST_CLIENT_ID)
        return Identity(actor, self._scopes(claims.get(names.scopes)), client)

    def _scopes(self, claim: object) -> frozenset[Scope]:
        words = claim.split(" ") if isinstance(claim, str) else claim if isinstance(claim, list) else []
        known = self._issuer.scopes
        return frozenset(known[word] for word in words if isinstance(word, str) and word in known)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise NotAuthenticated(f"The token has no text as its claim {name}.")
    return value


def _id(claims: Mapping[str, Any], name: str, longest: int = LONGEST_ID) -> str:
    value = _text(claims, name)
    fault = fault_of_given_id(value, longest)
    if fault is not None:
        raise NotAuthenticated(f"The token's claim {name} is {fault}: {AN_ID} is needed.")
    return value
