"""Who speaks to the server itself: proxies, which say from where a request came, and others, who cannot."""

from __future__ import annotations

from collections.abc import Sequence
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
"""In the scope of a request that a program has passed on which nobody has declared."""
_OF_PROXIES = frozenset({b"forwarded", b"via", b"x-forwarded-for", b"x-real-ip"})


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
        self._only_proxies = only_proxies
        self._app: ASGIApp = app
        if proxies:
            self._app = ProxyHeadersMiddleware(app, list(proxies))  # type: ignore[arg-type, assignment]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or the lifespan."""
        if scope["type"] == "http":
            scope[_PEER] = scope["client"]
            scope[_RELAYED] = not self._networks and not _OF_PROXIES.isdisjoint(
                [name for name, _ in scope["headers"]]
            )
            scope[_UNDECLARED] = self._only_proxies and not self._may_ask(scope["client"][0])
        await self._app(scope, receive, send)

    def _may_ask(self, peer: str) -> bool:
        return is_loopback(peer) or any(ip_address(peer) in one for one in self._networks)


def check_declared(scope: Scope) -> None:
    """Raise PeerNotDeclared for a request that comes past the proxy."""
    if scope.get(_UNDECLARED, False):
        raise PeerNotDeclared


def is_from_this_machine(scope: Scope) -> bool:
    """Whether a request comes from this machine, also by the headers of a proxy: those alone are not
    believed, since a proxy may pass on what its own caller has written there. What a proxy has passed on that
    nobody declared comes from anywhere.
    """
    if scope.get(_RELAYED, False):
        return False
    found = (scope.get("client"), scope.get(_PEER, scope.get("client")))
    return all(one is not None and is_loopback(one[0]) for one in found)
