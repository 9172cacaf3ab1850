"""Answers from the store itself, which are as new as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from casecore.app.application import Application

FoundT = TypeVar("FoundT")


def from_store(app: Application, read: Callable[[], FoundT]) -> FoundT:
    """What is read, which lacks nothing that was recorded before; the answer says so."""
    head = app.log.head()
    found = read()
    app.freshness.of_events(head, None)
    return found
