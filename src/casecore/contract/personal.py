"""Personal data in an event: plain text, or sealed under a key that can be destroyed."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec


class Plain(msgspec.Struct, frozen=True, tag_field="form", tag="plain"):
    """Personal text that anyone who may read the event may read."""

    text: str


class Sealed(msgspec.Struct, frozen=True, tag_field="form", tag="sealed"):
    """Personal text that only the holder of the key `key_id` can read; `ciphertext` is base64."""

    key_id: str
    ciphertext: str


Personal: TypeAlias = Annotated[
    Plain | Sealed,
    msgspec.Meta(description="Personal data, plain or sealed.", extra_json_schema={"x-personal": True}),
]


def legible(personal: Plain | Sealed | None) -> str | None:
    """The text, or a note that it is sealed; None for None."""
    match personal:
        case None:
            return None
        case Plain(text):
            return text
        case Sealed(key_id):
            return f"[sealed under {key_id}]"
