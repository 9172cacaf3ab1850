"""The issuer of tokens: the file that names it, and its keys, which are fetched when one is first needed.

Sources of the rules: OpenID Connect Discovery 1.0 for where the keys are, RFC 7517 for their form.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Annotated, Any, Literal

import httpx2 as httpx
import msgspec
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from casecore.errors.files import naming
from casecore.identity.documents import check_address, get_json
from casecore.identity.errors import InvalidIssuerFile, IssuerUnavailable
from casecore.identity.identity import Scope

_SECONDS_BETWEEN_FETCHES = 60
_SECONDS_UNTIL_KEYS_ARE_OLD = 600
_LONGEST_SECRET = 2_000
_SECRET = re.compile("[ -~]{1,1000}")  # RFC 6749, A.2
_PUBLIC = ("RSA", "EC", "OKP")

_log = structlog.get_logger()

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Under which claims a token says who its bearer is."""

    organisation: Name = "organisation"
    person: Name = "sub"
    role: Name = "role"
    scopes: Name = "scope"


class PageClient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """This installation's page as a client of the issuer, at which people log in.

    `client_secret_file` is a path from the file of the issuer; without one the client is public. `name` is
    what the button says. `scope` is what the client asks for; empty: openid and the issuer's words for ours.
    `audience_by` is the parameter by which it asks for tokens for this installation: that of RFC 8707, what
    the issuer has in its place, or none; by default the first if the audience is a URI, as it must be there.
    A login ends after so many hours, whatever the issuer says.
    """

    client_id: Name
    client_secret_file: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    name: Annotated[str, msgspec.Meta(max_length=60)] = ""
    scope: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    audience_by: Literal["resource", "audience", ""] | None = None
    hours: Annotated[int, msgspec.Meta(ge=1, le=12)] = 12


class TrustedIssuer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose tokens are taken, and how they are read.

    `audience` is this installation, as the issuer knows it. `scopes` gives the issuer's own words for ours.
    `page` is how people log in to the page; None: they do not.
    """

    issuer: Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
    audience: Name
    claims: Claims = Claims()
    scopes: dict[Name, Scope] = msgspec.field(default_factory=lambda: {scope.value: scope for scope in Scope})
    page: PageClient | None = None


def read_issuer(path: Path) -> TrustedIssuer:
    """The issuer that a TOML file names; raises InvalidIssuerFile and OSError."""
    with naming(path):
        text = path.read_bytes()
    try:
        found = msgspec.convert(tomllib.loads(text.decode()), TrustedIssuer)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise InvalidIssuerFile(f"{path}: {wrong}") from None
    check_address(found.issuer, f"{path}: issuer")
    return found


def read_client_secret(path: Path, client: PageClient) -> str:
    """The secret of the page, from the file that the issuer's file at a path names; empty for a public
    client.

    Raises InvalidIssuerFile and OSError.
    """
    if not client.client_secret_file:
        return ""
    file = path.parent / client.client_secret_file
    with naming(file):
        text = file.read_bytes()[:_LONGEST_SECRET]
    secret = text.strip().decode("ascii", "replace")
    if not _SECRET.fullmatch(secret):
        raise InvalidIssuerFile(
            f"{file} is not the secret of a client: put there what the issuer gave, in one line"
        )
    return secret


class IssuerKeys:
    """The keys of an issuer; for many threads.

    Keys are fetched when a token names one that is not known, and anew when they are old, so that a key which
    the issuer has withdrawn is soon taken no more. The issuer is asked at most once a minute, whatever is
    shown. While it does not answer, the known keys go on.
    """

    def __init__(
        self, issuer: str, seconds: Callable[[], float], get: Callable[[str], Mapping[str, Any]] | None = None
    ) -> None:
        """`seconds` is a clock that never runs back; `get` fetches a JSON document by its address."""
        self._issuer = issuer
        self._seconds = seconds
        self._get = get or get_json
        self._keys: tuple[Key, ...] = ()
        self._asked_at: float | None = None
        self._answered_at: float | None = None
        self._asking = Lock()

    def needs_issuer(self, kid: str) -> bool:
        """Whether `with_id` has to wait for the issuer's answer."""
        return not self._known(kid) and (self._may_ask() or self._asking.locked())

    def with_id(self, kid: str) -> list[Key]:
        """The keys of this id, none if the issuer has none.

        Raises IssuerUnavailable for an unknown id if the issuer gave no answer when it was last asked.
        """
        if self.needs_issuer(kid):
            with self._asking:
                if not self._known(kid) and self._may_ask():
                    self._fetch()
        found = self._known(kid)
        if not found and self._answered_at != self._asked_at:
            raise IssuerUnavailable(
                "The issuer of tokens gives no keys now, so nobody can tell whether this token is its own: "
                "send it again later."
            )
        return found

    def are_due(self) -> bool:
        """Whether the keys are old, and the issuer may be asked again; see `refresh`."""
        is_old = (
            self._answered_at is not None
            and self._seconds() - self._answered_at >= _SECONDS_UNTIL_KEYS_ARE_OLD
        )
        return is_old and self._may_ask()

    def refresh(self) -> None:
        """Fetch old keys again, unless another thread does."""
        if self._asking.acquire(blocking=False):
            try:
                if self.are_due():
                    self._fetch()
            finally:
                self._asking.release()

    def _known(self, kid: str) -> list[Key]:
        return [key for key in self._keys if key.kid == kid]

    def _may_ask(self) -> bool:
        return self._asked_at is None or self._seconds() - self._asked_at >= _SECONDS_BETWEEN_FETCHES

    def _fetch(self) -> None:
        """Fetch all keys; if that fails, those that are known stay so."""
        self._asked_at = now = self._seconds()
        try:
            found = self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            if found["issuer"] != self._issuer:
                raise ValueError("the document is about another issuer")
            where = str(found["jwks_uri"])
            check_address(where, "jwks_uri")
            self._keys = _signing_keys(self._get(where))
            self._answered_at = now
        except (
            httpx.HTTPError,
            InvalidIssuerFile,
            msgspec.DecodeError,
            LookupError,
            TypeError,
            ValueError,
        ) as fault:
            _log.warning("issuer_gave_no_keys", issuer=self._issuer, reason=repr(fault)[:500])


def _signing_keys(document: Mapping[str, Any]) -> tuple[Key, ...]:
    """The public keys that sign; a key that cannot be read does not keep the others from being known."""
    found: list[Key] = []
    for one in msgspec.convert(document["keys"], list[Any]):
        if not isinstance(one, dict) or one.get("kty") not in _PUBLIC or one.get("use", "sig") != "sig":
            continue
        if isinstance(one.get("kid"), str):  # else joserfc would give it an id of its own
            with suppress(JoseError, ValueError, TypeError, LookupError, AttributeError):
                found += KeySet.import_key_set({"keys": [one]}).keys
    return tuple(found)
