"""The engine room: processes, lag, the audit's last word, quarantine, and what is at work; as it is now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from casecore.app.engine_room.lag import BehindLog, Lags, lag_now
from casecore.app.engine_room.processes import Processes, processes_now
from casecore.app.engine_room.quarantine import ParkedOfView, list_quarantine
from casecore.app.engine_room.work import WorkNow, work_now
from casecore.identity.identity import Scope
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.rendering.words import N_, WORDS

PATH = "/engine-room"
MOST_PARKED = 50
LATE_SECONDS = 60
"""What has been stored for so long is in the views, unless something hinders that: usually it takes 50 ms."""
_EVERY_SECONDS = 5


class EngineRoomOf(PageAsked, frozen=True):
    """What was just done with the quarantine: how many records were `released` and how many `remain`."""

    released: int | None = None
    remain: int = 0


class TopicTable(NamedTuple):
    """The partitions of a topic, each with the offset that each view reads next; None for none."""

    topic: str
    topic_id: str
    views: list[str]
    rows: list[tuple[int, list[int | None]]]


class Trouble(NamedTuple):
    """Something that needs a look: where on the page it is, and what."""

    place: str
    name: str
    what: str


class EngineRoom(NamedTuple):
    """How the installation runs; `troubles` are what of it needs a look, worst first.

    `health` are the words of health checks that are said in the reader's language.
    """

    troubles: list[Trouble]
    now: Processes
    lag: Lags
    work: WorkNow
    parked: list[ParkedOfView]
    has_more_parked: bool
    topics: list[TopicTable]
    released: int | None
    remain: int
    health: Collection[str]


def load_engine_room(look: Look, asked: EngineRoomOf) -> Shown:
    """The engine room as it is now."""
    now = processes_now(look.app, look.viewer)
    lag = lag_now(look.app, look.viewer)
    work = work_now(look.app, look.viewer)
    parked = list_quarantine(look.app, look.viewer, None, None, MOST_PARKED + 1)
    return Shown(
        title=N_("Engine room"),
        content=EngineRoom(
            troubles=troubles_of(now, lag, work),
            now=now,
            lag=lag,
            work=work,
            parked=parked[:MOST_PARKED],
            has_more_parked=len(parked) > MOST_PARKED,
            topics=_topics(lag),
            released=asked.released,
            remain=asked.remain,
            health=WORDS["health"],
        ),
        api="/v1/installation/processes",
        every_seconds=_EVERY_SECONDS,
    )


def troubles_of(now: Processes, lag: Lags, work: WorkNow) -> list[Trouble]:
    """What needs a look; what of it is said in a sentence is to be translated."""
    found = [Trouble("processes", one.name, N_("is not well")) for one in now.processes if not one.well]
    if now.audit is not None and now.audit.differences:
        found.append(Trouble("audit", "audit", N_("has found a difference")))
    if _is_late(lag.relay.behind):
        found.append(Trouble("lag", "relay", N_("is behind")))
    for view in lag.views:
        if view.behind is not None and _is_late(view.behind):
            found.append(Trouble("lag", view.view, N_("is behind")))
        if view.trouble:
            found.append(Trouble("lag", view.view, N_("is not there as this program keeps it")))
        if view.parked_keys:
            found.append(Trouble("quarantine", view.view, N_("has records in quarantine")))
    if any(one.status == "interrupted" for one in work.operations):
        found.append(Trouble("work", "runs", N_("were interrupted")))
    return found


def _is_late(behind: BehindLog) -> bool:
    return behind.events > 0 and (behind.seconds is None or behind.seconds > LATE_SECONDS)


def _topics(lag: Lags) -> list[TopicTable]:
    """Of each topic, how far each view is in each partition."""
    places: defaultdict[tuple[str, str], dict[str, dict[int, int]]] = defaultdict(dict)
    for view in lag.views:
        for topic in view.topics:
            offsets = {one.partition: one.next_offset for one in topic.partitions}
            places[topic.topic, topic.topic_id][view.view] = offsets
    return [_topic(*topic, places[topic]) for topic in sorted(places)]


def _topic(topic: str, topic_id: str, by_view: dict[str, dict[int, int]]) -> TopicTable:
    numbers = sorted({number for offsets in by_view.values() for number in offsets})
    rows = [(number, [offsets.get(number) for offsets in by_view.values()]) for number in numbers]
    return TopicTable(topic, topic_id, list(by_view), rows)


PAGES: tuple[AnyPage, ...] = (
    SitePage(PATH, "engine_room", (Scope.OPERATOR,), EngineRoomOf, "engine_room.html", load_engine_room),
)
