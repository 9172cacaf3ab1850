"""The server: its version, and since when it runs."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from casecore.postgres.connection import Connection

_READ = "select current_setting('server_version'), pg_postmaster_start_time()"


class PostgresServer(NamedTuple):
    """A server that answers."""

    version: str
    since: datetime


def read_server(connection: Connection) -> PostgresServer:
    """The server of a session; raises psycopg's errors."""
    row = connection.execute(_READ).fetchone()
    assert row is not None, "a server has a version"
    return PostgresServer(*row)
