"""The relay's bounds: how much it does at once, and how long it waits."""

from __future__ import annotations

import msgspec

BARRIER_LIMIT_SECONDS = 5.0
"""How long a transaction of an earlier relay may stay open before this relay aborts it."""

TIME_OUT_LIMIT_SECONDS = 30.0
"""How long a relay that may not abort a transaction waits for Kafka to do it: a relay's own may stay open for
10 s, and Kafka looks for those that are older every 10 s."""

VISIBLE_LIMIT_SECONDS = 3.0
"""How long a committed batch may stay invisible; usually a few milliseconds."""

LOOK_AGAIN_SECONDS = 0.002
"""Pause before the next request for stable offsets: a fifth of a small transaction's duration."""

READ_AGAIN_SECONDS = 0.02
"""Least time between two reads of the log: under steady load, events gather into fewer transactions.

A transaction costs the relay and Kafka several milliseconds of a core, however small it is. A command
after a pause does not wait.
"""

LOCK_AGAIN_SECONDS = 0.25
"""Pause before the next try for the lock: the longest gap in publishing after a relay was killed, unless the
one on stand-by looks just then at what is published."""

LAG_AGAIN_SECONDS = 10.0
"""Pause between two looks of a relay on stand-by at what is published; one may take a second."""

STORE_AGAIN_SECONDS = 5.0
"""Longest pause before the next try to connect to PostgreSQL; the pauses double up to here."""

NEWS_LIMIT_SECONDS = 0.5
"""Longest wait for a notification, and so the longest delay before a request to end takes effect."""

TOPICS_AGAIN_SECONDS = 10.0
"""Pause between two requests for the topics' ids; one takes a few milliseconds."""


class Bounds(msgspec.Struct, frozen=True):
    """How much one transaction may hold, and how far a start looks back.

    2,000 events are half again as fast as 500 and take 0.1 s. The bytes are those of the events' bodies;
    they must be delivered well within Kafka's limit for a transaction. `look_back_events` must never be
    less than `transaction_events` was in any earlier version: the unfinished transaction of a killed relay
    lies that far back.
    """

    transaction_events: int = 2_000
    transaction_bytes: int = 8 * 1024 * 1024
    look_back_events: int = 2_000
