"""Large answers, which are in memory until the caller has taken them: of one organisation there are some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from starlette.types import Message, Send

from casecore.http.protection.shares import share_of

LARGE_BYTES = 128 * 1024
MOST_UNTAKEN = 128
"""Large answers that are being taken at a time: most have a megabyte at most, some four."""
_PIECE_BYTES = 64 * 1024


class LargeAnswers:
    """Those that are being taken."""

    def __init__(self, most: int = MOST_UNTAKEN) -> None:
        self._most = most
        self._of: Counter[str] = Counter()

    def has_share(self, organisation: str) -> bool:
        """Whether an organisation may have one more, as far as its own go."""
        return self._of[organisation] < share_of(self._most)

    def begin(self, organisation: str) -> bool:
        """One of an organisation is to be sent; whether there is room for it."""
        if self._of.total() >= self._most or not self.has_share(organisation):
            return False
        self._of[organisation] += 1
        return True

    def end(self, organisation: str) -> None:
        """One was taken, or its caller has gone."""
        self._of -= Counter([organisation])


def is_large(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether an answer with these headers is large; a stream, which has no length, is not."""
    return any(name.lower() == b"content-length" and int(value) > LARGE_BYTES for name, value in headers)


async def send_in_pieces(send: Send, message: Message) -> None:
    """Send a part of an answer piece by piece: each waits until the caller has taken those before."""
    body: bytes = message.get("body", b"")
    if len(body) <= _PIECE_BYTES:
        await send(message)
        return
    for at in range(0, len(body), _PIECE_BYTES):
        is_last = at + _PIECE_BYTES >= len(body)
        more_body = message.get("more_body", False) if is_last else True
        await send({**message, "body": body[at : at + _PIECE_BYTES], "more_body": more_body})
