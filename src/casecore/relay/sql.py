"""The statements of the relay."""

from __future__ import annotations

SESSION_LIVES = "select 1"

REMEMBERED_TOPICS = "select topic, topic_id from casecore.relay_topics where topic = any(%(topics)s::text[])"

REMEMBER_TOPIC = """
insert into casecore.relay_topics (topic, topic_id) values (%(topic)s, %(topic_id)s)
on conflict (topic) do nothing
"""

FORGET_TOPICS = "delete from casecore.relay_topics where topic = any(%(topics)s::text[]) returning topic"

# `events` rows lie above the result and not above `position`; 0 where there are fewer rows.
POSITION_BEFORE = """
select coalesce((
    select notification_id from casecore.stored_events
    where notification_id <= %(position)s order by notification_id desc offset %(events)s limit 1
), 0)
"""
