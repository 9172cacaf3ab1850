"""Numbered migrations of the store's tables: each is applied once, in order, and never edited afterwards."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import NamedTuple, cast

from casecore.postgres.connection import Connection, connect
from casecore.postgres.errors import DatabaseUnavailable, TablesMissing, mapped_errors
from casecore.postgres.limits import MIGRATION, STORE
from casecore.postgres.writer_lock import WriterLock
from casecore.store.errors import WrongSchema

LOCK_KEY = 0x63617365_6D696772  # "casemigr": one migration run at a time
_LOCK_SECONDS = float(MIGRATION.lock_seconds)

_CREATE = """
create schema if not exists casecore;
create table if not exists casecore.migrations (
    number     integer     primary key,
    name       text        not null,
    sha256     text        not null,
    applied_at timestamptz not null default clock_timestamp()
);
comment on table casecore.migrations is 'Which numbered migrations this database has had.';
"""
_APPLIED = "select number, name, sha256 from casecore.migrations order by number"
_RECORD = "insert into casecore.migrations (number, name, sha256) values (%s, %s, %s)"
_EXISTS = "select to_regclass('casecore.migrations') is not null"


class Migration(NamedTuple):
    """One file NNNN_name.sql of this package's folder `migrations`."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """The hash that tells whether a migration was edited after it had been applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def all_migrations() -> list[Migration]:
    """The migrations that come with this program, in order."""
    folder = files("casecore.store").joinpath("migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [
        Migration(int(name[:4]), name[5:-4], folder.joinpath(name).read_text(encoding="utf-8"))
        for name in names
    ]


def migrate(database: str) -> int:
    """Bring the database up to date; returns how many migrations were applied.

    Raises WrongSchema where the database is newer than the program, or an applied migration was edited, and
    DatabaseUnavailable where another run goes on for too long.
    """
    lock = WriterLock("casecore.migrations", table="casecore.migrations", key=LOCK_KEY)
    with mapped_errors(), connect(database, MIGRATION) as connection:
        # It ends with the session.
        holder = lock.take_within(connection, _LOCK_SECONDS)
        if holder is not None:
            raise DatabaseUnavailable(f"another migration goes on for too long: {holder}")
        with connection.transaction():
            connection.execute(_CREATE)
        missing = _missing(connection)
        for migration in missing:
            with connection.transaction():
                connection.execute(migration.sql.encode())
                connection.execute(_RECORD, (migration.number, migration.name, migration.sha256))
    return len(missing)


def check_migrated(database: str) -> None:
    """Raise TablesMissing or WrongSchema unless the database has exactly this program's migrations."""
    with mapped_errors(), connect(database, STORE) as connection:
        if not cast("tuple[bool]", connection.execute(_EXISTS).fetchone())[0]:
            raise TablesMissing
        missing = _missing(connection)
    if missing:
        names = ", ".join(f"{m.number:04d}_{m.name}" for m in missing)
        raise WrongSchema(f"the database lacks {names}: bring it up to date")


def _missing(connection: Connection) -> list[Migration]:
    known = {migration.number: migration for migration in all_migrations()}
    for number, name, sha256 in connection.execute(_APPLIED).fetchall():
        ours = known.pop(number, None)
        if ours is None:
            raise WrongSchema(
                f"the database has migration {number:04d}_{name}: this program is too old for it"
            )
        if ours.sha256 != sha256:
            raise WrongSchema(
                f"migration {number:04d}_{name} was edited after it had been applied here; "
                "restore the file, and put the change into a new migration"
            )
    return [known[number] for number in sorted(known)]
