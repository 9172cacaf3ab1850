"""The event loop of the server: uvloop, with a deadline for the handshake of TLS.

Its own is 60 seconds, and until then no protocol knows of the connection.
"""

from __future__ import annotations

from asyncio import AbstractServer
from typing import Any

import uvloop

HANDSHAKE_SECONDS = 10


class BoundedLoop(uvloop.Loop):
    """A loop whose servers end connections that do not finish their handshake."""

    async def create_server(self, *args: Any, **options: Any) -> AbstractServer:  # type: ignore[override]
        """As the loop does."""
        if options.get("ssl") is not None:
            options.setdefault("ssl_handshake_timeout", HANDSHAKE_SECONDS)
        server: AbstractServer = await super().create_server(*args, **options)
        return server
