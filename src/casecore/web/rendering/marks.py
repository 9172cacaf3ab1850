"""Marks texts for translation."""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802 - the name by which texts to translate are found
    """A text that is translated where it is shown."""
    return text
