"""Texts as a mapping file has them."""

from __future__ import annotations

import json


def toml_text(text: str) -> str:
    """A text as TOML has it: on one line, of visible characters; bytes that are not text as `\\udcff`."""
    quoted = json.dumps(text.encode("utf-8", "backslashreplace").decode(), ensure_ascii=False)
    return "".join(one if one.isprintable() else _escaped(ord(one)) for one in quoted)


def _escaped(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
