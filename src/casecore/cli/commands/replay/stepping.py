"""Goes through a case's events one by one at a terminal, by keys; elsewhere prints all steps."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator

import typer

from casecore.app.replay.one_case import Replay, ReplayedEvent
from casecore.cli.commands.case.timeline import who_acted
from casecore.cli.commands.replay.one_case import known_as, nothing_known, place_in_words, what_of
from casecore.cli.output import print_lines, screen
from casecore.cli.zone import in_zone

FORWARD = frozenset({" ", "\r", "\n", "n", "\x1b[C", "\x1b[B"})
"""The space bar, Enter, n, and the arrows to the right and down."""
BACK = frozenset({"b", "\x1b[D", "\x1b[A", "\x7f"})
LAST = frozenset({"e", "G", "\x1b[F"})
QUIT = frozenset({"q", "\x1b", "\x04"})
_KEY = re.compile(r"\x1b\[[0-9;]*[A-Za-z~]|[\s\S]")
"""An arrow or the like, which a terminal sends as several characters, or one character."""
_KEYS = "space: forward, b: back, e: to the end, q: quit"


def step_through(found: Replay) -> None:
    """Print a case's events, one for each key; all of them if nobody is there to press one."""
    screen.print(f"{found.reference} {known_as(found.as_of)}", markup=False, soft_wrap=True)
    if found.case is None:
        screen.print(nothing_known(found), markup=False)
    steps = [*_steps(found)]
    if not (sys.stdin.isatty() and screen.is_terminal):
        for step in steps:
            print_lines(step)
        return
    screen.print(_KEYS, style="dim")
    for place in walk(len(steps), keys_of(_typed)):
        print_lines(steps[place])


def keys_of(typed: Callable[[], str]) -> Iterator[str]:
    """The keys one by one: of one who types fast, several come at once."""
    while True:
        yield from _KEY.findall(typed())


def walk(count: int, keys: Iterator[str]) -> Iterator[int]:
    """The places of the steps in the order in which keys ask for them, from 0; the last key ends it."""
    place = 0
    while place < count:
        yield place
        for pressed in keys:
            if pressed in QUIT:
                return
            if pressed in LAST:
                yield from range(place + 1, count)
                return
            if pressed in BACK and place > 0:
                place -= 1
                break
            if pressed in FORWARD:
                place += 1
                break


def _typed() -> str:
    """What is typed next; q at the end of the input."""
    try:
        return typer.getchar()
    except EOFError:
        return "q"


def _steps(found: Replay) -> Iterator[list[str]]:
    total = len(found.events)
    for place, event in enumerate(found.events, start=1):
        yield [*_step(f"{place} of {total}", event), f"  then       {place_in_words(event.place)}"]
    for event in found.known_later:
        yield _step("known later", event)


def _step(title: str, event: ReplayedEvent) -> list[str]:
    return [
        "",
        f"{title}  {what_of(event)}",
        f"  occurred   {in_zone(event.occurred_at)}",
        f"  recorded   {in_zone(event.recorded_at)}",
        f"  by         {who_acted(event.person, event.about)} of {event.organisation}",
    ]
