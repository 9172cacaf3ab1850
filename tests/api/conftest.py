"""The API of one installation, and of a business with accounts, with a key for each of some people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from casecore.identity.identity import Scope
from casecore.store.migrations import migrate
from projections.billing.projection import BILLING
from tests.api.accounts import ACTORS, open_accounts
from tests.api.doors import Door, listening, open_door
from tests.api.reference import Reference
from tests.projections.stored import fold_store
from tests.runs.business import Business
from tests.servers import new_database


@pytest.fixture
def door(database: str, tmp_path: Path) -> Iterator[Door]:
    migrate(database)
    with open_door(database, tmp_path) as opened:
        yield opened


@pytest.fixture
def demanding_door(database: str, tmp_path: Path) -> Iterator[Door]:
    """One where commands on what exists must say at which version they were decided."""
    migrate(database)
    with open_door(database, tmp_path, needs_if_match=True) as opened:
        yield opened


@pytest.fixture
def door_without_database(tmp_path: Path) -> Iterator[Door]:
    """One whose PostgreSQL does not answer."""
    with open_door("postgresql://127.0.0.1:1/none", tmp_path) as opened:
        yield opened


@pytest.fixture
def address(door: Door) -> Iterator[str]:
    """The address of the same API, listening on a socket of its own."""
    with listening(door.client.app) as found:
        yield found


class Accounts(NamedTuple):
    """The business with accounts, its door, and a key of an accountant of each organisation."""

    business: Business
    door: Door
    keys: dict[str, dict[str, str]]
    reference: Reference


@pytest.fixture(scope="session")
def accounts(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    """Made once: the tests that use it only ask."""
    home = tmp_path_factory.mktemp("accounts")
    with (
        new_database(postgres_server) as database,
        open_accounts(database) as business,
        open_door(database, home) as door,
    ):
        fold_store(database, BILLING)
        keys = {name: door.key(actor, Scope.ACCOUNTANT) for name, actor in ACTORS.items()}
        yield Accounts(business, door, keys, Reference(database))
