"""The page of an installation in which everything that can be there is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import new_database
from tests.web.everywhere.business import fill
from tests.web.everywhere.served import ServedSite, open_served_site


@pytest.fixture(scope="session")
def whole(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedSite]:
    """Made once: what its tests do changes nothing that they look at."""
    with new_database(postgres_server) as database:
        fill(database)
        with open_served_site(database, tmp_path_factory.mktemp("everywhere")) as site:
            yield site
