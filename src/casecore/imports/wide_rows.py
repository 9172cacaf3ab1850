"""What lies between a file's rows and the events of an import: several events of a row, and their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from casecore.imports.errors import RowRejected
from casecore.imports.mapping import RowTable
from casecore.imports.places import PlaceCounter, RowsByTime
from casecore.imports.source_file import SourceRow


def events_of_rows(rows: Iterable[SourceRow], entries: Sequence[RowTable]) -> Iterator[SourceRow]:
    """For each row, an event for each entry whose time column the row fills in, in the order of the entries.

    An event's place follows from its row's place and its entry's number, so it stays the same when the row
    fills in another time later. A row that fills in none is left as it is, with its problem.
    """
    times = ", ".join(entry.time for entry in entries)
    for row in rows:
        if row.problem is not None:
            yield row
            continue
        filled = [
            number
            for number, entry in enumerate(entries, start=1)
            if row.attributes.get(entry.time, "").strip()
        ]
        if not filled:
            yield row._replace(problem=f"the row has no time: none of {times[:500]} is filled in")
        for number in filled:
            place = (row.place - 1) * len(entries) + number if row.place else 0
            yield row._replace(place=place, entry=number - 1)


def in_order_of_time(
    rows: Iterable[SourceRow], time_of: Callable[[SourceRow], datetime], places: PlaceCounter | None
) -> Iterator[SourceRow]:
    """The rows from the earliest to the latest, after those whose time cannot be read, which have no place.

    `places` counts the others in this order; None leaves their places as they are.
    """
    with RowsByTime() as by_time:
        for row in rows:
            try:
                if row.problem is not None or row.case is None:
                    raise RowRejected(row.problem or "it has no case")
                at = time_of(row)
            except RowRejected:
                yield row if places is None else row._replace(place=0)
                continue
            by_time.add(row, at)
        for row in by_time.in_order():
            yield row if places is None or row.case is None else row._replace(place=places.take(row.case))
