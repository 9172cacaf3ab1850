"""The archive: the bytes of issued documents, each under its hash, written once."""

from __future__ import annotations

import hashlib
from types import TracebackType
from typing import Self

from casecore.postgres.connection import Session
from casecore.postgres.limits import STORE
from casecore.store import sql
from casecore.store.errors import StoreError

LARGEST_BYTES = 64 * 1024 * 1024
"""A document of a thousand lines has about one megabyte; a value of PostgreSQL may have a thousand."""


class NotArchived(StoreError):
    """The archive holds nothing under this hash; the message names it."""


class ArchiveDamaged(StoreError):
    """The bytes under a hash have another hash; the message names both."""


class Archive:
    """The archive in the store's database, over one session of its own. A context manager."""

    def __init__(self, database: str) -> None:
        self._session = Session(database, STORE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def put(self, content: bytes, media_type: str) -> str:
        """Keep the bytes for good; returns their SHA-256 in hexadecimal. They are durable when it returns.

        Bytes that are archived already stay as they are. Raises DatabaseUnavailable, and ValueError for more
        than LARGEST_BYTES.
        """
        if len(content) > LARGEST_BYTES:
            raise ValueError(f"a document of {len(content)} bytes; the archive takes {LARGEST_BYTES}")
        found = hashlib.sha256(content)
        self._session.run(sql.ARCHIVE, (found.digest(), media_type, content))
        return found.hexdigest()

    def get(self, sha256: str) -> bytes:
        """The bytes under a hash, checked against it.

        Raises NotArchived, ArchiveDamaged, DatabaseUnavailable.
        """
        rows = self._session.rows(sql.READ_ARCHIVED, (bytes.fromhex(sha256),))
        if not rows:
            raise NotArchived(f"the archive holds nothing under {sha256}: restore it from its backup")
        content = bytes(rows[0][0])
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            raise ArchiveDamaged(f"what is archived under {sha256} has the hash {found}: restore it")
        return content
