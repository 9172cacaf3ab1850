"""The one PostgreSQL and the one Kafka of a test run: started by the first test that needs them."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
from kafka import KafkaAdminClient

from casecore.kafka.cluster import Cluster
from casecore.kafka.settings import connection
from casecore.local import found, kafka, postgres, processes
from casecore.local.errors import Busy, PostgresUnusable
from tests.guard import FOLDER_PREFIX, place_with_room, places, run_id
from tests.waiting import LIMIT_SECONDS


class Servers:
    """Both servers below one temporary folder, shared by all processes of a test run."""

    def __init__(self, home: Path, cache: Path) -> None:
        self.home = home
        self.cache = cache

    def postgres(self) -> str:
        """Start PostgreSQL unless it runs; returns the URI of its maintenance database."""
        return postgres.start(self.home)

    def kafka(self) -> Cluster:
        """Start Kafka unless it runs."""
        server = kafka.prepare(self.home, self.cache)
        processes.up(self.home, [processes.Program("kafka", server.argv, server.environment)])
        kafka.wait_until_ready(server.cluster, LIMIT_SECONDS, self.home)
        return server.cluster

    def remove(self) -> None:
        """Stop what was started, and remove the folder."""
        processes.down(self.home)
        postgres.stop(self.home)
        shutil.rmtree(self.home, ignore_errors=True)


def new_home() -> Path:
    """A temporary folder for servers of this run, by whose name the guard finds it; this process owns it."""
    home = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{run_id()}-", dir=place_with_room()))
    owner = {"pid": os.getpid(), "created": psutil.Process().create_time()}
    (home / "owner.process").write_text(json.dumps(owner))
    return home


def remove_abandoned(cache: Path) -> None:
    """Stop and remove the servers of runs that were killed before they could do it."""
    for home in [home for place in places() for home in place.glob(f"{FOLDER_PREFIX}*")]:
        note = home / "owner.process"
        # The run's guard may be about to do the same.
        with suppress(OSError, PostgresUnusable, Busy):
            if home.owner() == Path.home().owner() and note.exists() and found.recorded(note) is None:
                Servers(home, cache).remove()


@contextmanager
def new_database(maintenance: str) -> Iterator[str]:
    """An empty database for one test, as a URI; dropped afterwards, whoever is still connected."""
    name = f"t{uuid.uuid4().hex[:16]}"
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlsplit(maintenance)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def delete_topics(cluster: Cluster, prefix: str) -> None:
    """Delete the topics of one test, so that a long run does not slow the broker down."""
    with KafkaAdminClient(**connection(cluster)) as admin:
        topics = [topic for topic in admin.list_topics() if topic.startswith(prefix)]
        if topics:
            admin.delete_topics(topics)
