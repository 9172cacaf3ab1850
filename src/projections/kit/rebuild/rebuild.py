"""A view built again beside the live one: compared with it, and for a rebuild swapped in."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NamedTuple

from casecore.kafka.partitions import Partition
from casecore.postgres.connection import Connection
from projections.kit.errors import (
    RebuildRunning,
    TopicsNotFull,
)
from projections.kit.fold.records import Claimed
from projections.kit.projection import AnyProjection
from projections.kit.reading.waiting import folded_in
from projections.kit.rebuild.comparison import Side, TableComparison, compare, hashes
from projections.kit.rebuild.decided import load_verdicts, still_valid
from projections.kit.rebuild.dropping import drop_schema, drop_schema_if_possible, refuse_dependents
from projections.kit.rebuild.lock import is_awaited, rebuild_lock
from projections.kit.rebuild.shadow_build import Builder, Progress, Report
from projections.kit.rebuild.swap import swap
from projections.kit.rebuild.workers import build_together
from projections.kit.tables import schema
from projections.kit.tables.offsets import load_offsets

_GIVE_WAY_SECONDS = 1.0  # between a renewal's looks whether somebody waits for it to end
_FULL_SECONDS = 10  # without growth, after which topics are not being filled
_FULL_AGAIN_SECONDS = 0.2  # between looks at topics that are


class RebuildReport(NamedTuple):
    """What a rebuild or an audit found.

    `compared` is empty where there was nothing to compare with: no live view, or one built by another
    version of the projection. `built` says rows and hash of each table at the offsets that were compared,
    or else when it was first built to its end; what comes until the swap is folded without a second look.
    """

    view: str
    compared: list[TableComparison]
    built: dict[str, tuple[int, str]]
    events: int
    seconds: float

    @property
    def equal(self) -> bool | None:
        """Whether the live view was the fold of its topics; None where it could not be compared."""
        return all(table.equal for table in self.compared) if self.compared else None

    @property
    def events_per_second(self) -> float:
        """How fast it was built."""
        return self.events / self.seconds if self.seconds else 0.0


def _silent(_: Progress) -> None:
    return None


def rebuild(
    projection: AnyProjection,
    database: str,
    bootstrap: str,
    prefix: str,
    report: Report = _silent,
    processes: int = 1,
) -> RebuildReport:
    """Build the view anew, compare it with the live one at the same offsets, and swap it in.

    The live view answers all the while; its runner is held up only for the last records before the
    swap, then starts again by itself. So many `processes` build at once, if it is worth it. What an operator
    skipped stays skipped. What is parked is left out on both sides of the comparison (law 3), and then tried
    again. Raises RebuildRunning, QuarantineChanged, ViewHasDependents, SchemaInUse, TopicMissing.
    """
    where = (database, bootstrap, prefix)
    with rebuild_lock(projection.name, database, waits=True) as live:
        return _anew(projection, live, where, report, processes)


def renew(
    projection: AnyProjection, database: str, bootstrap: str, prefix: str, report: Report = _silent
) -> RebuildReport:
    """Rebuild a view whose topics were made anew, once they hold as much as the view has folded.

    Nobody has decided on this rebuild, so it takes nothing away: while a relay fills the topics it waits,
    and raises TopicsNotFull when they have stopped growing before. It gives way to somebody who waits for
    his turn, and raises RebuildRunning then. Raises what `rebuild` raises.
    """
    where = (database, bootstrap, prefix)
    with rebuild_lock(projection.name, database, waits=False) as live:
        report = _giving_way(projection.name, live, report)
        wanted = folded_in(live, projection.name) if schema.exists(live, projection.name) else 0
        return _anew(projection, live, where, report, wanted=wanted)


def _giving_way(name: str, live: Connection, report: Report) -> Report:
    asked_at = 0.0

    def told(progress: Progress) -> None:
        nonlocal asked_at
        report(progress)
        if time.monotonic() - asked_at > _GIVE_WAY_SECONDS:
            if is_awaited(live, name):
                raise RebuildRunning(name)
            asked_at = time.monotonic()

    return told


def _anew(
    projection: AnyProjection,
    live: Connection,
    where: tuple[str, str, str],
    report: Report,
    processes: int = 1,
    wanted: int = 0,
) -> RebuildReport:
    refuse_dependents(live, projection.name, projection.name)
    drop_schema(live, projection.name, f"{projection.name}_old")
    return _build(projection, live, where, "next", report, processes, wanted)


def audit_view(
    projection: AnyProjection,
    database: str,
    bootstrap: str,
    prefix: str,
    report: Report = _silent,
    processes: int = 1,
) -> RebuildReport:
    """Build the view a second time, compare it with the live one at the same offsets, and drop it again.

    So many `processes` build at once, if it is worth it. What stands in quarantine is left out on both sides
    (law 3). Raises ViewMissing, ViewOutdated, RebuildRunning, QuarantineChanged, SchemaInUse, TopicMissing.
    """
    with rebuild_lock(projection.name, database, waits=True) as live:
        schema.require(live, projection)
        return _build(projection, live, (database, bootstrap, prefix), "audit", report, processes)


def _build(
    projection: AnyProjection,
    live: Connection,
    where: tuple[str, str, str],
    suffix: str,
    report: Report,
    processes: int,
    wanted: int = 0,
) -> RebuildReport:
    started_at = time.monotonic()
    name, target = projection.name, f"{projection.name}_{suffix}"
    drop_schema(live, name, target)
    try:
        with Builder(projection, *where, target) as builder:
            compared, built = _compare(projection, live, builder, processes, report)
            _fill(builder, projection.name, wanted, report)
            if suffix == "next":
                swap(live, projection, builder, report)
            events = builder.events
    finally:
        drop_schema_if_possible(live, name, target)
    return RebuildReport(name, compared, built, events, time.monotonic() - started_at)


def _compare(
    projection: AnyProjection, live: Connection, builder: Builder, processes: int, report: Report
) -> tuple[list[TableComparison], dict[str, tuple[int, str]]]:
    """Build, and compare if there is something to compare with; also returns what was built."""
    name = projection.name
    there = schema.exists(live, name)
    # Offsets before verdicts: whatever was parked before these offsets is among the verdicts then.
    offsets = load_offsets(live, name) if there else {}
    comparable = bool(offsets) and _comparable(live, projection, builder, offsets)
    builder.verdicts = load_verdicts(live, name, parked=comparable) if there else {}
    build_together(builder, builder.targets(offsets), processes, report)
    if not comparable:
        return [], hashes(projection, Side(builder.connection, builder.schema))
    compared = _compare_at_one_moment(projection, live, builder, report)
    return compared, {table.table: (table.rebuilt_rows, table.rebuilt_hash) for table in compared}


def _fill(builder: Builder, name: str, wanted: int, report: Report) -> None:
    """Build on until so many events are folded, as long as the topics grow."""
    grown_at = time.monotonic()
    while (found := folded_in(builder.connection, builder.schema)) < wanted:
        before = builder.events
        builder.build_to(builder.targets({}), report)
        if builder.events > before:
            grown_at = time.monotonic()
        elif time.monotonic() - grown_at > _FULL_SECONDS:
            raise TopicsNotFull(name, found, wanted)
        else:
            report(Progress(found, wanted, builder.events))
            time.sleep(_FULL_AGAIN_SECONDS)


def _compare_at_one_moment(
    projection: AnyProjection, live: Connection, builder: Builder, report: Report
) -> list[TableComparison]:
    """Compare at the live view's offsets of one moment, which a snapshot holds still; its runner goes on."""
    with live.transaction():
        live.execute("set transaction isolation level repeatable read")
        offsets = load_offsets(live, projection.name)
        now = load_verdicts(live, projection.name, parked=True)
        builder.verdicts = still_valid(projection.name, builder.verdicts, now)
        builder.build_to(builder.targets(offsets), report)
        return compare(projection, Side(live, projection.name), Side(builder.connection, builder.schema))


def _comparable(
    live: Connection, projection: AnyProjection, builder: Builder, offsets: Mapping[Partition, Claimed]
) -> bool:
    same_topics = all(each.topic_id == builder.topic_ids.get(each.topic) for each in offsets.values())
    return same_topics and schema.is_current(live, projection)
