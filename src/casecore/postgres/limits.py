"""How long a session waits, and for what: no wait is without a bound but those that say why."""

from __future__ import annotations

from typing import NamedTuple

NETWORK = {
    "connect_timeout": 5,
    # A peer that is gone is noticed after 11 s (idle) or 15 s (with data on the way).
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""For every connection, as libpq takes it."""


class Limits(NamedTuple):
    """The server's limits for a session, in seconds; 0 is none."""

    statement_seconds: int
    lock_seconds: int
    idle_in_transaction_seconds: int


STORE = Limits(10, 5, 10)
"""Appends and reads of the log. A process that was stopped in the middle of an append must not hold the log's
lock for long, nor a lock of others hold it."""

RELAY = Limits(10, 5, 10)
"""The relay's own session, which runs one short statement at a time."""

HISTORY = Limits(0, 5, 0)
"""Reading many streams: the reader may take long for what it has fetched, and the log may be long."""

RUN = Limits(3_600, 3_600, 0)
"""The session that keeps other runs waiting, and that waits for them itself: minutes, unless one hangs."""

MIGRATION = Limits(0, 600, 0)
"""A migration may rewrite a large table, and waits for the sessions that are at work."""

RUNNER = Limits(30, 15, 5)
"""A batch takes a second at most. A frozen session must not hold its successor's rows: one that is idle in a
transaction is ended; one that waits within a COPY is not idle, and the successor ends it. Locks are waited
for longer than a rebuild holds the offsets for its swap."""

VIEW_READER = Limits(30, 15, 5)
"""Questions to a view, also while a rebuild swaps it."""

EXPORT = Limits(30, 15, 600)
"""An answer as long as a table: its reader may write it to a slow disk, or show it in a pager."""

KEY_AUDIT = Limits(5, 15, 5)
"""The audit's looks at some keys: it must not disturb."""

SHADOW_BUILD = Limits(3_600, 15, 5)
"""Building a view beside the live one: hashing the whole of a large view takes that long at most."""

REBUILD = Limits(6 * 3_600, 15, 6 * 3_600)
"""The session of a rebuild on the live view, whose snapshot waits while the other side is built."""
