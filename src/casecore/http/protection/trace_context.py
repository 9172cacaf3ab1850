"""Trace ids (W3C Trace Context): the caller's own where it sends a valid one, a new one otherwise."""

from __future__ import annotations

import re
from random import Random
from typing import NamedTuple

# Version ff is forbidden; version 00 ends after the flags, a later one may go on behind a hyphen.
_TRACEPARENT = re.compile(rb"(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")
_NO_TRACE = b"0" * 32
_NO_PARENT = b"0" * 16
# An id is no secret, and asking the system for random bytes lets another thread go first.
_random = Random()  # noqa: S311


class TraceContext(NamedTuple):
    """The trace to which a request belongs, and the id of this part of it."""

    trace_id: str
    span_id: str

    @property
    def response_header(self) -> bytes:
        """The value of `traceresponse`; the flags are 00, since this server records no spans."""
        return f"00-{self.trace_id}-{self.span_id}-00".encode()


def trace_context(traceparent: bytes | None) -> TraceContext:
    """The trace of a request with this header, a new trace if there is none or it is not valid."""
    made = f"{_random.getrandbits(192):048x}"
    return TraceContext(_given_trace(traceparent) or made[:32], made[32:])


def _given_trace(traceparent: bytes | None) -> str | None:
    found = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if found is None:
        return None
    version, trace, parent, more = found.groups()
    if trace == _NO_TRACE or parent == _NO_PARENT or (version == b"00" and more is not None):
        return None
    return trace.decode()
