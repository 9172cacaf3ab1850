"""The workload's rows, counted again from the bodies of the store's events, as the columns' comments say.

It shares nothing with the program: a case is derived from its whole story here, not folded event by event.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise, takewhile
from typing import Any, NamedTuple
from uuid import UUID

Row = dict[str, Any]
OPEN = ("opened", "reseller_l0", "escalated_l1", "partner_support")
WHERE = ("state", "level", "organisation", "agent", "waiting_since")


class Happening(NamedTuple):
    """One event of a case: its bare type, such as `escalated`, and what its body says."""

    case_id: UUID
    version: int
    type: str
    at: datetime
    actor: Row
    data: Row
    standing: Row


Story = list[Happening]
"""All that happened to one case, in order."""


def stories(store: Iterable[Row]) -> list[Story]:
    """The story of each case."""
    found: dict[str, Story] = defaultdict(list)
    for event in store:
        body = json.loads(event["body"])
        happening = Happening(
            UUID(event["stream"]),
            event["version"],
            event["type"].split(".")[2],
            datetime.fromisoformat(body["occurred_at"]),
            body["actor"],
            body["data"],
            body["data"]["standing"],
        )
        found[event["stream"]].append(happening)
    return list(found.values())


def cases(store: Iterable[Row]) -> list[Row]:
    """What workload.cases should hold."""
    return [_case(story) for story in stories(store)]


def case_moves(store: Iterable[Row]) -> list[Row]:
    """What workload.case_moves should hold: a row for each event after which the state is another."""
    return [
        _move(story, place)
        for story in stories(store)
        for place in range(len(story))
        if place == 0 or _is_move(story, place)
    ]


def case_states(store: Iterable[Row]) -> list[Row]:
    """What workload.case_states should hold: each move's state, until the next one."""
    found = []
    for story in stories(store):
        came = [place for place, each in enumerate(story) if place == 0 or _is_move(story, place)]
        for place, following in zip(came, [*came[1:], None], strict=True):
            each = story[place]
            found.append(
                {
                    "case_id": each.case_id,
                    "version": each.version,
                    "state": each.standing["state"],
                    "is_open": each.standing["state"] in OPEN,
                    "came_at": each.at,
                    "left_at": None if following is None else story[following].at,
                }
            )
    return found


def _is_move(story: Story, place: int) -> bool:
    return bool(story[place - 1].standing["state"] != story[place].standing["state"])


def efforts(store: Iterable[Row]) -> list[Row]:
    """What workload.efforts should hold."""
    return [
        {
            "case_id": each.case_id,
            "version": each.version,
            "occurred_at": each.at,
            "organisation": each.actor["organisation"],
            "person": each.actor["person"],
            "minutes": each.data["minutes"],
        }
        for story in stories(store)
        for each in story
        if each.type == "effort_recorded"
    ]


def _case(story: Story) -> Row:
    first, last = story[0], story[-1]
    now, happened = last.standing, Counter(each.type for each in story)
    since = now.get("waiting_since")
    return {
        "case_id": last.case_id,
        "version": last.version,
        **{name: last.data.get(name) for name in ("reference", "customer", "seller", "partner", "vendor")},
        **{name: now[name] for name in ("category", "topic", "priority", "state", "organisation")},
        "is_open": now["state"] in OPEN,
        "level": now.get("level"),
        "agent": now.get("agent"),
        "opened_at": first.at,
        "last_move_at": max(_moved_at(story)),
        "waiting_since": datetime.fromisoformat(since) if since else None,
        "resolved_at": _last(story, "resolved") if _is_solved(story) else None,
        "ended_at": _last(story, "closed") or _last(story, "cancelled"),
        "hand_overs_up": happened["escalated"],
        "hand_overs_down": happened["handed_back"],
        "bounces": sum(_is_bounce(story, place) for place in range(len(story))),
        "reopened": happened["reopened"],
        "messages": happened["message_posted"],
        "effort_minutes": sum(each.data["minutes"] for each in story if each.type == "effort_recorded"),
        "first_level_resolved": _at_first_level(story) if _is_solved(story) else None,
    }


def _move(story: Story, place: int) -> Row:
    each = story[place]
    was_open = place > 0 and story[place - 1].standing["state"] in OPEN
    is_open = each.standing["state"] in OPEN
    return {
        "case_id": each.case_id,
        "version": each.version,
        "occurred_at": each.at,
        "move": each.type,
        "state": each.standing["state"],
        "level": each.standing.get("level"),
        "organisation": each.standing["organisation"],
        "came_in": int(is_open and not was_open),
        "went_out": int(was_open and not is_open),
        "up": int(each.type == "escalated"),
        "down": int(each.type == "handed_back"),
        "bounce": int(_is_bounce(story, place)),
        "reopened": int(each.type == "reopened"),
    }


def _is_bounce(story: Story, place: int) -> bool:
    """Whether it goes up here, and has been at level 0 ever since it came down."""
    back_at_level_0 = takewhile(lambda each: each.standing["state"] == "reseller_l0", reversed(story[:place]))
    return story[place].type == "escalated" and any(each.type == "handed_back" for each in back_at_level_0)


def _moved_at(story: Story) -> Iterator[datetime]:
    """When it was opened, and when each move, assignment or waiting occurred."""
    yield story[0].at
    for before, each in pairwise(story):
        if any(before.standing.get(name) != each.standing.get(name) for name in WHERE):
            yield each.at


def _is_solved(story: Story) -> bool:
    return story[-1].standing["state"] in ("resolved", "closed")


def _at_first_level(story: Story) -> bool | None:
    if story[-1].standing["level"] == "partner":
        return None
    return all(each.standing["state"] != "escalated_l1" for each in story)


def _last(story: Story, kind: str) -> datetime | None:
    return max((each.at for each in story if each.type == kind), default=None)
