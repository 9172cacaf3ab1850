"""How far a request has arrived on a connection, and how much of what arrived is not its body."""

from __future__ import annotations

from enum import Enum

from casecore.http.protection.request_heads import (
    BADLY_CHUNKED,
    MOST_HEAD_BYTES,
    MOST_HEADERS,
    TOO_LARGE,
    RefusedRequest,
)

_FRAMING_BYTES = 8
"""Framing for each byte of a body: a chunk of one byte has 5."""
_LINE_BYTES = len(": \r\n")


class Receives(Enum):
    """What arrives on a connection now."""

    NOTHING = "nothing"
    HEAD = "head"
    BODY = "body"


class Progress:
    """Of one connection, whose requests arrive one after the other.

    `steps` counts what was completed: the same number means that nothing was.
    """

    def __init__(self) -> None:
        self.receives = Receives.NOTHING
        self.steps = 0
        self._headers = 0
        self._head_bytes = 0
        self._body_bytes = 0
        self._other_bytes = 0

    def bytes_arrive(self, count: int) -> None:
        """Bytes arrived, of whatever they are."""
        self._other_bytes += count

    def begin(self) -> None:
        """A request begins."""
        self._head_bytes = self._headers = 0
        self._step(Receives.HEAD)

    def target_arrives(self, target: bytes) -> RefusedRequest | None:
        """A part of the target; returns why it is refused, if it is."""
        self._head_bytes += len(target)
        return TOO_LARGE if self._head_bytes > MOST_HEAD_BYTES else None

    def header_arrives(self, name: bytes, value: bytes) -> RefusedRequest | None:
        """A header; returns why it is refused, if it is."""
        self._headers += 1
        self._head_bytes += len(name) + len(value) + _LINE_BYTES
        is_over = self._head_bytes > MOST_HEAD_BYTES or self._headers > MOST_HEADERS
        return TOO_LARGE if is_over else None

    def head_ends(self) -> None:
        """The head is complete."""
        self._other_bytes -= self._head_bytes
        self._step(Receives.BODY)

    def body_arrives(self, count: int) -> None:
        """Bytes of the body, of those that arrived."""
        self._other_bytes -= count
        self._body_bytes += count

    def end(self) -> None:
        """The request is complete."""
        self._other_bytes = self._body_bytes = 0
        self._step(Receives.NOTHING)

    def fault(self) -> RefusedRequest | None:
        """Why so much that is no body is refused, if it is: a head, chunks' extensions, or trailers."""
        if self._other_bytes <= MOST_HEAD_BYTES + _FRAMING_BYTES * self._body_bytes:
            return None
        return BADLY_CHUNKED if self.receives is Receives.BODY else TOO_LARGE

    def _step(self, receives: Receives) -> None:
        self.receives = receives
        self.steps += 1
