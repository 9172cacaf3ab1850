"""A client in a process of its own with many connections open at once: prints what each of them heard."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections import Counter

GET = b"GET /v1/echo HTTP/1.1\r\nHost: casecore.test\r\n\r\n"
_CONNECTIONS_OF_AN_ADDRESS = 2_500
"""Of one source address: each takes a port, and there are not ports for all."""


async def ask(port: int, number: int) -> tuple[str, asyncio.StreamWriter | None]:
    """What one connection hears: a status, or that it was closed; it stays open as long as it may."""
    source = f"127.0.0.{1 + number // _CONNECTIONS_OF_AN_ADDRESS}"
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    try:
        writer.write(GET)
        head = await reader.readuntil(b"\r\n\r\n")
    except (ConnectionError, asyncio.IncompleteReadError):
        return "closed", writer
    return head.split()[1].decode(), writer


async def main(port: int, connections: int) -> None:
    heard = await asyncio.gather(*(ask(port, number) for number in range(connections)))
    counts = Counter(says for says, _ in heard)
    print(json.dumps(counts), flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
