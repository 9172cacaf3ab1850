"""Where an issuer does what: from its document of OpenID Connect Discovery 1.0, which is kept for minutes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Annotated, Any

import httpx2 as httpx
import msgspec
import structlog

from casecore.identity.documents import check_address, get_json
from casecore.identity.errors import InvalidIssuerFile, IssuerUnavailable

_KEPT_SECONDS = 600
_SECONDS_BETWEEN_FAILURES = 5
_Address = Annotated[str, msgspec.Meta(max_length=2_000)]

_log = structlog.get_logger()


class Endpoints(msgspec.Struct, frozen=True):
    """What the code flow needs of the issuer's document; an issuer that names no way takes `basic`."""

    issuer: str
    authorization_endpoint: _Address
    token_endpoint: _Address
    end_session_endpoint: _Address = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)

    @property
    def takes_basic(self) -> bool:
        """Whether a client shows its secret in the header Authorization, and not in the form."""
        return "client_secret_basic" in self.token_endpoint_auth_methods_supported


class IssuerEndpoints:
    """The endpoints of an issuer; for many threads.

    They are fetched when they are first needed, and again when they are old. While the issuer does not
    answer, old ones go on, and it is asked again some seconds later at the earliest.
    """

    def __init__(
        self, issuer: str, seconds: Callable[[], float], get: Callable[[str], Mapping[str, Any]] = get_json
    ) -> None:
        """`seconds` is a clock that never runs back; `get` fetches a JSON document by its address."""
        self._issuer = issuer
        self._seconds = seconds
        self._get = get
        self._known: Endpoints | None = None
        self._ask_again_at = float("-inf")
        self._asking = Lock()

    def find(self) -> Endpoints:
        """The endpoints; raises IssuerUnavailable."""
        if self._seconds() >= self._ask_again_at:
            with self._asking:
                if self._seconds() >= self._ask_again_at:
                    self._fetch()
        if self._known is None:
            raise IssuerUnavailable(
                "The issuer, at which people log in, does not answer now: try again later."
            )
        return self._known

    def _fetch(self) -> None:
        try:
            document = self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            found = msgspec.convert(document, Endpoints)
            if found.issuer != self._issuer:
                raise ValueError("the document is about another issuer")
            for name in ("authorization_endpoint", "token_endpoint", "end_session_endpoint"):
                if where := getattr(found, name):
                    check_address(where, name)
                    if not (where.isascii() and where.isprintable()):
                        raise ValueError(f"{name} is not an address")
            self._known = found
            self._ask_again_at = self._seconds() + _KEPT_SECONDS
        except (httpx.HTTPError, InvalidIssuerFile, msgspec.MsgspecError, ValueError) as fault:
            self._ask_again_at = self._seconds() + _SECONDS_BETWEEN_FAILURES
            _log.warning("issuer_names_no_endpoints", issuer=self._issuer, reason=repr(fault)[:500])
