"""The page of the business with accounts, beside the API of the same process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from casecore.app.actors import parse_actor
from casecore.contract.parties import PartyRole
from casecore.identity.identity import Scope
from projections.billing.projection import BILLING
from tests.api.accounts import ACTORS, VENDOR, open_accounts
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
        with _opened(database, tmp_path_factory.mktemp("books"), ACTORS) as opened:
            yield opened


@pytest.fixture(scope="module")
def corrected_books(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """The same, for the vendor, with a correction for each reason that there is."""
    with new_database(postgres_server) as database:
        with open_accounts(database) as business:
            business.invoice()
            business.change("nord", PartyRole.RESELLER, vat_id="DE123456788")
            issued = business.documents()
            corrected = {one.corrects for one in issued}
            business.correct(
                next(
                    one.number
                    for one in issued
                    if one.buyer == "nord" and one.corrects is None and one.number not in corrected
                )
            )
            fold_store(database, BILLING)
        actors = {VENDOR: ACTORS[VENDOR]}
        with _opened(database, tmp_path_factory.mktemp("corrected"), actors) as opened:
            yield opened


@contextmanager
def _opened(database: str, home: Path, actors: Mapping[str, str]) -> Iterator[Books]:
    with open_site(database, home) as site:
        browsers, keys = {}, {}
        for name, actor in actors.items():
            key = site.key(actor, Scope.ACCOUNTANT)
            browsers[name] = site.as_(actor, Scope.ACCOUNTANT)
            keys[name] = {"Authorization": f"Bearer {key}"}
            assert parse_actor(actor).organisation == name
        yield Books(site, browsers, keys)
