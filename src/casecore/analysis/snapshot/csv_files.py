"""A history as CSV files, one for each table, for tools that read nothing else."""

from __future__ import annotations

import os
import shutil
from functools import partial
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from casecore.analysis.errors import ExportRefused
from casecore.analysis.personal import Pseudonyms
from casecore.analysis.snapshot.folder import new_folder
from casecore.analysis.snapshot.layout import number_of_buckets, range_of
from casecore.analysis.snapshot.order import Exported, Order
from casecore.analysis.tables.bucket import read_bucket
from casecore.analysis.tables.catalogue import TABLES
from casecore.evaluation.over_histories import OnShare, over_parts
from casecore.files.spreadsheets import spreadsheet_text

_FORMULA = r"^\s*[=+\-@\t\r]|[;|\t]\s*[=+\-@]"
"""What `spreadsheet_text` may have to change; most text has none of it."""
_to_json = msgspec.json.Encoder().encode


def export_csv(folder: Path, order: Order, processes: int, on_progress: OnShare = lambda _: None) -> Exported:
    """Export to a new or empty folder, which is there whole or not at all: a file NAME.csv for each table.

    Rows are in the order of buckets, as in the Parquet files. Instants are in UTC, maps are JSON, and what a
    spreadsheet would take for a formula has an apostrophe before it. Raises ExportRefused for a folder that
    has something in it, DatabaseUnavailable, TablesMissing, StreamUnreadable and OSError.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportRefused(f"{folder} is there, and not empty: name a new folder for CSV files")
    buckets = number_of_buckets(order.position)
    rows, left_out = dict.fromkeys(order.tables, 0), set[str]()
    with new_folder(folder) as part:
        work = partial(_write_bucket, part, order, buckets)
        for counted, omitted in over_parts(work, range(buckets), processes, on_progress):
            left_out.update(omitted)
            for name, count in counted.items():
                rows[name] += count
        for name in order.tables:
            _join(part, name, buckets)
    return Exported(folder, order.position, order.at, True, rows, 0, tuple(sorted(left_out)))


def _write_bucket(
    part: Path, order: Order, buckets: int, number: int
) -> tuple[dict[str, int], tuple[str, ...]]:
    streams = range_of(number, buckets, order.position)
    found = read_bucket(order.database, streams, order.asked, Pseudonyms(order.key))
    for name, table in found.tables.items():
        with _piece(part, name, number).open("xb") as file:
            csv.write_csv(_plain(table), file, csv.WriteOptions(include_header=False))
    return {name: len(table) for name, table in found.tables.items()}, found.left_out


def _join(part: Path, name: str, buckets: int) -> None:
    """Put the pieces of a table together, below its heading."""
    with (part / f"{name}.csv").open("xb") as whole:
        csv.write_csv(_plain(TABLES[name].schema.empty_table()), whole)
        for number in range(buckets):
            piece = _piece(part, name, number)
            with piece.open("rb") as file:
                shutil.copyfileobj(file, whole)
            piece.unlink()
        whole.flush()
        os.fsync(whole.fileno())


def _piece(part: Path, name: str, number: int) -> Path:
    return part / f".{name}-{number}.csv"


def _plain(table: pa.Table) -> pa.Table:
    """The table in columns that a CSV file can have."""
    columns = [_plain_column(table[name]) for name in table.column_names]
    return pa.table(dict(zip(table.column_names, columns, strict=True)))


def _plain_column(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    kind = column.type
    if pa.types.is_map(kind):
        return _safe(pa.array([_to_json(dict(pairs)).decode() for pairs in column.to_pylist()], pa.string()))
    if pa.types.is_dictionary(kind):
        return _safe(column.cast(pa.string()))
    if pa.types.is_timestamp(kind):
        return pc.strftime(column, "%Y-%m-%dT%H:%M:%SZ")
    return _safe(column) if pa.types.is_string(kind) else column


def _safe(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Text that no spreadsheet takes for a formula."""
    if not pc.any(pc.match_substring_regex(column, _FORMULA)).as_py():
        return column
    return pa.array([None if text is None else spreadsheet_text(text) for text in column.to_pylist()])
