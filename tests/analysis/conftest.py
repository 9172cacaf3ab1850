"""A store with some hundred cases, and an export of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from casecore.analysis.snapshot.writing import export_folder
from tests.analysis.orders import order_of
from tests.evaluation.business import filled_store


@pytest.fixture
def store(database: str) -> str:
    """A database with a history of some hundred cases."""
    return filled_store(database)


@pytest.fixture
def exported(store: str, tmp_path: Path) -> Path:
    """A folder to which the store was exported, with all tables."""
    folder = tmp_path / "histories"
    export_folder(folder, order_of(store), processes=1)
    return folder
