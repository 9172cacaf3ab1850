"""Cursors of the feed: a place in the log as a text that callers keep and cannot read.

A place tells how many events there are, also of others. So it is encrypted, each time to another text: who
compares cursors does not learn even whether anything has happened between them.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_NUMBER_BYTES = 8
_LENGTH = 16 + 2 * _NUMBER_BYTES  # the cipher's tag, what makes it another text each time, the place


class FeedCursors:
    """Writes and reads the cursors of one store."""

    def __init__(self, key: bytes) -> None:
        """`key` has 32 bytes, the same in all processes."""
        self._cipher = AESSIV(key)

    def write(self, position: int) -> str:
        """A place as a cursor."""
        plain = secrets.token_bytes(_NUMBER_BYTES) + position.to_bytes(_NUMBER_BYTES, "big")
        return urlsafe_b64encode(self._cipher.encrypt(plain, None)).decode().rstrip("=")

    def read(self, text: str) -> int | None:
        """The place of a cursor; None for a text that is not one of this store."""
        try:
            raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
            plain = self._cipher.decrypt(raw, None) if len(raw) == _LENGTH else b""
        except (ValueError, InvalidTag):
            return None
        return int.from_bytes(plain[_NUMBER_BYTES:], "big") if plain else None
