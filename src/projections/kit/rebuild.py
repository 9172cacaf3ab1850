"""A view built again beside the live one: compared with it, and for a rebuild swapped in."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import psycopg

from projections.kit import schema, sql
from projections.kit.building import Builder, Progress, Report
from projections.kit.comparison import Side, TableComparison, compare, hashes
from projections.kit.errors import QuarantineChanged, RebuildRunning
from projections.kit.logic import Park, Place, Reason, Skip, Verdict
from projections.kit.projection import AnyProjection
from projections.kit.schema import Connection, statement
from projections.kit.storage import Claimed
from projections.kit.topics import Partition

_DROP_TRIES = 20
_DROP_WAIT_MS = 500  # for the old schema's last readers, each try


class RebuildReport(NamedTuple):
    """What a rebuild or an audit found.

    `compared` is empty where there was nothing to compare with: no live view, or one built by another
    version of the projection. `rows` and hash of each table stand in `built`.
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
    projection: AnyProjection, database: str, bootstrap: str, prefix: str, report: Report = _silent
) -> RebuildReport:
    """Build the view anew, compare it with the live one at the same offsets, and swap it in.

    The live view answers all the while; its runner is held up only for the last records before the
    swap, then starts again by itself. What an operator skipped stays skipped, and what is parked is
    tried again. Raises RebuildRunning, QuarantineChanged, TopicMissing.
    """
    with _alone(projection, database) as live:
        _drop(live, f"{projection.name}_old")
        return _build(projection, live, (database, bootstrap, prefix), "next", report)


def audit_view(
    projection: AnyProjection, database: str, bootstrap: str, prefix: str, report: Report = _silent
) -> RebuildReport:
    """Build the view a second time, compare it with the live one at the same offsets, and drop it again.

    What stands in quarantine is left out on both sides (law 3). Raises ViewMissing, ViewOutdated,
    RebuildRunning, QuarantineChanged, TopicMissing.
    """
    with _alone(projection, database) as live:
        schema.require(live, projection)
        try:
            return _build(projection, live, (database, bootstrap, prefix), "audit", report)
        finally:
            _drop(live, f"{projection.name}_audit")


def _build(
    projection: AnyProjection, live: Connection, where: tuple[str, str, str], suffix: str, report: Report
) -> RebuildReport:
    started_at = time.monotonic()
    database, bootstrap, prefix = where
    name = projection.name
    there = schema.exists(live, name)
    verdicts = _verdicts(live, name, suffix == "audit") if there else {}
    with Builder(projection, database, bootstrap, prefix, f"{name}_{suffix}", verdicts) as builder:
        offsets = _offsets(live, name) if there else {}
        builder.build_to(builder.targets(offsets), report)
        compared: list[TableComparison] = []
        if offsets and _comparable(live, projection, builder, offsets):
            compared = _compare_at_one_moment(projection, live, builder, verdicts, report)
        built = hashes(projection, Side(builder.connection, builder.schema))
        if suffix == "next":
            _swap(live, projection, builder, verdicts, report)
    return RebuildReport(name, compared, built, builder.events, time.monotonic() - started_at)


def _compare_at_one_moment(
    projection: AnyProjection,
    live: Connection,
    builder: Builder,
    verdicts: Mapping[Place, Verdict],
    report: Report,
) -> list[TableComparison]:
    """Compare at the live view's offsets of one moment, which a snapshot holds still; its runner goes on."""
    with live.transaction():
        live.execute("set transaction isolation level repeatable read")
        offsets = _offsets(live, projection.name)
        auditing = builder.schema.endswith("_audit")
        builder.verdicts = _still(verdicts, _verdicts(live, projection.name, auditing), projection.name)
        builder.build_to(builder.targets(offsets), report)
        return compare(projection, Side(live, projection.name), Side(builder.connection, builder.schema))


def _swap(
    live: Connection,
    projection: AnyProjection,
    builder: Builder,
    verdicts: Mapping[Place, Verdict],
    report: Report,
) -> None:
    name, old = projection.name, f"{projection.name}_old"
    with live.transaction():
        live.execute(sql.LOCK_CREATION, (name,))
        if schema.exists(live, name):
            # The locked offsets hold the live runner up; its next write finds that it owns nothing.
            locked = live.execute(statement(sql.OFFSETS_LOCKED, schema=name)).fetchall()
            builder.build_to(builder.targets(_by_place(locked)), report)
            _still(verdicts, _verdicts(live, name, quarantined=False), name)
            live.execute(statement(sql.FENCE_ALL, schema=name))
            live.execute(statement(sql.COPY_SKIPPED, schema=name, new=builder.schema))
            live.execute(statement(sql.RENAME_SCHEMA, schema=name, new=old))
        live.execute(statement(sql.FENCE_ALL, schema=builder.schema))
        live.execute(statement(sql.RENAME_SCHEMA, schema=builder.schema, new=name))
    _drop(live, old)


def _comparable(
    live: Connection, projection: AnyProjection, builder: Builder, offsets: Mapping[Partition, Claimed]
) -> bool:
    same_topics = all(each.topic_id == builder.topic_ids.get(each.topic) for each in offsets.values())
    return same_topics and schema.is_current(live, projection)


def _offsets(live: Connection, name: str) -> dict[Partition, Claimed]:
    return _by_place(live.execute(statement(sql.OFFSETS_NOW, schema=name)).fetchall())


def _by_place(rows: list[tuple[object, ...]]) -> dict[Partition, Claimed]:
    claims = [Claimed(*row) for row in rows]  # type: ignore[arg-type]
    return {(claimed.topic, claimed.partition): claimed for claimed in claims}


def _verdicts(live: Connection, name: str, quarantined: bool) -> dict[Place, Verdict]:
    """What was decided about records of the live view: skipped, and for an audit also parked."""
    found: dict[Place, Verdict] = {}
    if quarantined:
        for row in live.execute(statement(sql.QUARANTINED_PLACES, schema=name)):
            found[Place(*row)] = Park(Reason.STANDS_PARKED, "it is parked in the live view")
    for row in live.execute(statement(sql.SKIPPED_PLACES, schema=name)):
        found[Place(*row)] = Skip()
    return found


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
def _alone(projection: AnyProjection, database: str) -> Iterator[Connection]:
    """A connection that holds the right to rebuild this view, which PostgreSQL gives back when it ends."""
    with psycopg.connect(database, autocommit=True, application_name="casecore rebuild") as connection:
        row = connection.execute(sql.LOCK_REBUILD, (projection.name,)).fetchone()
        if not row or not row[0]:
            raise RebuildRunning(projection.name)
        yield connection


def _drop(live: Connection, name: str) -> None:
    """Drop a schema that nobody finds any more; a query that still reads it is waited for, within a bound."""
    for attempt in range(_DROP_TRIES):
        try:
            with live.transaction():
                live.execute(f"set local lock_timeout = {_DROP_WAIT_MS}")
                live.execute(statement(sql.DROP_SCHEMA, schema=name))
            return
        except psycopg.errors.LockNotAvailable:
            # The next rebuild drops what is left of this one.
            if attempt == _DROP_TRIES - 1:
                return
