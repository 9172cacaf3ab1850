"""The archive: what was issued is kept as it is, and found by its hash."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import psycopg
import pytest

from casecore.postgres.errors import DatabaseUnavailable
from casecore.store import archive as archive_module
from casecore.store.archive import Archive, ArchiveDamaged, NotArchived
from casecore.store.migrations import migrate

PDF = "application/pdf"


@pytest.fixture
def archive(database: str) -> Iterator[Archive]:
    migrate(database)
    with Archive(database) as opened:
        yield opened


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 \x00\xff", bytes(range(256)) * 5_000])
def test_what_was_archived_is_read_back_byte_for_byte_by_its_hash(archive: Archive, content: bytes) -> None:
    found = archive.put(content, PDF)
    assert found == sha256(content).hexdigest()
    assert archive.get(found) == content


def test_the_same_bytes_are_kept_once_and_the_first_time_stays(archive: Archive, database: str) -> None:
    for media_type in (PDF, "text/plain"):
        archive.put(b"one", media_type)
    archive.put(b"two", PDF)
    with psycopg.connect(database) as connection:
        kept = connection.execute(
            "select media_type, content from casecore.archive order by content"
        ).fetchall()
    assert kept == [(PDF, b"one"), (PDF, b"two")]


def test_two_processes_archive_the_same_at_once(archive: Archive, database: str) -> None:
    def put(_: int) -> str:
        with Archive(database) as own:
            return own.put(b"the same", PDF)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(put, range(8)))) == 1
    assert archive.get(sha256(b"the same").hexdigest()) == b"the same"


def test_what_is_archived_is_there_for_another_connection_at_once(archive: Archive, database: str) -> None:
    found = archive.put(b"one", PDF)
    with Archive(database) as other:
        assert other.get(found) == b"one"


def test_what_is_not_archived_is_said_to_be_missing(archive: Archive) -> None:
    with pytest.raises(NotArchived, match=r"0{64}: restore it from its backup"):
        archive.get("0" * 64)


def test_bytes_that_were_changed_are_noticed(archive: Archive, database: str) -> None:
    found = archive.put(b"one", PDF)
    with psycopg.connect(database) as connection:
        connection.execute("update casecore.archive set content = 'two'")
    with pytest.raises(ArchiveDamaged, match=f"under {found} has the hash {sha256(b'two').hexdigest()}"):
        archive.get(found)


def test_more_than_the_archive_takes_is_refused(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "LARGEST_BYTES", 10)
    archive.put(b"0123456789", PDF)
    with pytest.raises(ValueError, match="11 bytes; the archive takes 10"):
        archive.put(b"01234567890", PDF)


def test_a_database_that_is_away_is_said_to_be(archive: Archive, database: str) -> None:
    with pytest.raises(DatabaseUnavailable):
        Archive("host=127.0.0.1 port=1 connect_timeout=1").get("0" * 64)
    archive.put(b"one", PDF)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
    with pytest.raises(DatabaseUnavailable):
        archive.put(b"one", PDF)
    with pytest.raises(NotArchived):  # the next call has a new session
        archive.get("0" * 64)
