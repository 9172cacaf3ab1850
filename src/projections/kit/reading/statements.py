"""What callers ask of any view, as named SQL."""

from __future__ import annotations

FOLDED_EVENTS = "select coalesce(sum(version), 0)::bigint from {schema}.states"
STATE_VERSION = "select version, any_next from {schema}.states where key = %s"
IS_PARKED = "select exists (select from {schema}.quarantine where key = %s)"
WAS_SKIPPED = "select exists (select from {schema}.skipped where key = %s and version = %s)"
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
