"""How far a view has come in each partition of its topics, and which owner may move that on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from psycopg import Cursor

from casecore.kafka.partitions import Partition
from casecore.postgres.connection import Connection
from projections.kit.errors import Fenced
from projections.kit.tables.claims import Claimed
from projections.kit.tables.statement import statement

# The order of locking is that of the key, here and in every statement on offsets, so that nobody deadlocks.
CLAIM = """insert into {schema}.offsets as o (topic, partition, topic_id, next_offset, owner)
select t.topic, t.partition, t.topic_id, 0, %s
from unnest(%s::text[], %s::int[], %s::text[]) as t (topic, partition, topic_id) order by 1, 2
on conflict (topic, partition) do update set owner = excluded.owner
returning topic, partition, topic_id, next_offset"""

_GIVEN = """unnest(%(topics)s::text[], %(partitions)s::int[], %(nexts)s::bigint[])
  as t (topic, partition, next_offset)"""

ADVANCE = f"""with mine as (
  select o.topic, o.partition, t.next_offset from {{schema}}.offsets o join {_GIVEN}
  on o.topic = t.topic and o.partition = t.partition
  where o.owner = %(owner)s and o.next_offset <= t.next_offset
  order by 1, 2 for update of o
)
update {{schema}}.offsets o set next_offset = mine.next_offset from mine
where o.topic = mine.topic and o.partition = mine.partition"""

OFFSETS_NOW = "select topic, partition, topic_id, next_offset from {schema}.offsets order by 1, 2"
OFFSETS_LOCKED = OFFSETS_NOW + " for update"
PLACE_OFFSETS = """insert into {schema}.offsets (topic, partition, topic_id, next_offset, owner)
values (%s, %s, %s, %s, %s)"""
FENCE_ALL = "update {schema}.offsets set owner = null"


def claim_offsets(
    connection: Connection,
    schema: str,
    *,
    owner: UUID,
    topic_ids: Mapping[str, str],
    partitions: Iterable[Partition],
) -> list[Claimed]:
    """Make `owner` the only one that can move the offsets of these partitions; returns where each is.

    A partition that the schema does not know yet begins at 0, with the id of `topic_ids`; a known one keeps
    the id of the topic that it was built from.
    """
    wanted = sorted(partitions)
    names, numbers = [t for t, _ in wanted], [p for _, p in wanted]
    with connection.transaction():
        found = connection.execute(
            statement(CLAIM, schema=schema), (owner, names, numbers, [topic_ids[name] for name in names])
        ).fetchall()
    return [Claimed(*row) for row in found]


def place_offsets(connection: Connection, schema: str, owner: UUID, offsets: Iterable[Claimed]) -> None:
    """Say where a new schema starts."""
    with connection.transaction():
        for at in offsets:
            connection.execute(statement(PLACE_OFFSETS, schema=schema), (*at, owner))


def advance_offsets(
    cursor: Cursor[tuple[object, ...]], schema: str, owner: UUID, offsets: Mapping[Partition, int]
) -> None:
    """Move offsets on, in the caller's transaction; raises Fenced where one has another owner."""
    places = sorted(offsets)
    cursor.execute(
        statement(ADVANCE, schema=schema),
        {
            "topics": [topic for topic, _ in places],
            "partitions": [partition for _, partition in places],
            "nexts": [offsets[place] for place in places],
            "owner": owner,
        },
    )
    if cursor.rowcount != len(places):
        raise Fenced(f"the offsets of {schema} have another owner now, or are further on")


def load_offsets(connection: Connection, schema: str, *, lock: bool = False) -> dict[Partition, Claimed]:
    """Where each partition is; with `lock` nobody moves them on before the caller's transaction ends."""
    rows = connection.execute(statement(OFFSETS_LOCKED if lock else OFFSETS_NOW, schema=schema)).fetchall()
    claims = [Claimed(*row) for row in rows]
    return {Partition(claimed.topic, claimed.partition): claimed for claimed in claims}


def fence_all(connection: Connection, schema: str) -> None:
    """Take the offsets from every owner: a runner's next write finds that it owns nothing."""
    connection.execute(statement(FENCE_ALL, schema=schema))
