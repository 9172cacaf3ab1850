"""Places in lists: a page goes on after one, which its caller has kept meanwhile, and which is checked."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

PlaceNumber: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""A number as PostgreSQL keeps it."""
