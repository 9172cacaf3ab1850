"""How far relay and views are behind the store, in events and in time; asked of PostgreSQL alone."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from casecore.app.application import Application
from casecore.app.engine_room.rights import check_operates
from casecore.app.freshness.search import MOST_INCOMPLETE, find_awaited, lacking
from casecore.app.freshness.view import ViewBesideLog
from casecore.postgres.connection import Connection
from casecore.relay.published_log import MOST_COUNTED, PublishedLog
from casecore.store.latest import LogHead, read_head
from casecore.visibility.rules import Viewer
from projections.catalogue import VIEWS
from projections.kit.errors import ViewMissing, ViewOutdated
from projections.kit.projection import AnyProjection
from projections.kit.reading.built import read_built
from projections.kit.reading.session import open_session, open_view
from projections.kit.tables.claims import Claimed


class BehindLog(NamedTuple):
    """How far something is behind the store: it lacks `events`, or `at_least` so many where all are too many
    to count. `seconds` is how long the oldest of them has been stored, null where that is not known.
    """

    events: int
    at_least: bool
    seconds: float | None


class RelayLag(NamedTuple):
    """How far the relay is: all up to a position of the log is published, and was recorded by `complete_to`.

    `stored_up_to` is the position of the log's last event.
    """

    published_up_to: int
    stored_up_to: int
    complete_to: datetime | None
    behind: BehindLog


class PartitionPlace(NamedTuple):
    """The offset that a view reads next in a partition."""

    partition: int
    next_offset: int


class TopicPlace(NamedTuple):
    """How far a view is in a topic, in each partition; the topic's id is Kafka's."""

    topic: str
    topic_id: str
    partitions: list[PartitionPlace]


class ViewLag(NamedTuple):
    """How far a view is: it has all that was recorded by `complete_to`, but what is parked.

    `version` is that of this program's projection, `built_as` the one by which the view was built at
    `built_at`; null, as `behind`, for one that is not there, of which `trouble` says why, empty for none.
    """

    view: str
    version: int
    built_as: int | None
    built_at: datetime | None
    complete_to: datetime | None
    behind: BehindLog | None
    parked_keys: int
    parked_records: int
    topics: list[TopicPlace]
    trouble: str


class Lags(NamedTuple):
    """How far relay and views are, when that was asked."""

    looked_at: datetime
    relay: RelayLag
    views: list[ViewLag]


_NOTHING = BehindLog(0, at_least=False, seconds=0.0)


def lag_now(app: Application, viewer: Viewer | None) -> Lags:
    """How far the relay and each view are behind what is stored.

    Raises InstallationNotYours, TablesMissing and DatabaseUnavailable.
    """
    check_operates(viewer)
    now = datetime.now(UTC)
    with open_session(app.database) as connection:
        head = read_head(connection)
    relay = _relay(app, head, now)
    return Lags(now, relay, [_view(app, VIEWS[name], head, now) for name in sorted(VIEWS)])


def _relay(app: Application, head: LogHead, now: datetime) -> RelayLag:
    with closing(PublishedLog(app.database, app.settings.topic_prefix)) as log:
        part, since = log.published(), log.unpublished_since()
    behind = BehindLog(part.behind, part.behind >= MOST_COUNTED, _seconds(since, now)) if since else _NOTHING
    return RelayLag(part.position, max(head.position, part.position), part.as_of, behind)


def _view(app: Application, view: AnyProjection, head: LogHead, now: datetime) -> ViewLag:
    try:
        with open_view(app.database, view) as connection:
            return _built_view(connection, view, head, now)
    except (ViewMissing, ViewOutdated) as trouble:
        return ViewLag(view.name, view.version, None, None, None, None, 0, 0, [], str(trouble))


def _built_view(connection: Connection, view: AnyProjection, head: LogHead, now: datetime) -> ViewLag:
    built = read_built(connection, view)
    complete_to, behind = _behind(ViewBesideLog(connection, view, head), now)
    return ViewLag(
        view=view.name,
        version=view.version,
        built_as=built.version,
        built_at=built.built_at,
        complete_to=complete_to,
        behind=behind,
        parked_keys=built.parked_keys,
        parked_records=built.parked_records,
        topics=_topics(built.places),
        trouble="",
    )


def _behind(view: ViewBesideLog, now: datetime) -> tuple[datetime | None, BehindLog]:
    """Up to when a view has everything, and what it lacks; nobody waits for it."""
    missing = lacking(view.incomplete()) if find_awaited(view) else []
    if not missing:
        return view.head_recorded_at, _NOTHING
    events = sum(one.missing for one in missing)
    if len(missing) >= MOST_INCOMPLETE:
        return None, BehindLog(events, at_least=True, seconds=None)
    next_ones = [(one.stream_id, one.folded + 1) for one in missing]
    since = view.oldest_recorded_at(next_ones)
    return view.recorded_before(next_ones), BehindLog(events, at_least=False, seconds=_seconds(since, now))


def _seconds(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else round(max(0.0, (now - since).total_seconds()), 1)


def _topics(places: Iterable[Claimed]) -> list[TopicPlace]:
    """Places in partitions, by topic; they come in order."""
    return [
        TopicPlace(*topic, [PartitionPlace(one.partition, one.next_offset) for one in of_topic])
        for topic, of_topic in groupby(places, attrgetter("topic", "topic_id"))
    ]
