"""An event of any stream on a line, for a person who watches events come."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec

from casecore.cli.screens import screen
from casecore.cli.zone import shown_instant, shown_zone
from casecore.contract.types import UnknownType, split_wire_name
from casecore.contract.wire import StoredEvent, subject_of

_OURS = "casecore."
_WIDTHS = (19, 20, 9, 14)
"""At least, of all columns but the last; what is longer moves the rest of its line."""


class _Actor(msgspec.Struct):
    person: str
    organisation: str


class _Standing(msgspec.Struct):
    state: str | None = None


class _Data(msgspec.Struct):
    standing: _Standing = msgspec.field(default_factory=_Standing)


class _Body(msgspec.Struct):
    """What is read of a body, whichever program wrote it."""

    actor: _Actor | None = None
    data: _Data = msgspec.field(default_factory=_Data)


_bodies = msgspec.json.Decoder(_Body)


class EventLines:
    """Prints a heading, and a line for each event; the heading again where the zone's name changes."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._shown_zone: str | None = None

    def print(self, event: StoredEvent) -> None:
        """Print an event; raises msgspec.DecodeError for a body that is not one of an event."""
        body = _bodies.decode(event.body)
        abbreviation = shown_zone([event.recorded_at], self._zone)
        if abbreviation != self._shown_zone:
            self._shown_zone = abbreviation
            heading = _line(f"recorded ({abbreviation})", "what", "about", "by", "state")
            screen.print(heading, style="bold", soft_wrap=True)
        screen.print(
            _line(
                shown_instant(event.recorded_at, self._zone),
                type_without_version(event.type),
                subject_of(event.body) or "",
                f"{body.actor.person} ({body.actor.organisation})" if body.actor else "",
                body.data.standing.state or "",
            ),
            markup=False,
            soft_wrap=True,
        )


def type_without_version(wire_name: str) -> str:
    """An event's type as a person reads it: `casecore.case.handed_back.v1` is `case.handed_back`."""
    try:
        return split_wire_name(wire_name)[0].removeprefix(_OURS)
    except UnknownType:
        return wire_name


def _line(*cells: str) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=False)]
    return "  ".join([*padded, cells[-1]]).rstrip()
