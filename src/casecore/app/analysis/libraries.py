"""The libraries for analysis, which are an extra: what is said where they are missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from casecore.analysis.errors import ExtraMissing

_OF_THE_EXTRA = ("duckdb", "loky", "polars", "pyarrow")


@contextmanager
def analysis_libraries() -> Iterator[None]:
    """Import what needs them within its block; raises ExtraMissing where they are not installed."""
    try:
        yield
    except ModuleNotFoundError as missing:
        name = (missing.name or "").split(".")[0]
        if name not in _OF_THE_EXTRA:
            raise
        raise ExtraMissing(name) from None
