"""Access tokens of an issuer (OAuth 2.0, RFC 9068): checked against its keys, and read as an identity."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    InvalidKeyCurveError,
    JoseError,
    KeyParameterError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from casecore.contract.envelope import Role
from casecore.decider.command import AN_ID, LONGEST_ID, GivenActor
from casecore.decider.ids import fault_of_given_id
from casecore.identity.errors import NotAuthenticated
from casecore.identity.identity import Identity, Scope
from casecore.identity.issuer import IssuerKeys, TrustedIssuer

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
_LONGEST_CLIENT_ID = 200  # some issuers take an address for it
_LEEWAY_SECONDS = 30
_KEYS_OF_ITS_OWN = frozenset({"jku", "jwk", "x5u", "x5c"})
"""Headers by which a token would bring its own key."""
_EXTENSIONS = frozenset({"crit", "b64"})
"""Headers that say: refuse this unless you know what it asks for (RFC 7515, 4.1.11, and RFC 7797)."""


class _Registry(JWSRegistry):
    """The algorithms, without a warning for each token that says EdDSA, as most issuers still do."""

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


# Any other header is ignored, as RFC 7515, 4 says.
_REGISTRY = _Registry(strict_check_header=False)


class Tokens:
    """Reads the tokens of one issuer."""

    def __init__(self, issuer: TrustedIssuer, keys: IssuerKeys) -> None:
        self._issuer = issuer
        self.keys = keys

    def needs_issuer(self, text: str) -> bool:
        """Whether `identify` has to wait for the issuer: the token names a key that is not known yet."""
        try:
            return self.keys.needs_issuer(_read_header(text).kid)
        except NotAuthenticated:
            return False

    def identify(self, text: str, now_seconds: int) -> Identity:
        """Whose token this is, at this instant (Unix time); raises NotAuthenticated and IssuerUnavailable."""
        header = _read_header(text)
        keys = self.keys.with_id(header.kid)
        if not keys:
            raise NotAuthenticated("The token is signed by a key that its issuer does not have.")
        with _said_of_token():
            claims = _claims(text, header.alg, keys)
            self._registry(now_seconds).validate(claims)
        return self._identity(claims)

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
        client = _id(claims, "client_id", _LONGEST_CLIENT_ID)
        return Identity(actor, self._scopes(claims.get(names.scopes)), client)

    def _scopes(self, claim: object) -> frozenset[Scope]:
        words = claim.split(" ") if isinstance(claim, str) else claim if isinstance(claim, list) else []
        known = self._issuer.scopes
        return frozenset(known[word] for word in words if isinstance(word, str) and word in known)


class _Header(NamedTuple):
    """What a token says of its signature; nobody has checked it."""

    alg: str
    kid: str


def _read_header(text: str) -> _Header:
    """A token's header; raises NotAuthenticated unless it is that of an access token that we could take."""
    if len(text) > _MOST_BYTES:
        raise NotAuthenticated(f"The token is longer than {_MOST_BYTES} characters.")
    with _said_of_token():
        header = _decode_object(urlsafe_b64decode(text.encode("ascii").partition(b".")[0]))
    if brought := _KEYS_OF_ITS_OWN & header.keys():
        raise NotAuthenticated(f"The token brings a key of its own ({', '.join(sorted(brought))}).")
    if asks := _EXTENSIONS & header.keys():
        raise NotAuthenticated(f"The token asks for what is not known here ({', '.join(sorted(asks))}).")
    if str(header.get("typ", "")).lower() not in _TYPES:
        raise NotAuthenticated("The token is not an access token (typ at+jwt): ask the issuer for one.")
    alg, kid = header.get("alg"), header.get("kid")
    if not isinstance(alg, str) or alg not in ALGORITHMS:
        allowed = ", ".join(ALGORITHMS)
        raise NotAuthenticated(f"The token cannot be taken: its alg is not allowed; those are: {allowed}.")
    if not isinstance(kid, str):
        raise NotAuthenticated("The token does not say by which key it is signed (kid).")
    return _Header(alg, kid)


def _claims(text: str, alg: str, keys: Iterable[Key]) -> dict[str, Any]:
    """The claims, if one of these keys has signed them; raises JoseError and ValueError."""
    for key in keys:
        try:
            _REGISTRY.get_alg(alg).check_key(key)
            return jwt.decode(text, key, registry=_REGISTRY, decoder_cls=_OnlyOnce).claims
        except (BadSignatureError, KeyParameterError, InvalidKeyCurveError):
            continue  # an issuer may have keys of several kinds under one id
    raise BadSignatureError


class _OnlyOnce(json.JSONDecoder):
    """Refuses a name that an object has twice: others might read the other value (RFC 7519, 4)."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{**given, "object_pairs_hook": _unique})


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found


def _decode_object(text: bytes) -> dict[str, Any]:
    found = json.loads(text, cls=_OnlyOnce)
    if not isinstance(found, dict):
        raise ValueError("the header is not an object")
    return found


@contextmanager
def _said_of_token() -> Iterator[None]:
    """Turn what is wrong with a token into NotAuthenticated."""
    try:
        yield
    except (JoseError, ValueError, RecursionError) as wrong:
        raise NotAuthenticated(f"The token cannot be taken: {_reason(wrong)}.") from None


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


def _reason(wrong: Exception) -> str:
    return str(wrong).rstrip(".")[:200] or type(wrong).__name__
