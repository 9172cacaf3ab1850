"""What an answer lacks: what a newer program wrote, what a view has not folded yet, what is parked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress

import msgspec
import typer
from rich.console import Console

from casecore.app.application import Application
from casecore.app.freshness.result import Freshness
from casecore.cli.exits import Exit
from casecore.cli.output import screen
from casecore.cli.screens import complaints, visible_json
from casecore.cli.zone import in_zone

MOST_NAMED = 10
_json = msgspec.json.Encoder()


def print_left_out(names: Collection[str], console: Console = screen) -> None:
    """Name what was left out, for a person; nothing if that is nothing."""
    if not names:
        return
    named = ", ".join(sorted(names)[:MOST_NAMED])
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    console.print(
        f"left out, since only a newer program can read them: {named}{more}; update this program",
        markup=False,
    )


@contextmanager
def answers_of(app: Application, as_json: bool) -> Iterator[None]:
    """Wait for each view that the block asks, and say so if that takes longer than a moment.

    After the block, say on standard error what its answer lacks, and end with 5 if it lacks something;
    `as_json` is for an answer that is a list, which has no place for it.
    """
    try:
        with app.freshness.awaiting_views(_say_that_it_waits):
            yield
    except typer.Exit:
        _say_what_it_lacks(app.freshness.of_answer, as_json)
        raise
    found = app.freshness.of_answer
    if found is not None and not found.is_complete:
        _say_what_it_lacks(found, as_json)
        raise typer.Exit(Exit.DIFFERENCE)


def with_freshness(app: Application, fields: Mapping[str, object]) -> dict[str, object]:
    """An answer for a program, which is an object, and how new it is."""
    found = app.freshness.of_answer
    return {**fields, **(_fields(found) if found is not None else {})}


def lacks_in_words(found: Freshness) -> str:
    """What an answer lacks, on one line."""
    since = f"as of {in_zone(found.as_of)}" if found.as_of else "as of before the first event"
    events = "1 event" if found.behind == 1 else f"{found.behind:,} events"
    text = f"at least {events} behind" if found.at_least else f"{since}, {events} behind"
    if found.behind:
        text += ": see `casecore status`"
    if found.parked:
        more = len(found.parked) - MOST_NAMED
        named = ", ".join(found.parked[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
        text += f"; without what is parked of {named}: see `casecore quarantine list`"
    return text


def _fields(found: Freshness) -> dict[str, object]:
    return {"as_of": found.as_of, "behind": found.behind, "parked": found.parked}


def _say_that_it_waits(view: str, limit_seconds: float) -> Callable[[], None]:
    """A line that is gone after the wait on a terminal, and elsewhere stays."""
    text = f"the view {view} lacks something that is stored: waiting for it, {limit_seconds:g} s at most"
    if complaints.is_terminal:
        status = complaints.status(text)
        status.start()
        return status.stop
    _say(text)
    return lambda: None


def _say_what_it_lacks(found: Freshness | None, as_json: bool) -> None:
    if found is None or found.is_complete:
        return
    if as_json:
        with suppress(OSError):  # the exit code says it, too
            sys.stderr.write(visible_json(_json.encode(_fields(found)).decode()) + "\n")
    else:
        _say(lacks_in_words(found))


def _say(text: str) -> None:
    with suppress(OSError):
        complaints.print(text, markup=False, soft_wrap=True)
