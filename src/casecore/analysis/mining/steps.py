"""The steps of cases: which events count by what, in which order, as SQL for what is mined from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeAlias

import duckdb
import pyarrow as pa

from casecore.analysis.errors import ExportUnreadable
from casecore.analysis.mining.questions import By, Opened
from casecore.analysis.tables.columns import AnyRow, schema_of
from casecore.clocks.instants import micros

Events: TypeAlias = pa.Table | Path
"""Events as casecore.analysis.tables.events has them: a table, or a folder of Parquet files of them, such as
`events` of an export, of which only the columns are read that are needed."""
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
"""Nothing is downloaded: what is needed is in the wheel."""


_COLUMN = {By.STATE: "state", By.LEVEL: "level", By.ORGANISATION: "holder"}
_LABEL = {
    By.ACTIVITY: "case when implied then activity else coalesce(source_activity, activity) end",
    By.RESOURCE: "case when source is not null then source_resource when role <> 'system' then person end",
}

# An event that was recorded late has the standing of a later time: what changed, and when, is told by the
# order in which events were recorded.
CHANGES = "(lag(version) over recorded is null or lag({column}) over recorded is distinct from {column})"
RECORDED = "recorded as (partition by reference order by version)"
OCCURRED = "occurred as (partition by reference order by instant, version)"


def base(opened: Opened, columns: str) -> str:
    """A common table expression `base`: the events of the chosen cases, with `instant` in microseconds."""
    limits = []
    if opened.since is not None:
        limits.append(f"arg_min(epoch_us(occurred_at), version) >= {micros(opened.since)}")
    if opened.before is not None:
        limits.append(f"arg_min(epoch_us(occurred_at), version) < {micros(opened.before)}")
    chosen = f'select "case" from events group by "case" having {" and ".join(limits)}'
    return f"""base as (
  select "case" as reference, version, epoch_us(occurred_at) as instant, {columns}
  from events {f'where "case" in ({chosen})' if limits else ""})"""


def steps(by: By, opened: Opened, implied: bool) -> str:
    """Common table expressions, the last one `steps`: reference, instant, version, label.

    They are in the order in which they occurred, at the same time in that of their versions. By activity each
    event is one; by all else neighbours with the same label are one step, which begins with the first. Moves
    that an import implied are steps by activity only if `implied`; nobody did them, so never by resource.
    """
    if by is By.ACTIVITY:
        counted = "" if implied else "where not implied"
        return f"""{base(opened, "activity, source_activity, implied")},
steps as (select reference, instant, version, {_LABEL[by]} as label from base {counted})"""
    if by is By.RESOURCE:
        labelled = f"""{base(opened, "person, role, source, source_resource, implied")},
labelled as (select reference, instant, version, {_LABEL[by]} as label from base where not implied)"""
    else:
        column = _COLUMN[by]
        labelled = f"""{base(opened, column)},
labelled as (
  select reference, instant, version, {column} as label from base
  window {RECORDED} qualify {CHANGES.format(column=column)})"""
    return f"""{labelled},
steps as (
  select * from labelled where label is not null
  window {OCCURRED} qualify lag(label) over occurred is distinct from label)"""


def label_at(by: By, implied: bool) -> str:
    """What an event says of the label from then on: '' for none, null if it says nothing. For waits."""
    if by in _COLUMN:
        return f"case when changes_label then coalesce({_COLUMN[by]}, '') end"
    return _LABEL[by] if implied else f"case when not implied then {_LABEL[by]} end"


def label_column(by: By) -> str:
    """The column by whose changes the label changes; for activity and resource the state, unused."""
    return _COLUMN.get(by, "state")


def answer(events: Events, query: str, row: type[AnyRow]) -> pa.Table:
    """The rows of a query over `events`, with the columns of a row's type. Raises ExportUnreadable."""
    with _reading(events) as connection:
        return connection.sql(query).to_arrow_table().cast(schema_of(row))


@contextmanager
def _reading(events: Events) -> Iterator[duckdb.DuckDBPyConnection]:
    with _engine().cursor() as connection:
        if isinstance(events, Path):
            connection.register("events", connection.read_parquet(_files_in(events)))
        else:
            connection.register("events", events)
        yield connection


def _files_in(folder: Path) -> list[str]:
    files = sorted(str(path) for path in folder.glob("*.parquet"))
    if not files:
        raise ExportUnreadable(f"{folder} has no Parquet files: name the folder events of an export")
    return files


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """DuckDB in this process, made once, since that takes longer than a small question. It keeps no data."""
    return duckdb.connect(":memory:", config=_SETTINGS)
