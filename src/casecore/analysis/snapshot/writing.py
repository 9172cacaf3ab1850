"""Exporting to a folder: every bucket by one of several processes, or only what came since the last time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from casecore.analysis.errors import ExportRefused, ExportUnreadable
from casecore.analysis.personal import Pseudonyms
from casecore.analysis.selection import Selection
from casecore.analysis.snapshot.files import write_file
from casecore.analysis.snapshot.folder import latest_in, linked, new_snapshot, only_writer
from casecore.analysis.snapshot.layout import FileFacts, bucket_of, folder_name, number_of_buckets, range_of
from casecore.analysis.snapshot.order import Exported, Order
from casecore.analysis.snapshot.reading import Snapshot, open_snapshot
from casecore.analysis.tables.bucket import BucketAsked, events_in, read_bucket
from casecore.analysis.tables.catalogue import EVENTS
from casecore.contract.streams import CASES
from casecore.contract.wire import StoredEvent
from casecore.decider.refusal import NewerThanProgram
from casecore.evaluation.over_histories import OnShare, over_parts
from casecore.store.log import LogReader

MOST_FILES_OF_BUCKET = 16
"""With so many, the events are written anew into one: each file costs a reader some time."""

_WORTH_LINKING = 0.5
"""Of the events' positions at least so many are in the last export, else writing all anew is as fast."""
_PAGE = 5_000


def export_folder(
    folder: Path, order: Order, processes: int, on_progress: OnShare = lambda _: None
) -> Exported:
    """Export to a folder, where it is whole or not at all.

    What the folder's latest export has of the events is linked. Raises ExportRefused, DatabaseUnavailable,
    TablesMissing, StreamUnreadable and OSError; then nothing was changed.
    """
    with only_writer(folder):
        before = _latest(folder, order)
        if before is not None and _has_all(before, order):
            facts = before.facts
            return Exported(before.folder, facts.position, facts.at, False, {}, 0, before.left_out)
        base = before if before is not None and _can_be_linked(before, order) else None
        with new_snapshot(folder, folder_name(order.position)) as part:
            made = _write_all(part, order, base, processes, on_progress)
        return made._replace(folder=latest_in(folder) or folder)


def _latest(folder: Path, order: Order) -> Snapshot | None:
    """The latest export there, if it can be read; raises ExportRefused if it selects other events."""
    if latest_in(folder) is None:
        return None
    try:
        before = open_snapshot(folder)
    except ExportUnreadable:
        return None
    if before.facts.selection != order.selection:
        raise ExportRefused(
            f"{folder} has exports of other events ({_named(before.facts.selection)}), and this one is to "
            f"have {_named(order.selection)}: name another folder"
        )
    return before


def _named(selection: Selection) -> str:
    kinds = [
        f"of {selection.source}" if selection.source else "",
        "imported rows only" if selection.imported_rows_only else "",
        f"until {selection.occurred_until}" if selection.occurred_until else "",
    ]
    people = "with personal data" if selection.personal else "without personal data"
    return ", ".join([*filter(None, kinds), people])


def _has_all(before: Snapshot, order: Order) -> bool:
    facts = before.facts
    same = (facts.position, facts.at) == (order.position, order.at)
    return same and not before.left_out and set(order.tables) <= set(before.files)


def _can_be_linked(before: Snapshot, order: Order) -> bool:
    events = before.files.get(EVENTS)
    if events is None or EVENTS not in order.tables or before.left_out:
        return False
    position = before.facts.position
    few = all(len(files) < MOST_FILES_OF_BUCKET for files in events)
    return few and _WORTH_LINKING * order.position <= position <= order.position


def _write_all(
    part: Path, order: Order, base: Snapshot | None, processes: int, on_progress: OnShare
) -> Exported:
    added = None if base is None else _added(part, order, base)
    if added is None:
        buckets = number_of_buckets(order.position)
        wanted = order.asked
    else:
        buckets = added.buckets
        wanted = order.asked._replace(tables=tuple(name for name in order.tables if name != EVENTS))
    rows = {EVENTS: added.rows} if added else {}
    left_out: set[str] = set()
    if wanted.tables:
        work = partial(_write_bucket, part, order, wanted, buckets)
        for counted, omitted in over_parts(work, range(buckets), processes, on_progress):
            left_out.update(omitted)
            for name, count in counted.items():
                rows[name] = rows.get(name, 0) + count
    on_progress(1.0)
    linked_files = added.linked if added else 0
    return Exported(part, order.position, order.at, True, rows, linked_files, tuple(sorted(left_out)))


def _write_bucket(
    part: Path, order: Order, asked: BucketAsked, buckets: int, number: int
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Write a bucket's files; returns how many rows each table has, and which cases were left out."""
    streams = range_of(number, buckets, order.position)
    found = read_bucket(order.database, streams, asked, Pseudonyms(order.key))
    for name, table in found.tables.items():
        write_file(part, _facts(order, name, number, buckets, left_out=found.left_out), table)
    return {name: len(table) for name, table in found.tables.items()}, found.left_out


def _facts(
    order: Order, table: str, number: int, buckets: int, after: int = 0, left_out: tuple[str, ...] = ()
) -> FileFacts:
    return FileFacts(
        table=table,
        bucket=number,
        buckets=buckets,
        position=order.position,
        at=order.at,
        tables=order.tables,
        selection=order.selection,
        after=after,
        left_out=left_out,
    )


class _Added(NamedTuple):
    buckets: int
    rows: int
    linked: int


def _added(part: Path, order: Order, base: Snapshot) -> _Added | None:
    """Link the events of an export, and write those that came since, into a file for each bucket.

    None, with nothing written, where one of them is of a newer program: its whole case is left out then.
    """
    names, buckets, after = Pseudonyms(order.key), base.facts.buckets, base.facts.position
    new: list[list[StoredEvent]] = [[] for _ in range(buckets)]
    for event in _log(order.database, after, order.position):
        new[bucket_of(event.stream_id, buckets)].append(event)
    try:
        tables = [events_in(events, order.selection, names) for events in new]
    except NewerThanProgram:
        return None
    old = [file for files in base.files[EVENTS] for file in files]
    for file in old:
        linked(file.path, part / file.facts.path)
    if after < order.position:
        for number, table in enumerate(tables):
            write_file(part, _facts(order, EVENTS, number, buckets, after), table)
    return _Added(buckets, sum(map(len, tables)), len(old))


def _log(database: str, after: int, up_to: int) -> Iterator[StoredEvent]:
    """The events of cases after a position of the log until another."""
    with LogReader(database, waits=False) as log:
        while after < up_to:
            page = log.read(after, _PAGE)
            if not page:
                return
            yield from _of_cases(page, up_to)
            after = page[-1].position


def _of_cases(events: Iterable[StoredEvent] | Sequence[StoredEvent], up_to: int) -> Iterator[StoredEvent]:
    return (event for event in events if event.position <= up_to and event.type.startswith(CASES.type_prefix))
