"""The statements of the relay."""

from __future__ import annotations

SESSION_LIVES = "select 1"

REMEMBERED_TOPICS = "select topic, topic_id from casecore.relay_topics where topic = any(%(topics)s::text[])"

# Into a topic that nothing was published into yet, the log is published from its beginning: what was noted of
# the others says nothing of it.
REMEMBER_TOPICS = """
with remembered as (
    insert into casecore.relay_topics (topic, topic_id)
    select * from unnest(%(topics)s::text[], %(ids)s::text[])
    on conflict (topic) do nothing returning topic
)
delete from casecore.relay_places where prefix = %(prefix)s and exists (select from remembered)
"""

FORGET_TOPICS = """
with place as (delete from casecore.relay_places where prefix = %(prefix)s)
delete from casecore.relay_topics where topic = any(%(topics)s::text[]) returning topic
"""

CHANNEL = "casecore_published"
LISTEN = f"listen {CHANNEL}"

# A crash of the server may lose a note: the next relay notes it again, so nobody waits for a sync. As with
# the log's channel, nobody is woken where others have filled the server's queue, since a commit that notifies
# fails then.
NOTE_PLACE = f"""
with unsynced as materialized (select set_config('synchronous_commit', 'off', true)),
noted as (
    insert into casecore.relay_places (prefix, position)
    select %(prefix)s::text, %(position)s::bigint from unsynced
    on conflict (prefix) do update set position = excluded.position
    where relay_places.position < excluded.position
    returning position
)
select pg_notify('{CHANNEL}', '') from noted where pg_notification_queue_usage() < 0.5
"""

READ_PLACE = "select position from casecore.relay_places where prefix = %(prefix)s"

# What is behind is counted up to a limit, since Kafka may be unavailable for long; and in order, so that the
# index is read, whatever the planner thinks of how much there is.
PUBLISHED = """
select place.position,
    (select recorded_at from casecore.stored_events where notification_id <= place.position
     order by notification_id desc limit 1),
    (select count(*) from (
        select from casecore.stored_events where notification_id > place.position
        order by notification_id limit %(most)s
    ) as later)
from (select coalesce(max(position), 0) as position from casecore.relay_places where prefix = %(prefix)s)
    as place
"""

UNPUBLISHED_SINCE = """
select recorded_at from casecore.stored_events where notification_id > (
    select coalesce(max(position), 0) from casecore.relay_places where prefix = %(prefix)s
) order by notification_id limit 1
"""

# How long a state is says its header, wherever the state itself is.
READ_PUBLISHED = """
select notification_id, originator_id, originator_version, topic, recorded_at, state
from (
    select *, sum(octet_length(state)) over (order by notification_id) - octet_length(state) as bytes_before
    from casecore.stored_events where notification_id > %(after)s and notification_id <= %(up_to)s
    order by notification_id limit %(limit)s
) as piece where bytes_before < %(most_bytes)s order by notification_id
"""

LAST_OF_STREAMS = """
select last.* from unnest(%(ids)s::uuid[]) as wanted (id) cross join lateral (
    select notification_id, originator_id, originator_version, topic, recorded_at, state
    from casecore.stored_events where originator_id = wanted.id order by originator_version desc limit 1
) as last
"""

CURSOR_KEY = "select key from casecore.cursor_key"

# `events` rows lie above the result and not above `position`; 0 where there are fewer rows.
POSITION_BEFORE = """
select coalesce((
    select notification_id from casecore.stored_events
    where notification_id <= %(position)s order by notification_id desc offset %(events)s limit 1
), 0)
"""
