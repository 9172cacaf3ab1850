"""Histories as tables: exports, replay, mining, and what-if, for analysts and the tools they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from casecore.analysis.history import CaseHistories, open_history

__all__ = ["CaseHistories", "open_history"]


def __getattr__(name: str) -> Any:
    """What is asked of this package is imported then: its libraries are an extra, and take half a second."""
    if name not in __all__:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    from casecore.analysis import history

    return getattr(history, name)
