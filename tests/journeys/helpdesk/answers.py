"""What the program answers and stores, in the form of the second computation, and the comparison of both."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.journeys.harness import checker
from tests.journeys.helpdesk.service_levels import Figures, Holder, Name

Row = Mapping[str, Any]


def figures(rows: Iterable[Row]) -> dict[Name, Figures]:
    """The view's clocks, in the form of the second computation, which knows the time of a warning too."""
    return {
        Name(row["reference"], row["clock"], row["level"] or None, row["number"]): Figures(
            priority=row["priority"],
            target=row["target_seconds"],
            status=row["status"],
            started_at=seconds(row["started_at"]),
            due_at=_seconds(row["due_at"]),
            met_at=_seconds(row["met_at"]),
            missed_at=_seconds(row["missed_at"]),
            elapsed=row["elapsed_seconds"],
            paused=row["paused_seconds"],
            warned_at=None,
        )
        for row in rows
    }


def unwarned(clocks: Mapping[Name, Figures]) -> dict[Name, Figures]:
    return {name: clock._replace(warned_at=None, warned_due_at=None) for name, clock in clocks.items()}


def seconds(at: datetime | str) -> Decimal:
    """An instant as seconds since 1970, exactly."""
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return Decimal((instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)).scaleb(-6)


def _seconds(at: datetime | str | None) -> Decimal | None:
    return None if at is None else seconds(at)


def assert_same(found: Mapping[Any, Any], expected: Mapping[Any, Any]) -> None:
    """All keys and values are equal; the message has the first few differences."""
    keys = {**found, **expected}
    differing = [key for key in keys if found.get(key) != expected.get(key)]
    first = [f"{key}: found {found.get(key)}, expected {expected.get(key)}" for key in differing[:3]]
    assert not differing, f"{len(differing)} of {len(keys)} differ: " + "; ".join(first)
    assert expected


def by_holder(cases: Iterable[Counter[Holder]]) -> Counter[str]:
    found = Counter[str]()
    for held in cases:
        for (holder, _, _), duration in held.items():
            found[holder] += int(duration)
    return found


def statuses_of(clocks: Mapping[Name, Figures]) -> dict[tuple[str, str | None], Counter[str]]:
    found: dict[tuple[str, str | None], Counter[str]] = {}
    for name, clock in clocks.items():
        found.setdefault((name.clock, name.level), Counter())[clock.status] += 1
    return found


def notes(store: Iterable[checker.Event]) -> Iterable[tuple[str, Any]]:
    """The events about service levels: `warned`, `missed` or `miss_withdrawn`, and the body."""
    for event in store:
        _, is_note, what = event["type"].removesuffix(".v1").partition("service_level_")
        if is_note:
            yield what, json.loads(event["body"])


def told_by(data: Row) -> Name:
    return Name(data["reference"], data["clock"], data.get("level"), data["number"])


def due_and_target(data: Row) -> tuple[Decimal | None, int]:
    return _seconds(data.get("due_at")), data["target_seconds"]


def notes_expected(clocks: Mapping[Name, Figures]) -> Iterable[tuple[object, ...]]:
    """What is to be recorded of the clocks: a warning when its share is used up, a miss when it happens."""
    for name, clock in clocks.items():
        if clock.warned_at is not None:
            yield name, "warned", clock.warned_at, clock.warned_due_at, clock.target
        if clock.missed_at is not None:
            yield name, "missed", clock.missed_at, clock.due_at, clock.target
