"""What an issuer has signed (JWS, RFC 7515, as a JWT, RFC 7519): its header, and its claims by its keys."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
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

from casecore.identity.errors import NotAuthenticated

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

_MOST_BYTES = 8 * 1024
LEEWAY_SECONDS = 30
"""By which the clocks of the issuer and of this machine may differ."""

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


class TokenHeader(NamedTuple):
    """What a token says of its signature; nobody has checked it."""

    alg: str
    kid: str


def read_header(text: str, types: Collection[str], of_another: str) -> TokenHeader:
    """The header of a token that we could take, whose type is one of these, in lower case, "" for none.

    Raises NotAuthenticated, which says `of_another` for a token of another type.
    """
    if len(text) > _MOST_BYTES:
        raise NotAuthenticated(f"The token is longer than {_MOST_BYTES} characters.")
    with said_of_token():
        header = _decode_object(urlsafe_b64decode(text.encode("ascii").partition(b".")[0]))
    if brought := _KEYS_OF_ITS_OWN & header.keys():
        raise NotAuthenticated(f"The token brings a key of its own ({', '.join(sorted(brought))}).")
    if asks := _EXTENSIONS & header.keys():
        raise NotAuthenticated(f"The token asks for what is not known here ({', '.join(sorted(asks))}).")
    if str(header.get("typ", "")).lower() not in types:
        raise NotAuthenticated(of_another)
    alg, kid = header.get("alg"), header.get("kid")
    if not isinstance(alg, str) or alg not in ALGORITHMS:
        allowed = ", ".join(ALGORITHMS)
        raise NotAuthenticated(f"The token cannot be taken: its alg is not allowed; those are: {allowed}.")
    if not isinstance(kid, str):
        raise NotAuthenticated("The token does not say by which key it is signed (kid).")
    return TokenHeader(alg, kid)


def signed_claims(text: str, alg: str, keys: Iterable[Key]) -> dict[str, Any]:
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
def said_of_token() -> Iterator[None]:
    """Turn what is wrong with a token into NotAuthenticated."""
    try:
        yield
    except (JoseError, ValueError, RecursionError) as wrong:
        raise NotAuthenticated(f"The token cannot be taken: {_reason(wrong)}.") from None


def _reason(wrong: Exception) -> str:
    return str(wrong).rstrip(".")[:200] or type(wrong).__name__
