"""Going round the keys of all views, some a turn, with what the store knows of each."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping
from uuid import UUID

from casecore.audit.health import AuditHealth
from casecore.audit.topic_follower import TopicFollower
from casecore.contract.streams import StreamKind, kind_of, topic_name
from casecore.contract.wire import StoredEvent
from casecore.kafka.partitions import Partition
from casecore.postgres.errors import mapped_unavailable
from casecore.relay.place import partition_number
from casecore.store.key_scan import KeyScanReader
from projections.kit.errors import ViewOutdated
from projections.kit.key_audit.audit import KeyAudit, KeyDifference, Page, Published
from projections.kit.projection import AnyProjection

RECENT_KEYS = 1_000
"""Keys with new events that wait to be looked at; with more, the oldest are left to the next round."""

_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)


class KeyScanner:
    """Half of each turn's keys are those with new events, the other half go round in order of their ids."""

    def __init__(
        self, views: Iterable[AnyProjection], database: str, prefix: str, health: AuditHealth
    ) -> None:
        self._audits = {view: KeyAudit(view, database) for view in views}
        self._prefix = prefix
        self._health = health
        self._log = KeyScanReader(database)
        self._after = _FIRST
        self._rounds = 0
        self._recent: deque[tuple[UUID, str]] = deque(maxlen=RECENT_KEYS)

    def hear(self, events: Iterable[StoredEvent]) -> None:
        """Note the keys of new events."""
        self._recent.extend((event.stream_id, event.type) for event in events)

    def turn(self, limit: int, topics: TopicFollower) -> None:
        """Compare at most about so many keys in each view; `topics` knows what is published.

        Raises DatabaseUnavailable, and ViewOutdated once the other views have been compared.
        """
        recent = [self._recent.popleft() for _ in range(min(limit // 2, len(self._recent)))]
        after, wanted = self._after, max(1, limit - len(recent))
        page = self._log.streams_after(after, wanted)
        is_last = len(page) < wanted
        up_to = _LAST if is_last else max(page)
        known = self._published({**dict(recent), **page}, topics)
        outdated: ViewOutdated | None = None
        for view, audit in self._audits.items():
            keys = {key: published for key, (kind, published) in known.items() if kind in view.kinds}
            try:
                self._look(view.name, audit, Page(keys, after, up_to))
            except ViewOutdated as found:
                outdated = found
        self._after = _FIRST if is_last else up_to
        self._rounds += is_last
        self._health.rounds(self._rounds)
        if outdated is not None:
            raise outdated

    def close(self) -> None:
        """Leave PostgreSQL."""
        self._log.close()
        for audit in self._audits.values():
            audit.close()

    def _look(self, view: str, audit: KeyAudit, page: Page) -> None:
        with mapped_unavailable():
            looked = audit.look(page, self._log.events)
        if looked is None:
            return
        self._health.looked(view, looked.keys, looked.left_out)
        for each in looked.differences:
            self._health.differs(view, _place(each), _brief(each.expected), f"shows {_brief(each.live)}")

    def _published(
        self, types: Mapping[UUID, str], topics: TopicFollower
    ) -> dict[UUID, tuple[StreamKind, Published | None]]:
        """The kind of each key, and the version up to which its records are known to be in its topic."""
        kinds: dict[UUID, StreamKind] = {}
        for key, wire_name in types.items():
            try:
                kinds[key] = kind_of(wire_name)
            except KeyError:  # no topic takes it, so no view can have it; the topics' audit says so
                continue
        places = {
            key: Partition(topic_name(self._prefix, kind), partition_number(key))
            for key, kind in kinds.items()
        }
        reached = {key: topics.reached[place] for key, place in places.items() if place in topics.reached}
        versions = self._log.versions_at({key: at.position for key, at in reached.items()})
        found: dict[UUID, tuple[StreamKind, Published | None]] = {}
        for key, kind in kinds.items():
            topic, number = places[key]
            published = None
            if key in reached:
                topic_id = topics.topic_ids[topic]
                published = Published(versions[key], topic, number, topic_id, reached[key].offset)
            found[key] = (kind, published)
        return found


def _place(found: KeyDifference) -> str:
    column = "" if found.column is None else f", {found.column}"
    return f"{found.view}.{found.table}, row {found.row}{column}"


def _brief(value: str | None) -> str:
    """A value for a log: a number as it is, what may name people as a hash."""
    if value is None:
        return "no such row"
    if value.replace("-", "").replace(".", "").isdigit() or value in ("true", "false", "null"):
        return value
    return f"something with SHA-256 {hashlib.sha256(value.encode()).hexdigest()[:16]}"
