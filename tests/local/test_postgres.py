"""PostgreSQL on this machine: up once however often it is started, and gone when it is stopped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from casecore.local import postgres
from casecore.local.errors import PostgresUnusable
from casecore.local.found import wait_for_end
from tests.waiting import LIMIT_SECONDS


def _value(uri: str, query: str) -> object:
    with psycopg.connect(uri) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def _pid(home: Path) -> int:
    return int((home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


def test_started_twice_it_is_the_same_server_with_durable_writes(home: Path) -> None:
    uri = postgres.start(home)
    first = _pid(home)

    assert postgres.start(home) == uri
    assert _pid(home) == first
    assert str(_value(uri, "SHOW server_version")).startswith("18.")
    assert _value(uri, "SHOW fsync") == "on"
    assert _value(uri, "SHOW max_connections") == "200"
    assert _value(uri, "SHOW listen_addresses") == ""


def test_it_outlives_the_process_that_started_it(home: Path) -> None:
    program = "import sys; from pathlib import Path; from casecore.local import postgres; "
    program += "print(postgres.start(Path(sys.argv[1])))"
    command = [sys.executable, "-c", program, str(home)]
    uri = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    assert _value(uri, "SELECT 1") == 1


def test_stopped_it_leaves_no_process_and_keeps_the_data(home: Path) -> None:
    uri = postgres.start(home)
    with psycopg.connect(uri) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS answer")
    server = psutil.Process(_pid(home))
    family = [server, *server.children(recursive=True)]

    assert postgres.stop(home)
    assert wait_for_end(family, 0)
    assert not postgres.stop(home)
    assert not postgres.is_running(home)
    assert _value(postgres.start(home), "SELECT answer FROM kept") == 7


def test_killed_hard_it_starts_again(home: Path) -> None:
    postgres.start(home)
    server = psutil.Process(_pid(home))
    family = [server, *server.children(recursive=True)]
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=LIMIT_SECONDS)

    assert _value(postgres.start(home), "SELECT 1") == 1


def test_a_process_that_has_inherited_the_servers_number_is_not_the_server(home: Path) -> None:
    postgres.start(home)
    note = home / "postgres" / "postmaster.pid"
    rest = note.read_text().split("\n", 1)[1]
    postgres.stop(home)
    note.write_text(f"{os.getpid()}\n{rest}")
    shutil.chown(note, (home / "postgres").stat().st_uid)

    assert not postgres.is_running(home)
    assert _value(postgres.start(home), "SELECT 1") == 1


def test_a_path_too_long_for_a_socket_and_with_a_blank_is_no_obstacle(home: Path) -> None:
    deep = home / ("a folder " * 6).strip() / ("b" * 60)
    try:
        assert _value(postgres.start(deep), "SELECT 1") == 1
        assert postgres.start(deep) == postgres.start(deep)
    finally:
        assert postgres.stop(deep)


def test_data_of_another_version_is_refused_and_kept(home: Path) -> None:
    postgres.start(home)
    postgres.stop(home)
    version = home / "postgres" / "PG_VERSION"
    version.write_text("17\n")

    with pytest.raises(PostgresUnusable, match=r"written by PostgreSQL 17, this is 18; set CASECORE_HOME"):
        postgres.start(home)
    assert version.read_text() == "17\n"
