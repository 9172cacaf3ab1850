"""ID tokens: what an issuer says of a login at it (OpenID Connect Core 1.0, 2 and 3.1.3.7)."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256, sha384, sha512
from typing import Any

from joserfc import jwt

from casecore.identity.errors import NotAuthenticated
from casecore.identity.issuer import IssuerKeys
from casecore.identity.signed import LEEWAY_SECONDS, read_header, said_of_token, signed_claims

_TYPES = ("", "jwt", "application/jwt")
_HASHES = {"256": sha256, "384": sha384, "512": sha512}


def check_id_token(
    text: str,
    keys: IssuerKeys,
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str,
    now_seconds: int,
) -> None:
    """Raise NotAuthenticated unless an ID token is the answer to a login of this client that began with
    `nonce`.

    Raises IssuerUnavailable where its key is not known, and cannot be asked for.
    """
    header = read_header(text, _TYPES, "The ID token is of another type (typ).")
    with said_of_token():
        claims = signed_claims(text, header.alg, keys.with_id(header.kid))
        jwt.JWTClaimsRegistry(
            now=now_seconds,
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)
    _check_party(claims, client_id)
    _check_hash(claims.get("at_hash"), access_token, header.alg)


def _check_party(claims: Mapping[str, Any], client_id: str) -> None:
    """A token for several names the one that has asked for it, and so may any other."""
    audience = claims["aud"]
    is_for_others = isinstance(audience, list) and audience != [client_id]
    party = claims.get("azp")
    if (party is not None or is_for_others) and party != client_id:
        raise NotAuthenticated("The ID token was given to another client (azp).")


def _check_hash(claim: object, access_token: str, alg: str) -> None:
    """The access token has to be the one that belongs to it, if it says which one does."""
    if claim is None:
        return
    digest = _HASHES.get(alg[-3:], sha512)(access_token.encode()).digest()  # of EdDSA it is SHA-512
    right = urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")
    if not hmac.compare_digest(str(claim).encode(), right.encode()):
        raise NotAuthenticated("The access token is not the one of the ID token (at_hash).")
