"""How far a view has come in a partition."""

from __future__ import annotations

from typing import NamedTuple


class Claimed(NamedTuple):
    """A partition as the view stores it: which topic it was built from, and the offset to go on from."""

    topic: str
    partition: int
    topic_id: str
    next_offset: int
