"""The quarantine's SQL."""

from __future__ import annotations

# What stopped the key comes before all that waits behind it, although it may be in another partition.
_IN_ORDER = "reason = 'behind', topic, partition, record_offset"
FIRST_PARKED = f"""select distinct on (key) key, topic, partition, record_offset, reason, detail,
  parked_at, count(*) over (partition by key)
from {{schema}}.quarantine order by key, {_IN_ORDER}"""
PARKED_AFTER = f"""select distinct on (key) key, topic, partition, record_offset, reason, detail,
  parked_at, count(*) over (partition by key)
from {{schema}}.quarantine where %(after)s::bytea is null or key > %(after)s::bytea
order by key, {_IN_ORDER} limit %(limit)s"""
RECORDS_OF = f"""select topic, partition, record_offset, reason, detail, parked_at, record_value,
record_headers from {{schema}}.quarantine where key = %(key)s order by {_IN_ORDER} limit %(limit)s"""
PARKED_OF = f"""select topic, partition, record_offset, record_key, record_value, record_headers
from {{schema}}.quarantine where key = %s order by {_IN_ORDER}"""
# Only the first record of a key has such a reason: what follows it is behind.
NEWER_PAGE = """select distinct on (key) key, topic, partition, record_offset,
  record_key, record_value, record_headers
from {schema}.quarantine where reason = any(%s) and key > %s
order by key, topic, partition, record_offset limit %s"""
RELEASE = """delete from {schema}.quarantine
where topic = %s and partition = %s and record_offset = %s"""
STILL_PARKED = """update {schema}.quarantine set reason = %s, detail = %s
where topic = %s and partition = %s and record_offset = %s"""
PARKED_REASON = """select reason, detail from {schema}.quarantine
where topic = %s and partition = %s and record_offset = %s"""
RECORD_SKIP = """insert into {schema}.skipped
(topic, partition, record_offset, key, version, reason, detail, decision)
values (%s, %s, %s, %s, %s, %s, %s, %s)"""
