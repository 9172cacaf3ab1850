"""The audit of the topics that runs once: the follower, run to where log and topics ended (law 2)."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from typing import NamedTuple

from casecore.audit.records import TopicDifference, describe
from casecore.audit.topic_follower import SWIFT, TopicFollower
from casecore.kafka.cluster import Cluster
from casecore.relay.errors import RelayError

CATCH_UP_SECONDS = 30.0
"""How long an audit waits, all in all, for a relay to publish what the store has had since it began."""

MOST_DIFFERENCES = 1_000
"""After so many it ends: of a store that was restored, millions may differ."""

_SILENCE_SECONDS = 30.0  # a broker that gives nothing for so long, where there is more, does not answer
_TURN_EVENTS = 10_000
_PAUSE_SECONDS = 0.1


class TopicAudit(NamedTuple):
    """How many events were found as they must be, up to which position, and the first difference, if any."""

    events: int
    position: int
    difference: TopicDifference | None


class TopicSilent(RelayError):
    """Kafka gives no records although the topic has more; check the broker, and run the audit again."""


def audit_topics(
    database: str,
    cluster: Cluster,
    prefix: str,
    on_progress: Callable[[int, int], None] | None = None,
    catch_up_seconds: float = CATCH_UP_SECONDS,
) -> TopicAudit:
    """Compare the log, as it ends now, with the committed records of all topics, while both may grow.

    `on_progress` hears the position that was reached, and the last one. `catch_up_seconds` is how long
    the whole audit may wait for a relay that has yet to publish the log's end. Of several differences the
    first in the log is named. Raises DatabaseUnavailable, TablesMissing, kafka.errors.KafkaError,
    TopicMissing and TopicSilent.
    """
    with closing(TopicFollower(database, cluster, prefix, describe, SWIFT)) as follower:
        return _OnceOver(follower, on_progress, catch_up_seconds).run()


class _OnceOver:
    """One run of a follower from the log's beginning to where it ended when the run began."""

    def __init__(
        self,
        follower: TopicFollower,
        on_progress: Callable[[int, int], None] | None,
        catch_up_seconds: float,
    ) -> None:
        self._follower = follower
        self._on_progress = on_progress
        self._wait_seconds = catch_up_seconds
        self._silent_since: float | None = None
        self._idle_seconds = 0.0
        self._differences: list[TopicDifference] = []
        follower.topic_ends()  # names a topic that is missing, before anything is read
        self._last = follower.log_end()

    def run(self) -> TopicAudit:
        """Compare the log up to its end, then what the topics hold beside that."""
        follower = self._follower
        while follower.position < self._last and not self._is_enough():
            if not self._turn(self._last) and not self._waits():
                missing = follower.missing()
                self._differences += [missing] if missing else []
                break
        events, position = follower.compared, min(follower.position, self._last)
        ends = follower.topic_ends()
        while not self._differences and not follower.has_used(ends):
            if not self._turn(None):
                self._check_silence()
        first = min(self._differences, key=lambda found: found.position, default=None)
        return TopicAudit(events, position, first)

    def _is_enough(self) -> bool:
        return len(self._differences) >= MOST_DIFFERENCES

    def _turn(self, up_to: int | None) -> bool:
        before = self._follower.position
        began_at = time.monotonic()
        moved = self._follower.turn(_TURN_EVENTS, up_to)
        self._differences += self._follower.take().differences
        position = self._follower.position
        if up_to is not None and position > before and self._on_progress:
            self._on_progress(min(position, self._last), self._last)
        if moved:
            self._silent_since = None
        else:
            time.sleep(max(0.0, _PAUSE_SECONDS - (time.monotonic() - began_at)))
            self._idle_seconds = time.monotonic() - began_at
        return moved

    def _waits(self) -> bool:
        """Whether a relay that is late is waited for still, now that nothing has moved for a moment."""
        if not self._follower.has_used(self._follower.topic_ends()):
            self._check_silence()
            return True
        self._wait_seconds -= self._idle_seconds
        return self._wait_seconds > 0

    def _check_silence(self) -> None:
        now = time.monotonic()
        self._silent_since = self._silent_since or now
        if now - self._silent_since > _SILENCE_SECONDS:
            raise TopicSilent(
                f"no record came for {_SILENCE_SECONDS:.0f} seconds, although the topics have more; check "
                "the broker, and run the audit again"
            )
