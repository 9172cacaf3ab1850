"""The page of the business with accounts, beside the API of the same process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from casecore.app.actors import parse_actor
from casecore.identity.identity import Scope
from projections.billing.projection import BILLING
from tests.api.accounts import ACTORS, open_accounts
from tests.projections.stored import fold_store
from tests.servers import new_database
from tests.web.sites import Browser, Site, open_site


class Books(NamedTuple):
    """The page, and an accountant of each organisation who looks at it."""

    site: Site
    browsers: dict[str, Browser]
    keys: dict[str, dict[str, str]]

    def api(self, path: str, name: str) -> Any:
        """What the API answers to the same organisation."""
        answer = self.browsers[name].client.get(path, headers=self.keys[name])
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="session")
def books(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """Made once: the tests that use it only look."""
    with new_database(postgres_server) as database:
        with open_accounts(database):
            fold_store(database, BILLING)
        with open_site(database, tmp_path_factory.mktemp("books")) as site:
            browsers, keys = {}, {}
            for name, actor in ACTORS.items():
                key = site.key(actor, Scope.ACCOUNTANT)
                browsers[name] = site.as_(actor, Scope.ACCOUNTANT)
                keys[name] = {"Authorization": f"Bearer {key}"}
                assert parse_actor(actor).organisation == name
            yield Books(site, browsers, keys)
