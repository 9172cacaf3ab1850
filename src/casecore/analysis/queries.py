"""SQL over a table of events, or over files of them, by DuckDB in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeAlias

import duckdb
import pyarrow as pa

from casecore.analysis.errors import ExportUnreadable
from casecore.analysis.tables.columns import AnyRow, schema_of

Events: TypeAlias = pa.Table | Path | Sequence[Path]
"""Events as casecore.analysis.tables.events has them: a table, Parquet files of them, or a folder of these,
such as `events` of an export. Of files only the columns are read that are needed."""

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
"""Nothing is downloaded: what is needed is in the wheel."""


def answer(events: Events, query: str, row: type[AnyRow]) -> pa.Table:
    """The rows of a query over `events`, with the columns of a row's type. Raises ExportUnreadable."""
    try:
        with _reading(events) as connection:
            return connection.sql(query).to_arrow_table().cast(schema_of(row))
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.DataError) as error:
        if isinstance(events, pa.Table):
            raise
        what = str(error).splitlines()[0][:200]
        raise ExportUnreadable(f"the files of events cannot be read ({what}): export again") from None


@contextmanager
def _reading(events: Events) -> Iterator[duckdb.DuckDBPyConnection]:
    with _engine().cursor() as connection:
        if isinstance(events, pa.Table):
            connection.register("events", events)
        else:
            connection.register("events", connection.read_parquet(_files_in(events)))
        yield connection


def _files_in(place: Path | Sequence[Path]) -> list[str]:
    files = sorted(map(str, place.glob("*.parquet") if isinstance(place, Path) else place))
    if not files:
        raise ExportUnreadable(f"{place} has no Parquet files: name the folder events of an export")
    return files


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """DuckDB in this process, made once, since that takes longer than a small question. It keeps no data."""
    return duckdb.connect(":memory:", config=_SETTINGS)
