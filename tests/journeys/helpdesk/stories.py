"""Each case of the help-desk log as phases of time in one state; imports nothing of casecore.

`tests.imports.reference` says which moves there are, also the implied ones. Instants are whole
seconds since 1970, which is as exact as the log is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from tests.imports import reference

ENDED = ("closed", "cancelled")


class Phase(NamedTuple):
    """A time in which a case was in one state; `end` is None while it still is. It may have no length."""

    start: int
    end: int | None
    place: str
    organisation: str
    agent: str | None
    waits: bool


class Story(NamedTuple):
    """A case: its phases from the opening on, how it ended, and each priority with its beginning."""

    reference: str
    phases: tuple[Phase, ...]
    ended: str | None
    priorities: tuple[tuple[int, str], ...]


def stories() -> Iterator[Story]:
    """All cases of the log."""
    for name, rows in reference.cases():
        yield _story("HD-" + name.removeprefix("Case "), rows)


def _story(name: str, rows: Sequence[reference.Row]) -> Story:
    phases: list[Phase] = []
    priorities: list[tuple[int, str]] = []
    ended = None
    for at, move, row in _moves(rows):
        now = phases[-1] if phases else None
        if move == "priority":
            priorities.append((at, reference.PRIORITIES[row.attributes["seriousness_2"]]))
        elif move == "open":
            priorities.append((at, "low"))
        if move in ("priority", "note"):
            continue
        if now is not None:
            assert now.start <= at, f"{name}: a move before the last one"
            phases[-1] = now._replace(end=at)
        if move in ("close", "cancel"):
            ended = "closed" if move == "close" else "cancelled"
        else:
            phases.append(_after(now, at, move, row))
    return Story(name, tuple(phases), ended, tuple(priorities))


def _moves(rows: Sequence[reference.Row]) -> Iterator[tuple[int, str, reference.Row]]:
    """Each move with its time and its row; an implied take is one that names no agent."""
    _, outcomes = reference.play(rows)
    for row, outcome in zip(rows, outcomes, strict=True):
        at = datetime.fromisoformat(row.time).timestamp()
        assert at.is_integer()
        for move in outcome.implied:
            yield int(at), f"implied {move}" if move == "take" else move, row
        yield int(at), outcome.event, row


def _after(now: Phase | None, at: int, move: str, row: reference.Row) -> Phase:
    """The phase after a move: a case that leaves a place is no longer assigned there, and no longer waits."""
    arrived = Phase(at, None, "opened", "helpdesk", None, False)
    if now is None:
        assert move == "open"
        return arrived
    match move:
        case "implied take" | "hand_back":
            return arrived._replace(place="level_0")
        case "take":
            return arrived._replace(place="level_0", agent=row.person)
        case "escalate":
            return arrived._replace(place="level_1", organisation="vendor")
        case "resolve":
            return arrived._replace(place="resolved", organisation=now.organisation)
        case "reopen":
            place = "level_1" if now.organisation == "vendor" else "level_0"
            return arrived._replace(place=place, organisation=now.organisation)
        case "assign":
            return now._replace(start=at, end=None, agent=row.person)
        case "wait":
            return now._replace(start=at, end=None, waits=True)
        case _:
            raise AssertionError(move)
