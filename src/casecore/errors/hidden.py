"""Texts that must not show in an error, a log or a repr."""

from __future__ import annotations


class HiddenText(str):
    """A password or a key: a text like any other for who sends it, and dots for who prints what holds it.

    Only its own letters are it; what is made of it, by formatting or adding, is a plain text again.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'…'"
