"""The shapes of a help desk's log: what follows on what, after how long, at which hours.

They are in shapes.toml, which `make shapes` writes from the log.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from importlib.resources import files

import msgspec

QUANTILES = 41
"""Waits are kept as this many quantiles, the least and the longest included."""


class LogStep(Enum):
    """What a row of the log means to a case, as its mapping says; `note` if it moves nothing."""

    OPEN = "open"
    PRIORITY = "priority"
    TAKE = "take"
    WAIT = "wait"
    ESCALATE = "escalate"
    HAND_BACK = "hand_back"
    RESOLVE = "resolve"
    CLOSE = "close"
    CANCEL = "cancel"
    NOTE = "note"


START, END = "start", "end"
"""In `Shapes.following`: before a case's first step, and after its last."""


class WeekHours(Enum):
    """Closing is done by a timer, also on weekends; all else by people."""

    WORK = "work"
    CLOSING = "closing"


class Shapes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was measured.

    `following` counts what came after two steps in a row ("priority take"), `waits_seconds` are the quantiles
    of the time from a step to the next ("resolve close"), or to a step from any before that is too rare to
    have its own ("close"). `hours` counts the steps in each hour of the local week, Monday 00:00 first.
    `priorities` counts what a case's priority was set to. `cases` is how many were measured.
    """

    cases: int
    priorities: dict[str, int]
    following: dict[str, dict[str, int]]
    waits_seconds: dict[str, tuple[int, ...]]
    hours: dict[str, tuple[int, ...]]


def waits_of(shapes: Shapes, before: LogStep, then: LogStep) -> tuple[int, ...]:
    """The quantiles of the wait from a step to the next, in seconds."""
    own = shapes.waits_seconds.get(f"{before.value} {then.value}")
    return own if own is not None else shapes.waits_seconds[then.value]


@cache
def read_shapes() -> Shapes:
    """The shapes that come with the program."""
    text = files("casecore.synthetic").joinpath("shapes.toml").read_text(encoding="utf-8")
    return msgspec.toml.decode(text, type=Shapes)


def to_toml(shapes: Shapes, head: str) -> str:
    """The shapes as the file has them, after a head of comment lines."""
    lines = [*(f"# {line}" for line in head.splitlines()), "", f"cases = {shapes.cases}"]
    lines += ["", "[priorities]", *(f"{name} = {count}" for name, count in shapes.priorities.items())]
    lines += ["", "[following]"]
    for after, counts in shapes.following.items():
        listed = ", ".join(f"{name} = {count}" for name, count in counts.items())
        lines.append(f'"{after}" = {{ {listed} }}')
    lines += ["", "[waits_seconds]"]
    lines += [f'"{name}" = {list(waits)}' for name, waits in shapes.waits_seconds.items()]
    lines += ["", "[hours]"]
    for name, counts_by_hour in shapes.hours.items():
        lines.append(f"{name} = [")
        for day in range(0, len(counts_by_hour), 24):
            lines.append("    " + "".join(f"{count}, " for count in counts_by_hour[day : day + 24]).rstrip())
        lines.append("]")
    return "\n".join(lines) + "\n"
