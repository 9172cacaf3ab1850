"""Where PostgreSQL and Kafka are: as set, or as the local ones were started."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec
from psycopg.conninfo import make_conninfo

from casecore.app.settings import Settings
from casecore.errors.kinds import CasecoreError, Kind
from casecore.files.whole_file import put_there_whole
from casecore.kafka.cluster import Cluster
from casecore.postgres.connection import connect
from casecore.postgres.database_uri import DatabaseUri
from casecore.postgres.errors import mapped_errors
from casecore.postgres.limits import STORE

LOCAL_DATABASE = "casecore"


class NotRunning(CasecoreError):
    """The local servers do not run, or not as they should; the message says where, and what to do."""

    kind = Kind.UNAVAILABLE


class AddressesUnreadable(NotRunning):
    """The file that says where the local servers listen is damaged."""


class Addresses(NamedTuple):
    """A libpq connection string, Kafka's bootstrap servers, and the path of its clients' options, if any."""

    database: str
    kafka: str
    kafka_options: str = ""

    @property
    def cluster(self) -> Cluster:
        """Kafka, as its clients need to know it."""
        return Cluster(self.kafka, Path(self.kafka_options) if self.kafka_options else None)


def addresses_of(database: str, cluster: Cluster) -> Addresses:
    """The addresses of these servers."""
    return Addresses(database, cluster.bootstrap, str(cluster.options_file or ""))


def find_addresses(settings: Settings) -> Addresses:
    """The addresses of a running installation; raises NotRunning where a local server is missing."""
    kept = _file(settings.home)
    options = str(settings.kafka_options or "")
    if settings.database and settings.kafka:
        return Addresses(settings.database, settings.kafka, options)
    if not kept.exists():
        raise NotRunning(
            f"no local servers run below {settings.home}: start them, go to the folder where that was "
            "done, or set CASECORE_DATABASE and CASECORE_KAFKA"
        )
    try:
        local = msgspec.json.decode(kept.read_bytes(), type=Addresses)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AddressesUnreadable(
            f"{kept} cannot be read ({error}): stop the local servers, and start them again"
        ) from None
    database = settings.database or DatabaseUri(local.database)
    if settings.kafka:
        return Addresses(database, settings.kafka, options)
    return Addresses(database, local.kafka, local.kafka_options)


def keep_addresses(home: Path, addresses: Addresses) -> None:
    """Remember where the local servers listen, for the commands that come after `up`."""
    plain = addresses._replace(database=str(addresses.database))
    # One that was half written would hide the servers; the database's address may hold a password.
    with put_there_whole(_file(home), mode=0o600) as file:
        file.write(msgspec.json.encode(plain))


def forget_addresses(home: Path) -> None:
    """The local servers are down."""
    _file(home).unlink(missing_ok=True)


def create_local_database(maintenance: str) -> str:
    """Make our database on the local server, if it is not there; returns its connection string."""
    with mapped_errors(), connect(maintenance, STORE) as connection:
        there = connection.execute("select from pg_database where datname = %s", (LOCAL_DATABASE,)).fetchone()
        if there is None:
            connection.execute(f"create database {LOCAL_DATABASE}")
    return make_conninfo(maintenance, dbname=LOCAL_DATABASE)


def _file(home: Path) -> Path:
    return home / "addresses.json"
