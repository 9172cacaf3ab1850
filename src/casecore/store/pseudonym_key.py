"""The key by which people's names become pseudonyms in exports from a store."""

from __future__ import annotations

from casecore.postgres.connection import connect
from casecore.postgres.errors import mapped_errors
from casecore.postgres.limits import STORE

_READ = "select key from casecore.pseudonym_key"


def read_pseudonym_key(database: str) -> bytes:
    """A store's key; raises DatabaseUnavailable and TablesMissing."""
    with mapped_errors(), connect(database, STORE) as connection:
        row = connection.execute(_READ).fetchone()
    assert row is not None, "the migration made it"
    return bytes(row[0])
