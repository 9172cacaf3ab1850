"""What is to be exported, and what came of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from casecore.analysis.selection import Selection
from casecore.analysis.tables.bucket import BucketAsked


class Order(NamedTuple):
    """What is to be exported, from which store; `key` is that of its pseudonyms."""

    database: str
    key: bytes
    position: int
    at: datetime
    tables: tuple[str, ...]
    selection: Selection

    @property
    def asked(self) -> BucketAsked:
        """What is asked of each range of streams."""
        return BucketAsked(self.tables, self.selection, self.at)


class Exported(NamedTuple):
    """What an export made: `folder` has it; `linked` of its files were there already.

    `rows` are by table, without those that were linked. Nothing was made where `is_new` is not.
    """

    folder: Path
    position: int
    at: datetime
    is_new: bool
    rows: dict[str, int]
    linked: int
    left_out: tuple[str, ...]
