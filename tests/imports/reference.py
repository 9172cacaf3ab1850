"""What the help-desk log must become, from the documented rules alone; imports nothing of casecore.

The rules: a row is the move that its activity stands for, where that is legal; else that move after the ones
in `BEFORE`, which the row implies; else a note, which changes nothing. No move precedes the opening: if a
case is not there, a note implies the opening.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

LOG = Path(__file__).parents[2] / "data" / "helpdesk.xes.gz"
_XES = "{http://www.xes-standard.org/}"

TO_VENDOR_AT_ONCE = {"Value 1", "Value 4"}
"""Service types whose topic is one of level 1, which may go from opened straight to the vendor."""

PRIORITIES = {"Value 1": "normal", "Value 2": "high", "Value 3": "low", "Value 4": "urgent"}

MOVES = {
    "Insert ticket": ("open",),
    "Assign seriousness": ("priority",),
    "Take in charge ticket": ("take", "assign"),
    "Wait": ("wait",),
    "Create SW anomaly": ("escalate",),
    "Resolve SW anomaly": ("hand_back",),
    "Resolve ticket": ("resolve",),
    "RESOLVED": ("resolve",),
    "Closed": ("close",),
    "DUPLICATE": ("cancel",),
    "INVALID": ("cancel",),
    "VERIFIED": (),
    "Require upgrade": (),
    "Schedule intervention": (),
}

# For each move: from which state it is possible, and after which implied moves. "absent": no case yet.
BEFORE: dict[str, dict[str, tuple[str, ...]]] = {
    "open": {"absent": ()},
    "priority": {"absent": ("open",), "opened": (), "level 0": (), "level 1": (), "resolved": ()},
    "take": {"absent": ("open",), "opened": ()},
    "assign": {
        "absent": ("open", "take"),
        "opened": ("take",),
        "level 0": (),
        "level 1": (),
        "resolved": ("reopen",),
    },
    "wait": {
        "absent": ("open", "take"),
        "opened": ("take",),
        "level 0": (),
        "level 1": (),
        "resolved": ("reopen",),
    },
    "escalate": {
        "absent": ("open", "take"),
        "opened": ("take",),
        "level 0": (),
        "resolved": ("reopen",),
    },
    "hand_back": {"level 1": (), "resolved": ("reopen",)},
    "resolve": {
        "absent": ("open", "take"),
        "opened": ("take",),
        "level 0": (),
        "level 1": (),
        "resolved": ("reopen",),
    },
    "close": {
        "absent": ("open", "take", "resolve"),
        "opened": ("take", "resolve"),
        "level 0": ("resolve",),
        "level 1": ("resolve",),
        "resolved": (),
    },
    "cancel": {"absent": ("open",), "opened": (), "level 0": (), "level 1": (), "resolved": ("reopen",)},
}


class Row(NamedTuple):
    """One event of the log."""

    activity: str
    person: str
    time: str
    attributes: dict[str, str]


class Outcome(NamedTuple):
    """What a row becomes: the moves it implies, then itself, as a move or as "note"."""

    implied: tuple[str, ...]
    event: str


@dataclass
class Ticket:
    """A case, as far as the rules look at it."""

    state: str = "absent"
    held_at: str = "level 0"
    agent: str | None = None
    waiting: bool = False
    priority: str = "low"
    opened_as: str = ""


def cases() -> Iterator[tuple[str, list[Row]]]:
    """The cases of the log, in its order, with their rows."""
    with gzip.open(LOG) as file:
        for trace in ElementTree.parse(file).getroot().findall(f"{_XES}trace"):
            name = next(s.attrib["value"] for s in trace.findall(f"{_XES}string"))
            yield name, [_row(event) for event in trace.findall(f"{_XES}event")]


def _row(event: ElementTree.Element) -> Row:
    given = {child.attrib["key"]: child.attrib["value"] for child in event}
    return Row(given["concept:name"], given["org:resource"], given["time:timestamp"], given)


def play(rows: Iterable[Row]) -> tuple[Ticket, list[Outcome]]:
    """How a case ends, and what each of its rows becomes."""
    ticket = Ticket()
    return ticket, [_take_in(ticket, row) for row in rows]


def _take_in(ticket: Ticket, row: Row) -> Outcome:
    possible = [
        (implied, move)
        for move in MOVES[row.activity]
        if (implied := _implied(ticket, move, row)) is not None and _changes(ticket, move, row)
    ]
    # A move that is legal as the case stands goes before one that needs implied moves.
    possible.sort(key=lambda found: bool(found[0]))
    opening = ("open",) if ticket.state == "absent" else ()
    implied, event = possible[0] if possible else (opening, "note")
    for move in (*implied, event):
        _apply(ticket, move, row)
    return Outcome(implied, event)


def _implied(ticket: Ticket, move: str, row: Row) -> tuple[str, ...] | None:
    implied = BEFORE[move].get(ticket.state)
    opener = row.attributes["service_type"] if ticket.state == "absent" else ticket.opened_as
    to_vendor_at_once = opener in TO_VENDOR_AT_ONCE
    if implied is None:
        return None
    if move == "escalate" and to_vendor_at_once:
        return tuple(step for step in implied if step != "take")
    if ticket.state == "resolved" and move in ("escalate", "hand_back"):
        needed = "level 0" if move == "escalate" else "level 1"
        return implied if ticket.held_at == needed else None
    return implied


def _changes(ticket: Ticket, move: str, row: Row) -> bool:
    at_work = ticket.state in ("level 0", "level 1")
    if move == "priority":
        return PRIORITIES[row.attributes["seriousness_2"]] != ticket.priority
    if move == "assign" and at_work:
        return row.person != ticket.agent
    if move == "wait" and at_work:
        return not ticket.waiting
    return True


def _apply(ticket: Ticket, move: str, row: Row) -> None:
    arrives = {
        "open": "opened",
        "take": "level 0",
        "escalate": "level 1",
        "hand_back": "level 0",
        "resolve": "resolved",
        "reopen": ticket.held_at,
        "close": "closed",
        "cancel": "cancelled",
    }
    if move == "open":
        ticket.opened_as = row.attributes["service_type"]
    if move in arrives:
        ticket.state, ticket.agent, ticket.waiting = arrives[move], None, False
        if ticket.state in ("level 0", "level 1"):
            ticket.held_at = ticket.state
    if move == "priority":
        ticket.priority = PRIORITIES[row.attributes["seriousness_2"]]
    elif move == "wait":
        ticket.waiting = True
    elif move == "assign":
        ticket.agent = row.person
    # An implied take names nobody; the row's own take names its person.
    if move == "take" and row.activity == "Take in charge ticket":
        ticket.agent = row.person
