"""Exporting the history of a store: which events, as of when, in which form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from casecore.analysis.errors import ExportRefused
from casecore.analysis.selection import Selection
from casecore.app.analysis.libraries import analysis_libraries
from casecore.app.views import cores_or
from casecore.evaluation.over_histories import worth

if TYPE_CHECKING:
    from casecore.analysis.snapshot.order import Exported

TABLE_NAMES = ("events", "cases", "clocks", "holders", "moves", "efforts", "charges")
"""What a folder of tables has, in this order."""


class ExportFormat(Enum):
    """In which form a history is exported."""

    PARQUET = "parquet"
    CSV = "csv"
    XES = "xes"
    OCEL_SQLITE = "ocel-sqlite"
    OCEL_JSON = "ocel-json"

    @property
    def is_of_tables(self) -> bool:
        """Whether it is a folder of tables; else it is one file for the tools of process mining."""
        return self in (ExportFormat.PARQUET, ExportFormat.CSV)


class ExportAsked(NamedTuple):
    """What is to be exported: which tables of which events, up to a position, as of an instant.

    No position: up to the end of the log. No instant: when the last event there was recorded.
    """

    format: ExportFormat = ExportFormat.PARQUET
    tables: tuple[str, ...] = TABLE_NAMES
    selection: Selection = Selection()
    position: int | None = None
    at: datetime | None = None


def export_history(
    database: str,
    path: Path,
    asked: ExportAsked,
    processes: int | None = None,
    on_progress: Callable[[float], None] = lambda _: None,
) -> Exported:
    """Export the history of a store, or of a replica of one, to a folder.

    Raises ExportRefused, PositionUnknown, ExtraMissing, DatabaseUnavailable, TablesMissing, StreamUnreadable
    and OSError; then nothing was changed.
    """
    _check(asked)
    with analysis_libraries():
        from casecore.analysis.snapshot.csv_files import export_csv
        from casecore.analysis.snapshot.order import Order
        from casecore.analysis.snapshot.writing import export_folder
        from casecore.analysis.sources import store_source
    source = store_source(database, asked.selection, asked.position)
    order = Order(
        source.database,
        source.key,
        source.position,
        asked.at or source.last_at,
        tuple(name for name in TABLE_NAMES if name in asked.tables),
        asked.selection,
    )
    export = export_csv if asked.format is ExportFormat.CSV else export_folder
    return export(path, order, worth(cores_or(processes), source.position), on_progress)


def _check(asked: ExportAsked) -> None:
    unknown = [name for name in asked.tables if name not in TABLE_NAMES]
    if unknown or not asked.tables:
        raise ExportRefused(
            f"there is no table {', '.join(map(repr, unknown))}: name some of {', '.join(TABLE_NAMES)}"
        )
    if not asked.selection.is_whole and asked.tables != ("events",):
        raise ExportRefused(
            "a part of the events is exported without the tables that are folded from all of them: "
            "ask for the table events alone"
        )
