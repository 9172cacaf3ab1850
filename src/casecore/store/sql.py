"""The statements of the store."""

from __future__ import annotations

FSYNC = "select current_setting('fsync')"

# The function is in the migrations. One statement is one transaction, and one trip to the server.
APPEND = """
select positions, recorded_at, clock from casecore.append(
    %(now)b, %(expected_ids)b::uuid[], %(expected)b::bigint[],
    %(ids)b::uuid[], %(versions)b::bigint[], %(types)b::text[], %(bodies)b::bytea[],
    %(command_ids)b::uuid[], %(hashes)b::bytea[], %(stream_ids)b::uuid[],
    %(stream_versions)b::bigint[], %(events)b::int[]
)
"""

CHANNEL = "casecore_log"
LISTEN = f"listen {CHANNEL}"

# A stream whose commands all have receipts is not decided again, so its events are not needed.
LOAD_EVENTS = """
with undecided as (
    select distinct given.stream_id
    from unnest(%(command_ids)b::uuid[], %(stream_ids)b::uuid[]) as given (command_id, stream_id)
    where not exists (select from casecore.receipts r where r.command_id = given.command_id)
    union select unnest(%(related_streams)b::uuid[])
)
select e.originator_id, e.originator_version, e.topic, e.state
from unnest(%(ids)b::uuid[], %(known)b::bigint[]) as wanted (id, version)
join undecided on undecided.stream_id = wanted.id
join casecore.stored_events e on e.originator_id = wanted.id and e.originator_version > wanted.version
order by e.originator_id, e.originator_version
"""

LOST_VERSIONS = """
select wanted.id
from unnest(%(ids)b::uuid[], %(known)b::bigint[]) as wanted (id, version)
where wanted.version > 0 and not exists (
    select from casecore.stored_events e
    where e.originator_id = wanted.id and e.originator_version = wanted.version
)
limit 1
"""

LOAD_RECEIPTS = """
select command_id, content_hash, stream_id, version, events
from casecore.receipts where command_id = any(%(command_ids)b::uuid[])
"""

HAS_PARTIES = """
select 1 from casecore.stored_events where originator_version = 1 and topic = any(%s) limit 1
"""

READ_RECEIPT = """
select command_id, stream_id, version, events, recorded_at from casecore.receipts where command_id = %s
"""

READ_TYPES = """
select topic from casecore.stored_events
where originator_id = %s and originator_version > %s and originator_version <= %s order by originator_version
"""

NOW = """
select greatest(
    clock_timestamp(),
    (select recorded_at from casecore.stored_events order by notification_id desc limit 1)
)
"""

READ_LOG = """
select notification_id, originator_id, originator_version, topic, recorded_at, state
from casecore.stored_events where notification_id > %s order by notification_id limit %s
"""

READ_STREAM = """
select notification_id, originator_id, originator_version, topic, recorded_at, state
from casecore.stored_events where originator_id = %s order by originator_version
"""

READ_LAST = """
select notification_id, originator_id, originator_version, topic, recorded_at, state
from casecore.stored_events where originator_id = %s order by originator_version desc limit 1
"""

# The last event of each stream, for a comparison with what a view has of it; with the end of the log at the
# same moment.
LAST_OF_STREAMS = """
select latest.*, (
    select recorded_at from casecore.stored_events order by notification_id desc limit 1
) as head_recorded_at
from unnest(%(ids)s::uuid[]) as wanted (id) cross join lateral (
    select notification_id as position, originator_id as stream_id, originator_version as version,
        topic as type, recorded_at, state as body
    from casecore.stored_events where originator_id = wanted.id order by originator_version desc limit 1
) as latest
"""

READ_EVENT = """
select notification_id, originator_id, originator_version, topic, recorded_at, state
from casecore.stored_events where originator_id = %s and originator_version = %s
"""

# The last event of each stream whose first has one of some types, in the order of the streams' ids, so that a
# page begins after the last id of the page before. Those whose last event has all of some texts in it.
LAST_OF_EACH = """
select last.* from casecore.stored_events as first cross join lateral (
    select notification_id, originator_id, originator_version, topic, recorded_at, state
    from casecore.stored_events where originator_id = first.originator_id
    order by originator_version desc limit 1
) as last
where first.originator_version = 1 and first.topic = any(%(first_types)s::text[])
  and first.originator_id > %(after)s
  and not exists (
    select from unnest(%(texts)s::bytea[]) as wanted (text) where position(wanted.text in last.state) = 0
  )
order by first.originator_id limit %(limit)s
"""

# In the order of the key, so that a stream's events come together.
READ_STREAMS = """
select notification_id, originator_id, originator_version, topic, recorded_at, state
from casecore.stored_events
where originator_id >= %(first)s and (%(before)s::uuid is null or originator_id < %(before)s)
  and notification_id <= %(up_to)s
order by originator_id, originator_version
"""

# Of any version: the name of a type ends before it.
READ_OF_TYPES = """
select notification_id, originator_id, originator_version, topic, recorded_at, state
from casecore.stored_events
where notification_id <= %(up_to)s and regexp_replace(topic, '\\.v[0-9]+$', '') = any(%(names)s)
"""

COUNT = "select count(*) from casecore.stored_events"
COUNT_BY_TYPE = "select topic, count(*) from casecore.stored_events group by topic"

LAST_POSITION = "select coalesce(max(notification_id), 0) from casecore.stored_events"

# What is recorded never runs backwards along the log, so the first one from its end is the last one by then.
LAST_RECORDED_BY = """
select notification_id from casecore.stored_events where recorded_at <= %s
order by notification_id desc limit 1
"""

# In pages, by id: a page begins after the last id of the page before.
STREAM_IDS = """
select originator_id from casecore.stored_events as first
where originator_version = 1 and topic = %(first)s and notification_id <= %(up_to)s
  and originator_id > %(after)s and (%(text)s::bytea is null or exists (
    select from casecore.stored_events as e
    where e.originator_id = first.originator_id and position(%(text)s in e.state) > 0
  ))
order by originator_id limit %(limit)s
"""

READ_STREAM_AFTER = """
select notification_id, originator_id, originator_version, topic, recorded_at, state
from casecore.stored_events
where originator_id = %(id)s and originator_version > %(after)s and notification_id <= %(up_to)s
order by originator_version limit %(limit)s
"""

READ_MANY = """
select notification_id, originator_id, originator_version, topic, recorded_at, state
from casecore.stored_events
where originator_id = any(%(ids)s) and notification_id <= %(up_to)s
order by originator_id, originator_version
"""

ARCHIVE = """
insert into casecore.archive (sha256, media_type, content) values (%s, %s, %s)
on conflict (sha256) do nothing
"""

READ_ARCHIVED = "select content from casecore.archive where sha256 = %s"

# For the following audit: a few streams at a time, in order of their ids.
STREAMS_AFTER = """
select originator_id, topic from casecore.stored_events
where originator_version = 1 and originator_id > %s order by originator_id limit %s
"""

# A stream's versions rise with their positions, so the first one found from above is the answer.
VERSIONS_AT = """
select wanted.id, (
    select e.originator_version from casecore.stored_events e
    where e.originator_id = wanted.id and e.notification_id <= wanted.position
    order by e.originator_version desc limit 1
) from unnest(%(ids)b::uuid[], %(positions)b::bigint[]) as wanted (id, position)
"""

READ_UP_TO_VERSIONS = """
select e.notification_id, e.originator_id, e.originator_version, e.topic, e.recorded_at, e.state
from unnest(%(ids)b::uuid[], %(versions)b::bigint[]) as wanted (id, version)
join casecore.stored_events e on e.originator_id = wanted.id and e.originator_version <= wanted.version
order by e.originator_id, e.originator_version
"""

# The last event up to a position.
LAST_UP_TO = """
select notification_id, recorded_at from casecore.stored_events where notification_id <= %s
order by notification_id desc limit 1
"""

# The end of the log.
HEAD = """
select notification_id, recorded_at from casecore.stored_events order by notification_id desc limit 1
"""

# `events` rows lie above the result and not above `up_to`; 0 where there are fewer rows.
POSITION_BEFORE = """
select coalesce((
    select notification_id from casecore.stored_events
    where notification_id <= %(up_to)s order by notification_id desc offset %(events)s limit 1
), 0)
"""

# What a view is compared with: the latest event of each stream of some kinds, up to a position.
LATEST_SINCE = """
select distinct on (originator_id)
    originator_id as stream_id, originator_version as version, notification_id as position, topic as type
from casecore.stored_events
where notification_id > %(after)s and notification_id <= %(up_to)s and topic ^@ any(%(prefixes)s::text[])
order by originator_id, originator_version desc
"""

# The types of first events are few, and are found in the index one after another, so that only the streams of
# these kinds are read. A stream's last version is read from the index, too: it may be one after `up_to`.
NEWEST_OF_KINDS = """
with recursive first_types (topic) as (
    (select topic from casecore.stored_events where originator_version = 1 order by topic limit 1)
    union all
    select (
        select e.topic from casecore.stored_events e
        where e.originator_version = 1 and e.topic > first_types.topic order by e.topic limit 1
    ) from first_types where first_types.topic is not null
)
select first.originator_id as stream_id, newest.version
from casecore.stored_events as first cross join lateral (
    select originator_version as version from casecore.stored_events
    where originator_id = first.originator_id order by originator_version desc limit 1
) as newest
where first.originator_version = 1 and first.topic = any (
    array(select topic from first_types where topic ^@ any(%(prefixes)s::text[]))
)
"""

LATEST_OF = """
select latest.* from unnest(%(ids)s::uuid[]) as wanted (id) cross join lateral (
    select originator_id as stream_id, originator_version as version, notification_id as position,
        topic as type
    from casecore.stored_events
    where originator_id = wanted.id and notification_id <= %(up_to)s
    order by originator_version desc limit 1
) as latest
"""

FIRST_BODIES = """
select originator_id, state from casecore.stored_events
where originator_id = any(%(ids)s::uuid[]) and originator_version = 1
"""

# What is recorded never runs backwards along the log. Events that were recorded at the same instant as the
# oldest of these are not before it.
RECORDED_BEFORE = """
with oldest as (
    select notification_id, recorded_at
    from unnest(%(ids)s::uuid[], %(versions)s::bigint[]) as wanted (id, version)
    join casecore.stored_events e on e.originator_id = wanted.id and e.originator_version = wanted.version
    order by notification_id limit 1
)
select e.recorded_at from casecore.stored_events e, oldest
where e.notification_id < oldest.notification_id and e.recorded_at < oldest.recorded_at
order by e.notification_id desc limit 1
"""

OLDEST_OF = """
select min(e.recorded_at) from unnest(%(ids)s::uuid[], %(versions)s::bigint[]) as wanted (id, version)
join casecore.stored_events e on e.originator_id = wanted.id and e.originator_version = wanted.version
"""
