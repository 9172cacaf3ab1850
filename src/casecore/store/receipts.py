"""The receipt of one command, for somebody who asks what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from casecore.postgres.connection import Session
from casecore.postgres.limits import STORE
from casecore.store import sql


class StoredReceipt(NamedTuple):
    """An accepted command: its stream, that stream's version afterwards, how many events it stored, when."""

    command_id: UUID
    stream_id: UUID
    version: int
    events: int
    recorded_at: datetime


def read_receipt(database: str, command_id: UUID) -> StoredReceipt | None:
    """The receipt of a command; None where it was refused, or never arrived.

    Raises DatabaseUnavailable and TablesMissing.
    """
    with Session(database, STORE) as session:
        rows = session.rows(sql.READ_RECEIPT, (command_id,))
    return StoredReceipt(*rows[0]) if rows else None
