"""The issuer of tokens: the file that names it, and its keys, which are fetched when one is first needed.

Sources of the rules: OpenID Connect Discovery 1.0 for where the keys are, RFC 7517 for their form.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx2 as httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from casecore.errors.files import naming
from casecore.identity.errors import InvalidIssuerFile, IssuerUnavailable
from casecore.identity.identity import Scope

_SECONDS_BETWEEN_FETCHES = 60
_MOST_BYTES = 256 * 1024
_LIMIT_SECONDS = 5.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Under which claims a token says who its bearer is."""

    organisation: Name = "organisation"
    person: Name = "sub"
    role: Name = "role"
    scopes: Name = "scope"


class Issuer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose tokens are taken, and how they are read.

    `audience` is this installation, as the issuer knows it. `scopes` gives the issuer's own words for ours.
    """

    issuer: Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
    audience: Name
    claims: Claims = Claims()
    scopes: dict[Name, Scope] = msgspec.field(default_factory=lambda: {scope.value: scope for scope in Scope})


def read_issuer(path: Path) -> Issuer:
    """The issuer that a TOML file names; raises InvalidIssuerFile and OSError."""
    with naming(path):
        text = path.read_bytes()
    try:
        found = msgspec.convert(tomllib.loads(text.decode()), Issuer)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise InvalidIssuerFile(f"{path}: {wrong}") from None
    _check_address(found.issuer, f"{path}: issuer")
    return found


class IssuerKeys:
    """The keys of an issuer; for many threads.

    Keys are fetched when a token names one that is not known, at most once a minute, whatever is shown.
    """

    def __init__(
        self, issuer: str, seconds: Callable[[], float], get: Callable[[str], Mapping[str, Any]] | None = None
    ) -> None:
        """`seconds` is a clock that never runs back; `get` fetches a JSON document by its address."""
        self._issuer = issuer
        self._seconds = seconds
        self._get = get or _get_json
        self._keys: KeySet | None = None
        self._asked_at: float | None = None
        self._lock = Lock()

    def with_id(self, kid: str) -> KeySet:
        """The keys of this id, none if the issuer has none; raises IssuerUnavailable if none are known."""
        found = self._known(kid)
        if not found.keys:
            with self._lock:
                found = self._known(kid)
                if not found.keys and self._may_ask():
                    self._fetch()
                    found = self._known(kid)
        if self._keys is None:
            raise IssuerUnavailable("The issuer of tokens gave no keys: nobody can be known by a token now.")
        return found

    def _known(self, kid: str) -> KeySet:
        return KeySet([key for key in self._keys.keys if key.kid == kid] if self._keys else [])

    def _may_ask(self) -> bool:
        return self._asked_at is None or self._seconds() - self._asked_at >= _SECONDS_BETWEEN_FETCHES

    def _fetch(self) -> None:
        """Fetch all keys; if that fails, those that are known stay so."""
        self._asked_at = self._seconds()
        try:
            found = self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            if found["issuer"] != self._issuer:
                return
            where = str(found["jwks_uri"])
            _check_address(where, "jwks_uri")
            self._keys = _signing_keys(self._get(where))
        except (
            httpx.HTTPError,
            InvalidIssuerFile,
            JoseError,
            msgspec.DecodeError,
            LookupError,
            TypeError,
            ValueError,
        ):
            return


def _signing_keys(document: Mapping[str, Any]) -> KeySet:
    """The public keys that sign; a key that cannot be read does not keep the others from being known."""
    keys = []
    for one in document["keys"]:
        if one.get("use", "sig") == "sig" and one.get("kty") in ("RSA", "EC", "OKP") and one.get("kid"):
            try:
                keys += KeySet.import_key_set({"keys": [one]}).keys
            except (JoseError, ValueError, TypeError):
                continue
    return KeySet(keys)


def _check_address(address: str, where: str) -> None:
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return
    raise InvalidIssuerFile(f"{where} is {address[:200]!r}: give an address that begins with https://")


def _get_json(address: str) -> Mapping[str, Any]:
    """A JSON object, not longer than it may be; no redirect is followed. Raises HTTPError and ValueError."""
    with (
        httpx.Client(timeout=_LIMIT_SECONDS, follow_redirects=False) as client,
        client.stream("GET", address) as answer,
    ):
        if answer.status_code != httpx.codes.OK:
            raise ValueError(f"{address} answered {answer.status_code}")
        text = b""
        for part in answer.iter_bytes():
            text += part
            if len(text) > _MOST_BYTES:
                raise ValueError(f"{address} answers more than {_MOST_BYTES} bytes")
    return msgspec.json.decode(text, type=dict[str, Any])
