"""The business on the run's PostgreSQL, and copies of a database that was prepared once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest

from tests.runs.business import Business, on, open_business

Copy = Callable[[], AbstractContextManager[Business]]


@pytest.fixture
def business(database: str) -> Iterator[Business]:
    """The vendor and its partners in an empty database."""
    with open_business(database) as opened:
        yield opened


@pytest.fixture
def copy(database: str, postgres_server: str) -> Copy:
    """Opens the business on a copy of the test's database, while nobody is connected to that."""
    return lambda: _copy(database, postgres_server)


@contextmanager
def _copy(database: str, maintenance: str) -> Iterator[Business]:
    name, original = f"t{uuid4().hex[:16]}", urlsplit(database).path.removeprefix("/")
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{original}"'.encode())
    try:
        with on(urlsplit(database)._replace(path=f"/{name}").geturl()) as business:
            yield business
    finally:
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
