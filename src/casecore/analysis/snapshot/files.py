"""The files of an export: written whole and to the disk, and read with a word on what is wrong with them."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from casecore.analysis.errors import ExportUnreadable
from casecore.analysis.snapshot.layout import FileFacts, facts_of

_ROWS_IN_GROUP = 16_384
"""What an engine takes at once, and may skip by its lowest and highest values."""


def write_file(folder: Path, facts: FileFacts, table: pa.Table) -> None:
    """Write a table's bucket below an export's folder. Raises OSError."""
    path = folder / facts.path
    path.parent.mkdir(exist_ok=True)
    described = table.replace_schema_metadata(facts.metadata())
    with path.open("xb") as file:
        pq.write_table(
            described,
            file,
            compression="zstd",
            row_group_size=_ROWS_IN_GROUP,
            write_statistics=True,
            write_page_checksum=True,
        )
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have the disk know the names in a folder, and below it."""
    for path in [*(one for one in folder.iterdir() if one.is_dir()), folder]:
        place = os.open(path, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)


def read_facts(path: Path) -> FileFacts:
    """What a file is; raises ExportUnreadable for one that is cut, or none of an export."""
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise ExportUnreadable(
            f"{path} cannot be read, it is cut or no Parquet file ({_first_line(error)}): export again"
        ) from None
    found = facts_of(schema.metadata)
    if found is None:
        raise ExportUnreadable(
            f"{path} is no file of an export of this version of casecore: name a folder that "
            "`casecore export` made, and read it with the version that made it"
        )
    return found


def read_file(path: Path, only: list[tuple[str, str, str]] | None = None) -> pa.Table:
    """A file's table, or only its rows of which some conditions hold; raises ExportUnreadable."""
    try:
        found = pq.read_table(path, partitioning=None, filters=only, page_checksum_verification=True)
        return found.replace_schema_metadata(None)
    except (pa.ArrowException, OSError) as error:
        raise ExportUnreadable(f"{path} cannot be read ({_first_line(error)}): export again") from None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
