"""Rows as CSV for PostgreSQL's COPY, made by the JSON encoder, since this is the runner's hottest loop.

A row's JSON without its brackets is a line of CSV whose quote is ", whose escape is \\ and whose null is the
bare word, but for the escapes of control characters, which CSV holds as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

COPY_OPTIONS = """format csv, null 'null', quote '"', escape '\\'"""

_encode_lines = msgspec.json.Encoder().encode_lines
_decode = msgspec.json.Decoder(str).decode

# It may take a part of an escaped backslash for a control character, but never misses one.
_MAYBE_CONTROL = re.compile(rb'\\[^"\\]')
_ESCAPE = re.compile(rb"\\(?:u[0-9a-f]{4}|.)")
_KEPT = (b'\\"', b"\\\\")


def copy_text(rows: Sequence[tuple[object, ...]]) -> bytes:
    """The rows, a line each, for a COPY with COPY_OPTIONS. They hold text, numbers, instants, dates, UUIDs.

    Raises UnicodeEncodeError for text that is not UTF-8.
    """
    if not rows:
        return b""
    # Within a value JSON writes the end of a line as an escape, so these three bytes only occur between rows.
    text = _encode_lines(rows)[1:-2].replace(b"]\n[", b"\n") + b"\n"
    return _ESCAPE.sub(_plain, text) if _MAYBE_CONTROL.search(text) else text


def _plain(escape: re.Match[bytes]) -> bytes:
    written = escape.group()
    return written if written in _KEPT else _decode(b'"%b"' % written).encode()
