"""How the files of an export lie: a folder for each position, in it one for each table, in it the buckets.

FOLDER/latest -> position-1000000
FOLDER/position-1000000/events/003-of-016-after-0-to-900000.parquet
FOLDER/position-1000000/events/003-of-016-after-900000-to-1000000.parquet
FOLDER/position-1000000/cases/003-of-016.parquet

A case is in the bucket of its stream's id, in every table; a package's charges in that of its account. Each
file says in its metadata, under `casecore`, what it is.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from casecore.analysis.selection import Selection
from casecore.evaluation.histories import StreamRange

LATEST = "latest"
LAYOUT = 1
"""Rises when an earlier program could not read the files, or a later one not theirs."""

KEY = b"casecore"
"""Under which a file's metadata has its FileFacts as JSON."""

_EVENTS_IN_BUCKET = 100_000
_FEWEST, _MOST = 4, 1_024


class FileFacts(msgspec.Struct, frozen=True):
    """What a file of an export is: its place, of which events, and as of when.

    A file of events has those above the position `after`. `tables` are all that were exported with it.
    `left_out` are the cases of its bucket that only a newer program can read.
    """

    table: str
    bucket: int
    buckets: int
    position: int
    at: datetime
    tables: tuple[str, ...]
    selection: Selection
    after: int = 0
    left_out: tuple[str, ...] = ()
    layout: int = LAYOUT

    def named(self, table: str) -> FileFacts:
        """The same of another table."""
        return msgspec.structs.replace(self, table=table)

    @property
    def path(self) -> Path:
        """Where it is below the folder of its position."""
        place = f"{self.bucket:03}-of-{self.buckets:03}"
        if self.table == "events":
            place += f"-after-{self.after}-to-{self.position}"
        return Path(self.table) / f"{place}.parquet"

    def metadata(self) -> dict[bytes, bytes]:
        """It as a file's metadata has it."""
        return {KEY: msgspec.json.encode(self)}


def facts_of(metadata: dict[bytes, bytes] | None) -> FileFacts | None:
    """What a file says of itself; None if it is no file of an export, or not of this layout."""
    try:
        found: Any = msgspec.json.decode((metadata or {})[KEY], type=FileFacts)
    except (KeyError, msgspec.DecodeError):
        return None
    return found if isinstance(found, FileFacts) and found.layout == LAYOUT else None


def folder_name(position: int) -> str:
    """The name of the folder of an export at a position."""
    return f"position-{position}"


def number_of_buckets(events: int) -> int:
    """Into how many buckets a store of so many events is exported: a power of two."""
    wanted = max(events // _EVENTS_IN_BUCKET, 1)
    return min(max(1 << (wanted - 1).bit_length(), _FEWEST), _MOST)


def bucket_of(stream_id: UUID, buckets: int) -> int:
    """In which bucket a stream is, from 0. Ids are hashes, so that the buckets are about equally large."""
    return stream_id.int * buckets >> 128


def range_of(bucket: int, buckets: int, position: int) -> StreamRange:
    """The streams of a bucket, up to a position."""
    before = _first_of(bucket + 1, buckets) if bucket + 1 < buckets else None
    return StreamRange(_first_of(bucket, buckets), before, position)


def _first_of(bucket: int, buckets: int) -> UUID:
    """The lowest id of a bucket."""
    return UUID(int=-(-(bucket << 128) // buckets))
