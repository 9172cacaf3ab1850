"""What callers ask of any view, as named SQL."""

from __future__ import annotations

FOLDED_EVENTS = "select coalesce(sum(version), 0)::bigint from {schema}.states"
STATE_VERSION = "select version, any_next from {schema}.states where key = %s"
IS_PARKED = "select exists (select from {schema}.quarantine where key = %s)"
WAS_SKIPPED = "select exists (select from {schema}.skipped where key = %s and version = %s)"
VIEW_BUILT = """select version, built_at, (select count(distinct key) from {schema}.quarantine),
  (select count(*) from {schema}.quarantine) from {schema}.about"""
SELECT_BUILD = "select build from {schema}.about"

# What stopped the key comes before all that waits behind it.
STREAM_IN_VIEW = """select coalesce((select version from {schema}.states where key = %(stream_id)s), 0),
  q.topic, q.partition, q.record_offset, q.reason, q.detail, q.parked_at, q.records
from (values (1)) as one left join lateral (
  select topic, partition, record_offset, reason, detail, parked_at, count(*) over () as records
  from {schema}.quarantine where key = %(key)s
  order by reason = 'behind', topic, partition, record_offset limit 1
) as q on true"""
SKIPPED = """select version, reason, decision, skipped_at from {schema}.skipped
where key = %(key)s and version between %(first)s and %(last)s order by version, skipped_at"""

# A version that was left out twice, as itself and as a forged one, is one event. A key is text in bytes, and
# need not be one in UTF-8, so the ids are turned into bytes and not the keys into text.
STANDINGS = """select e.stream_id, e.version, e.position, e.type, coalesce(s.version, 0),
  case when e.version > coalesce(s.version, 0) then e.version - coalesce(s.version, 0) - (
    select count(distinct k.version) from {schema}.skipped k
    where k.key = convert_to(e.stream_id::text, 'UTF8')
      and k.version > coalesce(s.version, 0) and k.version <= e.version
  ) else 0 end,
  convert_to(e.stream_id::text, 'UTF8') in (select key from {schema}.quarantine)
from ({latest}) as e left join {schema}.states s on s.key = e.stream_id"""
BEHIND = """select e.stream_id from ({newest}) as e left join {schema}.states s on s.key = e.stream_id
where e.version > coalesce(s.version, 0)
  and convert_to(e.stream_id::text, 'UTF8') not in (select key from {schema}.quarantine)
limit %(limit)s"""
PARKED_STREAMS = """select distinct convert_from(key, 'UTF8') from {schema}.quarantine
where encode(key, 'escape') ~ '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$'
order by 1 limit %(limit)s"""

# One trip to the server: the streams in the log, what the view has of them, and which form the view has.
BESIDE_LOG = """select e.position, e.stream_id, e.version, e.type, e.recorded_at, e.body, e.head_recorded_at,
  coalesce(s.version, 0), exists (
    select from {schema}.quarantine q where q.key = convert_to(e.stream_id::text, 'UTF8')
  ), about.version, about.shape{columns}
from ({latest}) as e cross join {schema}.about as about
left join {schema}.states s on s.key = e.stream_id {rows}"""
ROWS_OF_STREAMS = "left join {schema}.{table} as r on r.{key} = e.stream_id"
