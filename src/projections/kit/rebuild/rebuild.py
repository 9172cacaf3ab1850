"""A view built again beside the live one: compared with it, and for a rebuild swapped in."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import NamedTuple

import psycopg

from casecore.kafka.partitions import Partition
from casecore.postgres.connection import Connection, connect
from casecore.postgres.limits import REBUILD
from projections.kit import sql
from projections.kit.errors import (
    QuarantineChanged,
    RebuildRunning,
    SchemaInUse,
    TopicsNotFull,
    ViewHasDependents,
)
from projections.kit.fold.fold import Park, Reason, Skip, Verdict
from projections.kit.fold.records import Claimed, Place
from projections.kit.projection import AnyProjection
from projections.kit.quarantine.quarantine import retry_built
from projections.kit.reading.waiting import folded_in
from projections.kit.rebuild.comparison import Side, TableComparison, compare, hashes
from projections.kit.rebuild.shadow_build import Builder, Progress, Report
from projections.kit.rebuild.workers import build_together
from projections.kit.tables import schema
from projections.kit.tables.schema import statement

_TURN_MS = 30_000  # that an operator waits: a renewal gives way, and hashes small tables within that
_GIVE_WAY_SECONDS = 1.0  # between a renewal's looks whether somebody waits for it to end
_DROP_TRIES = 20
_DROP_WAIT_MS = 500  # for the old schema's last readers, each try
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
    with _alone(projection, database, waits=True) as live:
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
    with _alone(projection, database, waits=False) as live:
        report = _giving_way(projection.name, live, report)
        wanted = folded_in(live, projection.name) if schema.exists(live, projection.name) else 0
        return _anew(projection, live, where, report, wanted=wanted)


def _giving_way(name: str, live: Connection, report: Report) -> Report:
    asked_at = 0.0

    def told(progress: Progress) -> None:
        nonlocal asked_at
        report(progress)
        if time.monotonic() - asked_at > _GIVE_WAY_SECONDS:
            row = live.execute(sql.REBUILD_AWAITED, (name,)).fetchone()
            if row and row[0]:
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
    _refuse_dependents(live, projection.name, projection.name)
    _drop(live, projection.name, f"{projection.name}_old")
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
    with _alone(projection, database, waits=True) as live:
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
    _drop(live, name, target)
    try:
        with Builder(projection, *where, target) as builder:
            compared, built = _compare(projection, live, builder, processes, report)
            _fill(builder, projection.name, wanted, report)
            if suffix == "next":
                _swap(live, projection, builder, report)
            events = builder.events
    finally:
        _drop_if_possible(live, name, target)
    return RebuildReport(name, compared, built, events, time.monotonic() - started_at)


def _compare(
    projection: AnyProjection, live: Connection, builder: Builder, processes: int, report: Report
) -> tuple[list[TableComparison], dict[str, tuple[int, str]]]:
    """Build, and compare if there is something to compare with; also returns what was built."""
    name = projection.name
    there = schema.exists(live, name)
    # Offsets before verdicts: whatever was parked before these offsets is among the verdicts then.
    offsets = _offsets(live, name) if there else {}
    comparable = bool(offsets) and _comparable(live, projection, builder, offsets)
    builder.verdicts = _verdicts(live, name, quarantined=comparable) if there else {}
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
        offsets = _offsets(live, projection.name)
        now = _verdicts(live, projection.name, quarantined=True)
        builder.verdicts = _still(builder.verdicts, now, projection.name)
        builder.build_to(builder.targets(offsets), report)
        return compare(projection, Side(live, projection.name), Side(builder.connection, builder.schema))


def _swap(live: Connection, projection: AnyProjection, builder: Builder, report: Report) -> None:
    name, old = projection.name, f"{projection.name}_old"
    if schema.exists(live, name):
        # Hashing took its time: what came meanwhile is folded before anybody is held up.
        builder.build_to(builder.targets(_offsets(live, name)), report)
    with live.transaction():
        live.execute(sql.LIMIT_SWAP)
        live.execute(sql.LOCK_CREATION, (name,))
        there = schema.exists(live, name)
        if there:
            # The locked offsets hold the live runner up; its next write finds that it owns nothing.
            locked = live.execute(statement(sql.OFFSETS_LOCKED, schema=name)).fetchall()
            builder.build_to(builder.targets(_by_place(locked)), report)
            _still(_skips(builder.verdicts), _verdicts(live, name, quarantined=False), name)
            _refuse_dependents(live, name, name)
        if len(_skips(builder.verdicts)) < len(builder.verdicts):
            retry_built(builder.connection, projection, builder.schema)
        if there:
            live.execute(statement(sql.FENCE_ALL, schema=name))
            live.execute(statement(sql.COPY_SKIPPED, schema=name, new=builder.schema))
            live.execute(statement(sql.RENAME_SCHEMA, schema=name, new=old))
        live.execute(statement(sql.FENCE_ALL, schema=builder.schema))
        live.execute(statement(sql.RENAME_SCHEMA, schema=builder.schema, new=name))
    _drop_if_possible(live, name, old)  # else the next rebuild drops it


def _comparable(
    live: Connection, projection: AnyProjection, builder: Builder, offsets: Mapping[Partition, Claimed]
) -> bool:
    same_topics = all(each.topic_id == builder.topic_ids.get(each.topic) for each in offsets.values())
    return same_topics and schema.is_current(live, projection)


def _offsets(live: Connection, name: str) -> dict[Partition, Claimed]:
    return _by_place(live.execute(statement(sql.OFFSETS_NOW, schema=name)).fetchall())


def _by_place(rows: list[tuple[object, ...]]) -> dict[Partition, Claimed]:
    claims = [Claimed(*row) for row in rows]  # type: ignore[arg-type]
    return {Partition(claimed.topic, claimed.partition): claimed for claimed in claims}


def _verdicts(live: Connection, name: str, quarantined: bool) -> dict[Place, Verdict]:
    """What was decided about records of the live view: skipped, and for an audit also parked."""
    found: dict[Place, Verdict] = {}
    if quarantined:
        for row in live.execute(statement(sql.QUARANTINED_PLACES, schema=name)):
            found[Place(*row)] = Park(Reason.STANDS_PARKED, "it is parked in the live view")
    for row in live.execute(statement(sql.SKIPPED_PLACES, schema=name)):
        found[Place(*row)] = Skip()
    return found


def _skips(verdicts: Mapping[Place, Verdict]) -> dict[Place, Verdict]:
    return {place: verdict for place, verdict in verdicts.items() if isinstance(verdict, Skip)}


def _still(then: Mapping[Place, Verdict], now: dict[Place, Verdict], name: str) -> dict[Place, Verdict]:
    """The verdicts of now, if what was built by those of then still holds; else raises QuarantineChanged.

    What the runner has parked since then lies beyond what was built.
    """
    for place in then.keys() | now.keys():
        newly_parked = place not in then and isinstance(now[place], Park)
        if then.get(place) != now.get(place) and not newly_parked:
            raise QuarantineChanged(name)
    return now


@contextmanager
def _alone(projection: AnyProjection, database: str, *, waits: bool) -> Iterator[Connection]:
    """A connection that holds the right to rebuild this view, which PostgreSQL gives back when it ends.

    Raises RebuildRunning where somebody else has it; an operator waits for his turn before that. Whoever
    comes again by itself does not, so that only an operator is ever seen waiting.
    """
    with connect(database, REBUILD, "casecore rebuild") as connection:
        if not (_waited(connection, projection.name) if waits else _tried(connection, projection.name)):
            raise RebuildRunning(projection.name)
        try:
            yield connection
        finally:
            # PostgreSQL ends a session a moment after it was closed, when the next rebuild may have begun.
            with suppress(psycopg.OperationalError):
                connection.execute(sql.UNLOCK_REBUILD, (projection.name,))


def _waited(connection: Connection, name: str) -> bool:
    try:
        with connection.transaction():
            connection.execute(sql.LIMIT_TURN, (f"{_TURN_MS}ms",))
            connection.execute(sql.LOCK_REBUILD, (name,))
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def _tried(connection: Connection, name: str) -> bool:
    row = connection.execute(sql.TRY_LOCK_REBUILD, (name,)).fetchone()
    return bool(row and row[0])


def _refuse_dependents(live: Connection, view: str, target: str) -> None:
    """Raise ViewHasDependents if something outside of a schema stands on it."""
    found = [str(row[0]) for row in live.execute(sql.DEPENDENTS, {"schema": target})]
    if found:
        raise ViewHasDependents(view, target, found)


def _drop(live: Connection, view: str, target: str) -> None:
    """Drop a schema that nobody finds any more; a query that still reads it is waited for, within a bound.

    Nothing goes with it that stands outside of it. Raises ViewHasDependents and SchemaInUse.
    """
    for _ in range(_DROP_TRIES):
        try:
            with live.transaction():
                live.execute(f"set local lock_timeout = {_DROP_WAIT_MS}")
                relations = [str(row[0]) for row in live.execute(sql.RELATIONS_OF, (target,))]
                if relations:
                    # Locked, they cannot be built on between the look and the drop.
                    live.execute(statement(sql.LOCK_RELATIONS, relations=", ".join(relations)))
                _refuse_dependents(live, view, target)
                live.execute(statement(sql.DROP_SCHEMA, schema=target))
            return
        except psycopg.errors.LockNotAvailable:
            continue
    raise SchemaInUse(view, target, [int(row[0]) for row in live.execute(sql.LOCKED_BY, (target,))])


def _drop_if_possible(live: Connection, view: str, target: str) -> None:
    """The same at the end, where what came before must not be hidden by what cannot be dropped."""
    with suppress(SchemaInUse, ViewHasDependents, psycopg.OperationalError):
        _drop(live, view, target)
