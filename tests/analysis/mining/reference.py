"""What is mined, told a second time: event by event, with lists and dicts, and without SQL.

Durations are in microseconds. It shares only `By` and the rows' types with the program.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from casecore.analysis.mining.questions import By
from casecore.analysis.tables.events import EventRow

_COLUMN = {By.STATE: "state", By.LEVEL: "level", By.ORGANISATION: "holder"}
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Step(NamedTuple):
    """A step of a case: when it began, and its label."""

    at: int
    label: str


def micros(instant: datetime) -> int:
    return (instant - _BEGINNING) // timedelta(microseconds=1)


def cases(rows: Iterable[EventRow]) -> dict[str, list[EventRow]]:
    """Each case's events as they were recorded."""
    found = defaultdict(list)
    for row in sorted(rows, key=lambda one: (one.case, one.version)):
        found[row.case].append(row)
    return dict(found)


def in_order(rows: Iterable[EventRow]) -> list[EventRow]:
    """Events as they occurred."""
    return sorted(rows, key=lambda one: (one.occurred_at, one.version))


def steps(case: Sequence[EventRow], by: By, implied: bool = False) -> list[Step]:
    """The steps of a case."""
    if by is By.ACTIVITY:
        counted = [one for one in in_order(case) if implied or not one.implied]
        return [Step(micros(one.occurred_at), activity(one)) for one in counted]
    if by is By.RESOURCE:
        acted = [(one, resource(one)) for one in in_order(case) if not one.implied]
    else:
        changes = list(changed(case, _COLUMN[by]))
        acted = [(one, getattr(one, _COLUMN[by])) for one in in_order(changes)]
    found: list[Step] = []
    for one, label in acted:
        if label is not None and (not found or found[-1].label != label):
            found.append(Step(micros(one.occurred_at), label))
    return found


def activity(row: EventRow) -> str:
    return row.activity if row.implied else row.source_activity or row.activity


def resource(row: EventRow) -> str | None:
    if row.source is not None:
        return row.source_resource
    return None if row.role == "system" else row.person


def changed(case: Sequence[EventRow], column: str) -> Iterator[EventRow]:
    """The events by which something changed, by what was known when each was recorded."""
    before: object = object()
    for one in case:
        if getattr(one, column) != before:
            yield one
        before = getattr(one, column)


def percentile(durations: Iterable[int], percent: int) -> float | None:
    """By nearest rank, in seconds."""
    ordered = sorted(durations)
    return ordered[-(-len(ordered) * percent // 100) - 1] / 1e6 if ordered else None


def directly_follows(rows: Iterable[EventRow], by: By, implied: bool = False) -> set[tuple[object, ...]]:
    """Predecessor, successor, times, cases, median and p95."""
    seen: dict[tuple[str | None, str | None], list[tuple[str, int | None]]] = defaultdict(list)
    for name, case in cases(rows).items():
        path = steps(case, by, implied)
        for before, after in pairwise(path):
            seen[before.label, after.label].append((name, after.at - before.at))
        if path:
            seen[None, path[0].label].append((name, None))
            seen[path[-1].label, None].append((name, None))
    return {
        (*pair, len(times), len({name for name, _ in times}), *_percentiles(lasted for _, lasted in times))
        for pair, times in seen.items()
    }


def _percentiles(durations: Iterable[int | None]) -> tuple[float | None, float | None]:
    known = [one for one in durations if one is not None]
    return percentile(known, 50), percentile(known, 95)


def variants(rows: Iterable[EventRow], by: By, implied: bool = False) -> list[tuple[object, ...]]:
    """Path, cases, median and p95, example."""
    taken: dict[tuple[str, ...], list[tuple[str, int]]] = defaultdict(list)
    for name, case in cases(rows).items():
        path = tuple(step.label for step in steps(case, by, implied))
        happened = [micros(one.occurred_at) for one in case]
        if path:
            taken[path].append((name, max(happened) - min(happened)))
    ranked = sorted(taken.items(), key=lambda one: (-len(one[1]), [label.encode() for label in one[0]]))
    return [
        (list(path), len(ones), *_percentiles(lasted for _, lasted in ones), min(ones)[0])
        for path, ones in ranked
    ]


def handovers(rows: Iterable[EventRow], by: By) -> set[tuple[object, ...]]:
    """Giver, receiver, times, cases, median and p95 held: what follows what, less beginnings and ends."""
    return {one for one in directly_follows(rows, by) if None not in one[:2]}


def ping_pong(rows: Iterable[EventRow], by: By) -> tuple[dict[tuple[str, str], Counter[str]], Counter[str]]:
    """Of each pair how often in which case, and how often in each case at all."""
    pairs: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for name, case in cases(rows).items():
        labels = [step.label for step in steps(case, by)]
        for place in range(2, len(labels)):
            if labels[place] == labels[place - 2]:
                pairs[labels[place - 2], labels[place - 1]][name] += 1
    return dict(pairs), sum(pairs.values(), Counter[str]())


def waits(
    rows: Sequence[EventRow], by: By, until: datetime, implied: bool = False
) -> dict[str, Counter[tuple[str | None, str]]]:
    """Of each case the microseconds at each place in each status."""
    return {
        name: Counter(dict(_waits(case, by, micros(until), implied))) for name, case in cases(rows).items()
    }


def _waits(case: Sequence[EventRow], by: By, until: int, implied: bool) -> Counter[tuple[str | None, str]]:
    moves = {one.version for one in changed(case, "state")}
    places = {one.version for one in changed(case, _COLUMN.get(by, "state"))}
    found: Counter[tuple[str | None, str]] = Counter()
    state = place = since = None
    waiting = False
    for one in [*in_order(case), None]:
        now = until if one is None else min(until, micros(one.occurred_at))
        if since is not None and state not in (None, "closed", "cancelled"):
            status = "resolved" if state == "resolved" else "waiting" if waiting else "open"
            found[place, status] += now - since
        since = now
        if one is None or micros(one.occurred_at) > until:
            continue
        state = one.state if one.version in moves else state
        waiting = _waits_after(one, one.version in moves, waiting)
        place = _place_after(one, by, one.version in places, implied, place)
    return +found


def _waits_after(row: EventRow, moves: bool, waiting: bool) -> bool:
    if row.activity == "waiting_started":
        return True
    wrote = row.activity == "message_posted" and row.sender == "customer"
    return waiting and not (moves or wrote or row.activity == "waiting_ended")


def _place_after(row: EventRow, by: By, changes: bool, implied: bool, place: str | None) -> str | None:
    if by in _COLUMN:
        return getattr(row, _COLUMN[by]) if changes else place
    if row.implied and not implied:
        return place
    said = activity(row) if by is By.ACTIVITY else resource(row)
    return place if said is None else said
