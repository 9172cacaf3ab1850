"""Who speaks to the server itself: proxies, which say from where a request came, and others, who cannot."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from casecore.app.running.listening import is_loopback
from casecore.errors.kinds import CasecoreError, Kind

_PEER = "casecore.peer"
"""In the scope of a request, who opened its connection; `client` is from where it came, by the proxies."""
_UNDECLARED = "casecore.undeclared"
"""In the scope of a request, that nobody has declared who opened its connection, and must have."""
_RELAYED = "casecore.relayed"
"""In the scope of a request that was passed on, and of which no declared proxy says from where it came."""
_FORWARDED_FOR = b"x-forwarded-for"
_OF_PROXIES = frozenset({b"forwarded", b"via", b"x-real-ip", _FORWARDED_FOR})


class PeerNotDeclared(CasecoreError):
    """Somebody speaks to the server past the proxy that encrypts."""

    kind = Kind.FORBIDDEN

    def __init__(self) -> None:
        super().__init__("this server is spoken to through its proxy only: send the request there")


class Peers:
    """Middleware that takes the headers of declared proxies, and of nobody else, for where a request came
    from.
    """

    def __init__(self, app: ASGIApp, proxies: Sequence[str], *, only_proxies: bool) -> None:
        """`proxies` are networks; with `only_proxies` nobody else is answered who is not on this machine."""
        self._networks = [ip_network(one) for one in proxies]
        self._is_declared = lru_cache(128)(self._is_in_networks)  # it is asked of each request
        self._only_proxies = only_proxies
        self._app: ASGIApp = app
        if proxies:
            self._app = ProxyHeadersMiddleware(app, list(proxies))  # type: ignore[arg-type, assignment]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or the lifespan."""
        if scope["type"] == "http":
            peer = scope["client"]
            host = peer[0] if peer else ""
            scope[_PEER] = peer
            scope[_RELAYED] = self._is_relayed(scope, host)
            scope[_UNDECLARED] = self._only_proxies and not (is_loopback(host) or self._is_declared(host))
        await self._app(scope, receive, send)

    def _is_relayed(self, scope: Scope, host: str) -> bool:
        given = [(name, value) for name, value in scope["headers"] if name in _OF_PROXIES]
        if not given:
            return False
        says_from_where = any(name == _FORWARDED_FOR and value.strip() for name, value in given)
        return not (says_from_where and self._is_declared(host))

    def _is_in_networks(self, host: str) -> bool:
        try:
            return any(ip_address(host) in one for one in self._networks)
        except ValueError:  # a connection that has ended has no address
            return False


def check_declared(scope: Scope) -> None:
    """Raise PeerNotDeclared for a request that comes past the proxy."""
    if scope.get(_UNDECLARED, False):
        raise PeerNotDeclared


def is_from_this_machine(scope: Scope) -> bool:
    """Whether a request comes from this machine, also by the headers of a proxy: those alone are not
    believed, since a proxy may pass on what its own caller has written there. What a proxy has passed on that
    nobody declared, or that does not say in X-Forwarded-For for whom, comes from anywhere.
    """
    if scope.get(_RELAYED, False):
        return False
    found = (scope.get("client"), scope.get(_PEER, scope.get("client")))
    return all(one is not None and is_loopback(one[0]) for one in found)
