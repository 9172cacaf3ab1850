"""A history to be asked from Python: Arrow tables of what happened, and of how cases stood at any instant."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Executor
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import cast

import pyarrow as pa
from loky import ProcessPoolExecutor

from casecore.analysis.errors import CaseNotThere
from casecore.analysis.mining.handovers import handovers, ping_pong
from casecore.analysis.mining.paths import directly_follows, variants
from casecore.analysis.mining.questions import ALL_CASES, By, Opened
from casecore.analysis.mining.waits import waits
from casecore.analysis.queries import Events
from casecore.analysis.sources import AsKnown, ExportSource, HistorySource, source_of, whole_table
from casecore.analysis.tables.as_of import RowsOfCase, case_at
from casecore.analysis.tables.catalogue import EVENTS
from casecore.analysis.tables.refold import cases_in, judged
from casecore.cases.topics import TOPICS
from casecore.clocks.instants import micros
from casecore.contract.service_levels import Policy
from casecore.evaluation.over_histories import over_parts, worth
from casecore.evaluation.whatif import Result
from casecore.service_levels.policy_file import load_policy

_MOST_CHANGES = 10_000


class CaseHistories:
    """The history of all cases up to a position of the store's log.

    Tables are `pyarrow.Table`s: `.to_pandas()`, `polars.from_arrow(…)` and DuckDB take them as they are.
    Instants are in UTC, to the microsecond; durations are in seconds. Without personal data people have
    pseudonyms, and free texts are left out.

    Its methods raise ExportUnreadable, or of a store DatabaseUnavailable, TablesMissing and StreamUnreadable.
    """

    def __init__(self, source: HistorySource, processes: int) -> None:
        self._source = source
        self._processes = processes
        self._left_out: set[str] = set()

    @property
    def position(self) -> int:
        """Up to which position of the store's log it goes."""
        return self._source.position

    @property
    def last_at(self) -> datetime:
        """When its last event was recorded: as of then its tables are, unless another instant is given."""
        return self._source.last_at

    @property
    def left_out(self) -> tuple[str, ...]:
        """The cases that the tables asked so far lack, since only a newer program can read them."""
        return tuple(sorted(self._left_out))

    @cached_property
    def events(self) -> pa.Table:
        """Every event of every case, a case's in the order of their versions."""
        return self._table(EVENTS, AsKnown(self.last_at))

    def cases(self, at: datetime | None = None, recorded_by: datetime | None = None) -> pa.Table:
        """Each case as it stood at an instant, by what was recorded by another."""
        return self._table("cases", self._when(at, recorded_by))

    def clocks(self, at: datetime | None = None, recorded_by: datetime | None = None) -> pa.Table:
        """Each clock of each case at an instant, by what was recorded by another."""
        return self._table("clocks", self._when(at, recorded_by))

    def holders(self, at: datetime | None = None, recorded_by: datetime | None = None) -> pa.Table:
        """Who had each case for how long until an instant: a case's rows add up to its age."""
        return self._table("holders", self._when(at, recorded_by))

    def moves(self, at: datetime | None = None) -> pa.Table:
        """Each change of a case's state by an instant."""
        return self._table("moves", self._when(at))

    def efforts(self, at: datetime | None = None) -> pa.Table:
        """Each effort recorded by an instant."""
        return self._table("efforts", self._when(at))

    def charges(self, at: datetime | None = None) -> pa.Table:
        """Each package's maintenance fee for a period, as it stood at an instant."""
        return self._table("charges", self._when(at))

    def case(self, reference: str) -> CaseInHistory:
        """One case. Raises CaseNotThere."""
        return CaseInHistory(reference, self._source.events_of(reference))

    def what_if(
        self,
        *policies: Policy | str | os.PathLike[str],
        at: datetime | None = None,
        limit: int = _MOST_CHANGES,
    ) -> Result:
        """What every clock would be if these policies had been published, beside what it is at an instant.

        A policy is a file's path, or a Policy. `limit` bounds the changes that are kept. Nothing is stored.
        Raises InvalidServiceLevelFile.
        """
        tried = [one if isinstance(one, Policy) else load_policy(Path(one), TOPICS) for one in policies]
        work = partial(_judged, self._source, tried, self._when(at).at, limit)
        result = Result()
        processes = worth(self._processes, self.position)
        for found in over_parts(work, range(self._source.buckets), processes, pool_of=_pool):
            result.add(found, limit)
        return result

    def variants(self, by: By | str = By.ACTIVITY, opened: Opened = ALL_CASES) -> pa.Table:
        """The paths that cases take, that of most cases first: a table of `mining.paths.VariantRow`.

        `by` is one of the words of By, here and below: by what steps are told apart. `opened` chooses cases.
        """
        return variants(self._asked, By(by), opened)

    def directly_follows(self, by: By | str = By.ACTIVITY, opened: Opened = ALL_CASES) -> pa.Table:
        """What follows what directly, how often, and how long after: a table of `mining.paths.FollowsRow`."""
        return directly_follows(self._asked, By(by), opened)

    def handovers(self, by: By | str = By.ORGANISATION, opened: Opened = ALL_CASES) -> pa.Table:
        """Who hands cases to whom: a table of `mining.handovers.HandoverRow`. Raises NotHandedOver."""
        return handovers(self._asked, By(by), opened)

    def ping_pong(self, by: By | str = By.ORGANISATION, opened: Opened = ALL_CASES) -> pa.Table:
        """Between whom cases go there and back: a table of `mining.handovers.PingPongRow`.

        Raises NotHandedOver.
        """
        return ping_pong(self._asked, By(by), opened)

    def waits(
        self, by: By | str = By.STATE, opened: Opened = ALL_CASES, at: datetime | None = None
    ) -> pa.Table:
        """Where the time of cases goes until an instant: a table of `mining.waits.WaitRow`."""
        _check_instants(at=at)
        return waits(self._asked, By(by), opened, at)

    @property
    def _asked(self) -> Events:
        """What is mined: the files of an export, of which only some columns are read, or the table."""
        if isinstance(self._source, ExportSource):
            return self._source.snapshot.paths(EVENTS)
        return self.events

    def _when(self, at: datetime | None, recorded_by: datetime | None = None) -> AsKnown:
        _check_instants(at=at, recorded_by=recorded_by)
        return AsKnown(at or self.last_at, recorded_by)

    def _table(self, name: str, when: AsKnown) -> pa.Table:
        found = whole_table(self._source, name, when, self._processes, pool_of=_pool)
        self._left_out.update(found.left_out)
        return found.table


class CaseInHistory:
    """One case of a history."""

    def __init__(self, reference: str, events: pa.Table) -> None:
        """Raises CaseNotThere if it has no events."""
        if not len(events):
            raise CaseNotThere(reference)
        self.reference = reference
        self.events = events
        """Its events, in the order of their versions."""

    def at(self, occurred: datetime, recorded: datetime | None = None) -> RowsOfCase | None:
        """It as it stood at an instant, by what was recorded by another; None if it was not open yet."""
        _check_instants(occurred=occurred, recorded=recorded)
        known = next(cases_in(self.events, recorded), None)
        return None if known is None else case_at(known, micros(occurred))


def _check_instants(**given: datetime | None) -> None:
    """Raise ValueError for what is no instant: no datetime, or one without a zone."""
    for name, instant in given.items():
        if instant is not None and (not isinstance(instant, datetime) or instant.tzinfo is None):
            raise ValueError(f"{name} is {instant!r}: give a datetime with a zone, such as one in UTC")


def _pool(processes: int, _niceness: int) -> Executor:
    """Processes that do not run the analyst's script again, as the standard library's would."""
    return cast("Executor", ProcessPoolExecutor(processes))


def _judged(
    source: HistorySource, policies: Sequence[Policy], at: datetime, limit: int, number: int
) -> Result:
    events = source.bucket((EVENTS,), number, AsKnown(source.last_at)).tables[EVENTS]
    return judged(events, policies, at, limit)


def open_history(
    place: str | os.PathLike[str],
    *,
    position: int | None = None,
    personal: bool = False,
    processes: int | None = None,
) -> CaseHistories:
    """The history in an export's folder, or in the database at an address (a store, or a replica of one).

    `position` is up to which of the log, `personal` whether names and free texts are read: both of a
    database; an export has its own. `processes` work on it, by default one for each core. Raises
    ExportUnreadable, PositionUnknown, DatabaseUnavailable and TablesMissing.
    """
    where = place if isinstance(place, str) else Path(place)
    return CaseHistories(
        source_of(where, position=position, personal=personal), processes or os.cpu_count() or 1
    )
