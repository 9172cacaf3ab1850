"""The part of Kafka's protocol in which a client shows who it is, on a plain socket.

The library has it, too, but keeps to itself what the server says: it tries again until its limit, and says
that it got nowhere.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

from kafka.net.sasl import get_sasl_mechanism

_LARGEST_ANSWER = 64 * 1024
# Kafka's protocol: "SaslHandshake" and "SaslAuthenticate", the versions of both whose forms are the simplest.
_HANDSHAKE, _HANDSHAKE_VERSION = 17, 1
_AUTHENTICATE, _AUTHENTICATE_VERSION = 36, 0
_NUMBER = 1  # each question waits for its answer


class Handshake(NamedTuple):
    """What a listener says to a login of some mechanism: an error's number, and which ones it takes."""

    code: int
    taken: tuple[str, ...]


def shake_hands(line: socket.socket, mechanism: str) -> Handshake:
    """Ask whether the listener takes this mechanism; none is empty, which no listener takes.

    Raises OSError, and ValueError where something else than Kafka answers.
    """
    name = mechanism.encode()
    answer = _asked(line, _HANDSHAKE, _HANDSHAKE_VERSION, struct.pack(">h", len(name)) + name)
    try:
        code, count = struct.unpack_from(">hi", answer)
        at, taken = 6, []
        for _ in range(count):
            (length,) = struct.unpack_from(">h", answer, at)
            taken.append(answer[at + 2 : at + 2 + length].decode())
            at += 2 + length
    except struct.error as error:
        raise ValueError("this is not Kafka") from error
    return Handshake(code, tuple(taken))


def is_taken(line: socket.socket, settings: Mapping[str, Any]) -> bool:
    """Log in after the handshake, with kafka-python's settings; whether the listener takes the login.

    Raises OSError, and ValueError where the server does not prove that it knows the password, too.
    """
    mechanism = get_sasl_mechanism(settings["sasl_mechanism"])(**settings)
    while not mechanism.is_done():
        said = mechanism.auth_bytes()
        answer = _asked(line, _AUTHENTICATE, _AUTHENTICATE_VERSION, struct.pack(">i", len(said)) + said)
        code, words = struct.unpack_from(">hh", answer)
        if code:
            return False
        (length,) = struct.unpack_from(">i", answer, 4 + max(0, words))
        mechanism.receive(answer[8 + max(0, words) :][: max(0, length)])
    return bool(mechanism.is_authenticated())


def _asked(line: socket.socket, key: int, version: int, body: bytes) -> bytes:
    request = struct.pack(">hhih", key, version, _NUMBER, -1) + body  # -1: a client without a name
    line.sendall(struct.pack(">i", len(request)) + request)
    (size,) = struct.unpack(">i", _received(line, 4))
    if not 6 <= size <= _LARGEST_ANSWER:
        raise ValueError("this is not Kafka")
    answer = _received(line, size)
    if struct.unpack_from(">i", answer)[0] != _NUMBER:
        raise ValueError("this is not Kafka")
    return answer[4:]


def _received(line: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = line.recv(size - len(found))
        if not part:
            raise ConnectionError("the connection was closed")
        found += part
    return found
