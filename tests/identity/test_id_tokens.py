"""ID tokens: those of the issuer, for this client, of this login, are taken; nothing else is."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256, sha512
from typing import Any

import pytest
from joserfc.jwk import ECKey

from casecore.identity.errors import NotAuthenticated
from casecore.identity.id_tokens import check_id_token
from casecore.identity.issuer import IssuerKeys
from tests.identity.forging import EC, ED, ISSUER, NOW, RSA, Server, signed

ACCESS_TOKEN = "header.payload.signature"
OTHER = ECKey.generate_key("P-256", {"kid": "ec-1"})
"""Not the issuer's, under the id of one that is."""


def half(digest: bytes) -> str:
    return urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")


HASH = half(sha256(ACCESS_TOKEN.encode()).digest())
RIGHT: Mapping[str, Any] = {"aud": "page", "nonce": "of-this-login", "client_id": None, "at_hash": HASH}


def check(key: Any = RSA, alg: str = "RS256", typ: str | None = "JWT", **claims: Any) -> None:
    server = Server(RSA, EC, ED)
    check_id_token(
        signed(key, alg, typ, **{**RIGHT, **claims}),
        IssuerKeys(ISSUER, lambda: 0.0, server.get),
        issuer=ISSUER,
        client_id="page",
        nonce="of-this-login",
        access_token=ACCESS_TOKEN,
        now_seconds=NOW,
    )


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"typ": None},
        {"at_hash": None},
        {"azp": "page"},
        {"aud": ["page"]},
        {"aud": ["page", "casecore"], "azp": "page"},
        {"key": EC, "alg": "ES256"},
        {"key": ED, "alg": "EdDSA", "at_hash": half(sha512(ACCESS_TOKEN.encode()).digest())},
    ],
)
def test_the_answer_to_a_login_is_taken(claims: dict[str, Any]) -> None:
    check(**claims)


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"iss": "https://login.example.com.evil.example"}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": ["another"], "azp": "page"}, "aud"),
        ({"aud": ["page", "another"]}, "azp"),
        ({"azp": "another"}, "azp"),
        ({"nonce": "of-another-login"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"exp": NOW - 31}, "expired"),
        ({"exp": None}, "exp"),
        ({"iat": NOW + 31}, "future"),
        ({"sub": None}, "sub"),
        ({"at_hash": half(sha256(b"another").digest())}, "at_hash"),
        ({"at_hash": 7}, "at_hash"),
        ({"typ": "at+jwt"}, "typ"),
        ({"typ": "logout+jwt"}, "typ"),
        ({"key": OTHER, "alg": "ES256"}, "cannot be taken"),
    ],
)
def test_what_is_not_the_answer_to_this_login_is_refused(claims: dict[str, Any], says: str) -> None:
    with pytest.raises(NotAuthenticated, match=says):
        check(**claims)
