"""What the examples should have kept, counted from the bodies of the store's events, by code of its own.

A case is looked at as a whole: its last event says whether it is open, and where.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

AT_WORK = {"opened", "reseller_l0", "escalated_l1", "partner_support"}
NOBODY_YET = "not taken"


class Kept(NamedTuple):
    """Open cases as (reference, seller, level), and the minutes of each seller and level."""

    open_cases: frozenset[tuple[str, str, str]]
    minutes: dict[tuple[str, str], int]


def reference(store: Iterable[dict[str, Any]]) -> Kept:
    """What follows from the store's events of cases."""
    stories: dict[str, list[dict[str, Any]]] = defaultdict(list)
    minutes: Counter[tuple[str, str]] = Counter()
    for event in store:
        if event["type"].startswith("casecore.case."):
            stories[event["stream"]].append({**event, "data": json.loads(event["body"])["data"]})
    for story in stories.values():
        for event in story:
            if event["type"] == "casecore.case.effort_recorded.v1":
                minutes[_where(event["data"])] += event["data"]["minutes"]
    last = [max(story, key=lambda event: event["version"])["data"] for story in stories.values()]
    open_cases = {(one["reference"], *_where(one)) for one in last if one["standing"]["state"] in AT_WORK}
    return Kept(frozenset(open_cases), dict(minutes))


def _where(data: dict[str, Any]) -> tuple[str, str]:
    return data["seller"], data["standing"].get("level", NOBODY_YET)
