"""Which organisations a case may be opened among, and may publish: what an operator sets."""

from __future__ import annotations

from enum import Enum


class Organisations(Enum):
    """Which organisations are known, checked when a case opens and when something is published."""

    REGISTERED = "registered"
    """Registered parties, as soon as the store has one; a store without any keeps no register."""
    ANY = "any"
    """Any, by whatever id."""
