"""A view built a second time beside the live one: compared with it, and for a rebuild swapped in."""

from __future__ import annotations

import time
from typing import NamedTuple

from casecore.postgres.connection import Connection
from projections.kit.errors import KeptByNewer, RebuildRunning, TopicsNotFull
from projections.kit.projection import AnyProjection
from projections.kit.quarantine.newer import names_waiting
from projections.kit.reading.folded import folded_in
from projections.kit.rebuild.comparison import Side, TableComparison, compare, hashes
from projections.kit.rebuild.decided import load_verdicts, still_valid
from projections.kit.rebuild.dropping import drop_schema, drop_schema_if_possible, refuse_dependents
from projections.kit.rebuild.lock import is_awaited, rebuild_lock
from projections.kit.rebuild.shadow_build import BuildProgress, OnProgress, ShadowBuild
from projections.kit.rebuild.swap import swap
from projections.kit.rebuild.workers import build_in_parallel
from projections.kit.servers import ViewServers
from projections.kit.tables import schema
from projections.kit.tables.offsets import load_offsets

_GIVE_WAY_SECONDS = 1.0
"""Between the looks of a rebuild that nobody ordered whether an operator waits for it to end."""

_MOST_NAMED = 10
"""So many of what only a newer program can read are named."""

_FULL_SECONDS = 10
"""Without growth for so long, topics are not being filled."""

_FULL_AGAIN_SECONDS = 0.2
"""Between looks at topics that are."""


class RebuildReport(NamedTuple):
    """What a rebuild or an audit found.

    `compared` is empty where there was nothing to compare with: no live view, or one built by another
    version of the projection; or one in which a newer program has folded what this one cannot read, which
    `left_out` names. `built` says rows and hash of each table at the offsets that were compared,
    or else when it was first built to its end; what comes until the swap is folded without a second look.
    """

    view: str
    compared: list[TableComparison]
    built: dict[str, tuple[int, str]]
    events: int
    seconds: float
    left_out: tuple[str, ...] = ()

    @property
    def equal(self) -> bool | None:
        """Whether the live view was the fold of its topics; None where it could not be compared."""
        return all(table.equal for table in self.compared) if self.compared else None

    @property
    def events_per_second(self) -> float:
        """How fast it was built."""
        return self.events / self.seconds if self.seconds else 0.0


def _silent(_: BuildProgress) -> None:
    return None


def rebuild(
    projection: AnyProjection,
    servers: ViewServers,
    on_progress: OnProgress = _silent,
    processes: int = 1,
) -> RebuildReport:
    """Build the view from scratch, compare it with the live one at the same offsets, and swap it in.

    The live view answers all the while; its runner is held up only for the last records before the
    swap, then starts again by itself. So many `processes` build at once, if it is worth it. What an operator
    skipped stays skipped. What is parked is left out on both sides of the comparison (law 3), and then tried
    again. Raises RebuildRunning, QuarantineChanged, ViewHasDependents, SchemaInUse, KeptByNewer,
    TopicMissing.
    """
    with rebuild_lock(projection.name, servers.database, waits=True) as live:
        return _rebuild(projection, live, servers, on_progress, processes)


def rebuild_on_topic_replacement(
    projection: AnyProjection,
    servers: ViewServers,
    on_progress: OnProgress = _silent,
) -> RebuildReport:
    """Rebuild a view whose topics were replaced, once they hold as much as the view has folded.

    Nobody has decided on this rebuild, so it removes nothing: while a relay fills the topics it waits,
    and raises TopicsNotFull when they have stopped growing before. It gives way to an operator who waits to
    rebuild the view, and raises RebuildRunning then. Raises what `rebuild` raises.
    """
    with rebuild_lock(projection.name, servers.database, waits=False) as live:
        on_progress = _giving_way(projection.name, live, on_progress)
        wanted = folded_in(live, projection.name) if schema.exists(live, projection.name) else 0
        return _rebuild(projection, live, servers, on_progress, wanted=wanted)


def audit_view(
    projection: AnyProjection,
    servers: ViewServers,
    on_progress: OnProgress = _silent,
    processes: int = 1,
) -> RebuildReport:
    """Build the view a second time, compare it with the live one at the same offsets, and drop it again.

    So many `processes` build at once, if it is worth it. What is in quarantine is left out on both sides
    (law 3). Raises ViewMissing, ViewOutdated, RebuildRunning, QuarantineChanged, SchemaInUse, TopicMissing.
    """
    with rebuild_lock(projection.name, servers.database, waits=True) as live:
        schema.require(live, projection)
        return _build(projection, live, servers, "audit", on_progress, processes)


def _giving_way(view: str, live: Connection, on_progress: OnProgress) -> OnProgress:
    """The same, but now and then it raises RebuildRunning if an operator waits for this rebuild to end."""
    asked_at = 0.0

    def look_and_go_on(progress: BuildProgress) -> None:
        nonlocal asked_at
        on_progress(progress)
        if time.monotonic() - asked_at > _GIVE_WAY_SECONDS:
            if is_awaited(live, view):
                raise RebuildRunning(view)
            asked_at = time.monotonic()

    return look_and_go_on


def _rebuild(
    projection: AnyProjection,
    live: Connection,
    servers: ViewServers,
    on_progress: OnProgress,
    processes: int = 1,
    wanted: int = 0,
) -> RebuildReport:
    refuse_dependents(live, projection.name, projection.name)
    drop_schema(live, projection.name, f"{projection.name}_old")
    return _build(projection, live, servers, "next", on_progress, processes, wanted)


def _build(
    projection: AnyProjection,
    live: Connection,
    servers: ViewServers,
    suffix: str,
    on_progress: OnProgress,
    processes: int,
    wanted: int = 0,
) -> RebuildReport:
    started_at = time.monotonic()
    name, target = projection.name, f"{projection.name}_{suffix}"
    drop_schema(live, name, target)
    try:
        with ShadowBuild(projection, servers, target) as shadow:
            compared, built = _build_and_compare(projection, live, shadow, processes, on_progress)
            left_out = tuple(sorted(names_waiting(shadow.connection, target)))
            if compared is None and suffix == "next":
                raise KeptByNewer(name, left_out[:_MOST_NAMED])
            _fill(shadow, name, wanted, on_progress)
            if suffix == "next":
                swap(live, projection, shadow, on_progress)
            events = shadow.events
    finally:
        drop_schema_if_possible(live, name, target)
    return RebuildReport(name, compared or [], built, events, time.monotonic() - started_at, left_out)


def _build_and_compare(
    projection: AnyProjection, live: Connection, shadow: ShadowBuild, processes: int, on_progress: OnProgress
) -> tuple[list[TableComparison] | None, dict[str, tuple[int, str]]]:
    """Build, and compare if there is something to compare with; also returns what was built.

    None instead of the comparison if the live view has folded what only a newer program can read.
    """
    name = projection.name
    there = schema.exists(live, name)
    # Offsets before verdicts: whatever was parked before these offsets is among the verdicts then.
    offsets = load_offsets(live, name) if there else {}
    same_topics = all(each.topic_id == shadow.topic_ids.get(each.topic) for each in offsets.values())
    comparable = bool(offsets) and same_topics and schema.is_current(live, projection)
    shadow.verdicts = load_verdicts(live, name, parked=comparable) if there else {}
    build_in_parallel(shadow, shadow.targets(offsets), processes, on_progress)
    shadow.sum_up()
    compared = _compare_at_one_moment(projection, live, shadow, on_progress) if comparable else []
    if not compared:
        return compared, hashes(projection, Side(shadow.connection, shadow.schema))
    return compared, {table.table: (table.rebuilt_rows, table.rebuilt_hash) for table in compared}


def _compare_at_one_moment(
    projection: AnyProjection, live: Connection, shadow: ShadowBuild, on_progress: OnProgress
) -> list[TableComparison] | None:
    """Compare at the live view's offsets of one moment, which a snapshot holds still; its runner goes on.

    None if the live view has folded what only a newer program can read.
    """
    with live.transaction():
        live.execute("set transaction isolation level repeatable read")
        offsets = load_offsets(live, projection.name)
        now = load_verdicts(live, projection.name, parked=True)
        shadow.verdicts = still_valid(projection.name, shadow.verdicts, now)
        shadow.build_to(shadow.targets(offsets), on_progress)
        if names_waiting(shadow.connection, shadow.schema):
            return None
        return compare(projection, Side(live, projection.name), Side(shadow.connection, shadow.schema))


def _fill(shadow: ShadowBuild, view: str, wanted: int, on_progress: OnProgress) -> None:
    """Build on until so many events are folded, as long as the topics grow."""
    grown_at = time.monotonic()
    while (found := folded_in(shadow.connection, shadow.schema)) < wanted:
        before = shadow.events
        shadow.build_to(shadow.targets({}), on_progress)
        if shadow.events > before:
            grown_at = time.monotonic()
        elif time.monotonic() - grown_at > _FULL_SECONDS:
            raise TopicsNotFull(view, found, wanted)
        else:
            on_progress(BuildProgress(found, wanted, shadow.events))
            time.sleep(_FULL_AGAIN_SECONDS)
