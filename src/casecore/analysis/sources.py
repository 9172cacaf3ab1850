"""Where the tables of a history come from, bucket by bucket: the store, a replica of it, or an export."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from casecore.analysis.errors import ExportUnreadable, PlaceUnknown
from casecore.analysis.personal import Pseudonyms
from casecore.analysis.positions import head_of
from casecore.analysis.selection import Selection
from casecore.analysis.snapshot.layout import bucket_of, number_of_buckets, range_of
from casecore.analysis.snapshot.reading import Snapshot, open_snapshot
from casecore.analysis.tables.all_cases_at import all_cases_at
from casecore.analysis.tables.bucket import Bucket, BucketAsked, read_bucket
from casecore.analysis.tables.catalogue import AS_OF, CASES, EVENTS
from casecore.analysis.tables.refold import cases_at
from casecore.clocks.instants import EPOCH
from casecore.contract.streams import case_stream_id
from casecore.evaluation.histories import StreamRange
from casecore.evaluation.over_histories import MakePool, OnShare, over_parts, worth
from casecore.store.log import LogReader
from casecore.store.pseudonym_key import read_pseudonym_key


class AsKnown(NamedTuple):
    """An instant, and what was known of it by another; None: what is known now."""

    at: datetime
    recorded_by: datetime | None = None


def _require_address(database: str) -> None:
    """Raise PlaceUnknown for what is no address; its text is not shown, since a password may be in it."""
    try:
        conninfo_to_dict(database)
    except ProgrammingError:
        raise PlaceUnknown from None


class WholeTable(NamedTuple):
    """A table of all buckets, and the cases that are not in it, since only a newer program can read them."""

    table: pa.Table
    left_out: tuple[str, ...]


class StoreSource(NamedTuple):
    """A store, or a replica of it, up to a position, which was recorded at `last_at`."""

    database: str
    key: bytes
    position: int
    last_at: datetime
    selection: Selection

    @property
    def buckets(self) -> int:
        """How many buckets it has."""
        return number_of_buckets(self.position)

    def bucket(self, names: tuple[str, ...], number: int, when: AsKnown) -> Bucket:
        """Some tables' rows of one bucket. Raises DatabaseUnavailable, TablesMissing and StreamUnreadable."""
        streams = range_of(number, self.buckets, self._known_position(when))
        return self._read(streams, names, when)

    def events_of(self, case: str) -> pa.Table:
        """The events of one case; none for a reference that is not there. Raises as `bucket`."""
        stream_id = case_stream_id(case)
        after = type(stream_id)(int=stream_id.int + 1)
        found = self._read(StreamRange(stream_id, after, self.position), (EVENTS,), AsKnown(self.last_at))
        return found.tables[EVENTS]

    def _read(self, streams: StreamRange, names: tuple[str, ...], when: AsKnown) -> Bucket:
        asked = BucketAsked(names, self.selection, when.at)
        return read_bucket(self.database, streams, asked, Pseudonyms(self.key))

    def _known_position(self, when: AsKnown) -> int:
        if when.recorded_by is None:
            return self.position
        with LogReader(self.database, waits=False) as log:
            return min(self.position, log.last_recorded_by(when.recorded_by))


class ExportSource(NamedTuple):
    """An export in a folder."""

    snapshot: Snapshot

    @property
    def position(self) -> int:
        """Up to which position of the log it goes."""
        return self.snapshot.facts.position

    @property
    def last_at(self) -> datetime:
        """As of when its tables are."""
        return self.snapshot.facts.at

    @property
    def buckets(self) -> int:
        """How many buckets it has."""
        return self.snapshot.facts.buckets

    def bucket(self, names: tuple[str, ...], number: int, when: AsKnown) -> Bucket:
        """Some tables' rows of one bucket. Raises ExportUnreadable."""
        there = [name for name in names if self._has(name, when)]
        found = {name: self.snapshot.bucket(name, number) for name in there}
        left = [name for name in names if name not in found]
        if left:
            self._require_foldable(left)
            events = found[EVENTS] if EVENTS in found else self.snapshot.bucket(EVENTS, number)
            folded = cases_at(events, when.at, when.recorded_by)._asdict()
            found.update({name: folded[name] for name in left})
        return Bucket(found, self.snapshot.left_out_of(number))

    def events_of(self, case: str) -> pa.Table:
        """The events of one case; none for a reference that is not there. Raises ExportUnreadable."""
        return self.snapshot.events_of(case, bucket_of(case_stream_id(case), self.buckets))

    def at_once(self, name: str, when: AsKnown) -> WholeTable | None:
        """A whole table, where that is faster than by buckets: cases that have to be folded.

        They are told by the columns of the events. Raises ExportUnreadable.
        """
        if name != CASES or self._has(name, when):
            return None
        self._require_foldable([CASES])
        return WholeTable(all_cases_at(self.snapshot.paths(EVENTS), *when), self.snapshot.left_out)

    def _has(self, name: str, when: AsKnown) -> bool:
        """Whether a table is there as it is asked for."""
        return name == EVENTS or (when == AsKnown(self.last_at) and name in self.snapshot.files)

    def _require_foldable(self, names: Sequence[str]) -> None:
        if not set(names) <= set(AS_OF):
            raise ExportUnreadable(
                f"{self.snapshot.folder} has {', '.join(names)} as of {self.last_at} or not at all: ask for "
                "that instant, export again with --at, or open the store"
            )
        if not self.snapshot.facts.selection.is_whole:
            raise ExportUnreadable(
                f"{self.snapshot.folder} has a part of the events, and {', '.join(names)} are folded from "
                "all of them: export without a selection, or open the store"
            )


HistorySource = StoreSource | ExportSource


def source_of(place: str | Path, *, position: int | None = None, personal: bool = False) -> HistorySource:
    """The history at a place: an export's folder, or the address of a database.

    `position` and `personal` are of a store; an export has its own. Raises ExportUnreadable,
    DatabaseUnavailable, TablesMissing and PositionUnknown.
    """
    if isinstance(place, Path) or Path(place).exists():
        return ExportSource(open_snapshot(Path(place)))
    return store_source(place, Selection(personal=personal), position)


def store_source(database: str, selection: Selection, position: int | None = None) -> StoreSource:
    """A store up to a position of its log; None: to its end. Raises as `source_of`."""
    _require_address(database)
    head = head_of(database, position)
    key = read_pseudonym_key(database)
    return StoreSource(database, key, head.position, head.recorded_at or EPOCH, selection)


def whole_table(
    source: HistorySource,
    name: str,
    when: AsKnown,
    processes: int,
    on_progress: OnShare = lambda _: None,
    pool_of: MakePool | None = None,
) -> WholeTable:
    """A table, its buckets in order, which several processes read. Raises what reading a bucket raises."""
    if isinstance(source, ExportSource) and (found := source.at_once(name, when)) is not None:
        return found
    work = partial(_numbered, source, name, when)
    parts = over_parts(
        work, range(source.buckets), worth(processes, source.position), on_progress, pool_of=pool_of
    )
    buckets = [bucket for _, bucket in sorted(parts, key=lambda part: part[0])]
    left_out = sorted(case for bucket in buckets for case in bucket.left_out)
    table = pa.concat_tables([bucket.tables[name] for bucket in buckets]).unify_dictionaries()
    return WholeTable(table, tuple(left_out))


def _numbered(source: HistorySource, name: str, when: AsKnown, number: int) -> tuple[int, Bucket]:
    return number, source.bucket((name,), number, when)
