"""Amounts by the hour: what some minutes cost, rounded half up as all money is."""

from __future__ import annotations

_MINUTES = 60


def effort_cents(minutes: int, cents_per_hour: int) -> int:
    """What these minutes cost, in cents, half up; neither argument may be below zero."""
    return (2 * minutes * cents_per_hour + _MINUTES) // (2 * _MINUTES)
