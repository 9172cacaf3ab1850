"""Exporting the history of a store as one file for the tools of process mining: XES, or OCEL 2.0."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from casecore.analysis.errors import ExportRefused
from casecore.analysis.exchange.ocel.histories import object_histories
from casecore.analysis.exchange.ocel.writing import write_ocel_json, write_ocel_sqlite
from casecore.analysis.exchange.xes import write_xes
from casecore.analysis.histories import histories
from casecore.analysis.personal import Pseudonyms
from casecore.analysis.positions import head_of
from casecore.app.analysis.exports import ExportAsked, ExportFormat
from casecore.decider.stored_facts import LeftOut
from casecore.evaluation.histories import StreamRange, stream_ranges
from casecore.store.pseudonym_key import read_pseudonym_key

HistoryT = TypeVar("HistoryT")


class Exchanged(NamedTuple):
    """What a file has, and up to which position of the log.

    `mapping` is the file beside an XES file by which it is imported again. `notes` say what the file says
    otherwise than the store, and why there is no mapping. `left_out` are cases to which a newer program
    wrote.
    """

    file: Path
    position: int
    cases: int
    events: int
    mapping: Path | None
    notes: tuple[str, ...]
    left_out: tuple[str, ...]


def exchange_history(
    database: str, path: Path, asked: ExportAsked, on_progress: Callable[[float], None] = lambda _: None
) -> Exchanged:
    """Export the history of a store, or of a replica of one, to a file, which is there whole or as it was.

    Raises ExportRefused, PositionUnknown, FileUnusable, DatabaseUnavailable, TablesMissing, StreamUnreadable
    and OSError.
    """
    if path.is_dir():
        raise ExportRefused(f"{path} is a folder: {asked.format.value} is one file, so name that")
    position = head_of(database, asked.position).position
    names, left_out, selection = Pseudonyms(read_pseudonym_key(database)), LeftOut(), asked.selection
    mapping: Path | None = None
    notes: tuple[str, ...] = ()
    if asked.format is ExportFormat.XES:
        cases = _each(
            position, on_progress, lambda streams: histories(database, streams, selection, names, left_out)
        )
        count, events, mapping, notes = write_xes(path, cases, selection, position)
    else:
        objects = _each(
            position,
            on_progress,
            lambda streams: object_histories(database, streams, selection, names, left_out),
        )
        write = write_ocel_sqlite if asked.format is ExportFormat.OCEL_SQLITE else write_ocel_json
        count, events = write(path, objects)
    return Exchanged(path, position, count, events, mapping, notes, left_out.names())


def _each(
    position: int,
    on_progress: Callable[[float], None],
    read: Callable[[StreamRange], Iterator[HistoryT]],
) -> Iterator[HistoryT]:
    """The histories of the whole store, a range of streams after the other."""
    ranges = stream_ranges(position)
    for done, streams in enumerate(ranges, 1):
        yield from read(streams)
        on_progress(done / len(ranges))
