"""The key of a parked record as people read it and give it back."""

from __future__ import annotations

from projections.kit.errors import InvalidKey

_HEX = "hex:"


def key_text(key: bytes) -> str:
    """A key as text; as `hex:` and its bytes where it is not plain ASCII, or begins with that itself."""
    text = key.decode("ascii", errors="replace")
    plain = text.isprintable() and text.isascii() and key and not text.startswith(_HEX)
    return text if plain else _HEX + key.hex()


def raw_key(key: str) -> bytes:
    """The key that `key_text` wrote so; raises InvalidKey."""
    if not key.startswith(_HEX):
        return key.encode(errors="surrogateescape")
    try:
        return bytes.fromhex(key.removeprefix(_HEX))
    except ValueError:
        raise InvalidKey(key) from None
