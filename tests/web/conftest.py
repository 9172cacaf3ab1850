"""The page of one installation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from casecore.store.migrations import migrate
from tests.web.sites import Site, open_site


@pytest.fixture
def site(database: str, tmp_path: Path) -> Iterator[Site]:
    migrate(database)
    with open_site(database, tmp_path) as opened:
        yield opened
