"""What is typed, and what is printed of the events that come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from enum import Enum
from itertools import islice
from typing import Annotated, TypeAlias, assert_never
from zoneinfo import ZoneInfo

import msgspec
import typer

from casecore.app.running.stopping import stop_on_signals
from casecore.app.subscribing.tail import (
    Heard,
    KafkaCameBack,
    KafkaWentAway,
    Silence,
    TailEvent,
    UnreadableRecord,
)
from casecore.app.subscribing.tail import subscribe as hear
from casecore.app.subscribing.wanted import (
    Beginning,
    FromInstant,
    FromNow,
    FromPosition,
    FromZero,
    wanted_of,
)
from casecore.cli.command_options import JsonOption, read_instant
from casecore.cli.commands.subscribe.event_lines import EventLines
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.screens import complaints, flush_output, write_json
from casecore.cli.zone import zone_of_people
from casecore.contract.structured import to_structured
from casecore.contract.wire import StoredEvent
from casecore.errors.kinds import InvalidInput


class EventFormat(Enum):
    """How each event is printed."""

    TABLE = "table"
    JSON = "json"


TypesOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--types", metavar="TYPE,…", help="Only these, such as casecore.case.escalated, without version."
    ),
]
CasesOption: TypeAlias = Annotated[
    list[str] | None, typer.Option("--case", metavar="CASE", help="Only this case; may be given again.")
]
FromOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--from",
        metavar="now|zero|DAY|INSTANT|POSITION",
        help="From where on; a day or instant is when events were recorded.",
    ),
]
LimitOption: TypeAlias = Annotated[
    int | None, typer.Option("--limit", metavar="N", min=1, help="End after so many events.")
]
UntilEndOption: TypeAlias = Annotated[
    bool, typer.Option("--until-end", help="End once all is printed that is there at the start.")
]
EventFormatOption: TypeAlias = Annotated[
    EventFormat, typer.Option("--format", help="A line for a person, or JSON.", case_sensitive=False)
]


def subscribe(
    types: TypesOption = "",
    cases: CasesOption = None,
    beginning: FromOption = "now",
    limit: LimitOption = None,
    until_end: UntilEndOption = False,
    form: EventFormatOption = EventFormat.TABLE,
    as_json: JsonOption = False,
) -> None:
    """Print the events on Kafka as they come, until Ctrl-C. It joins no consumer group, and disturbs nobody.

    As JSON each line is a CloudEvent in structured mode, as GET /v1/events has it, with its position besides.
    There is an order within each case, package or party only. Whoever may read the topics reads everything:
    internal messages and personal data included. While Kafka is away it waits, and says so. Ends with 5 if
    there was a record that is not an event.

    Example: casecore subscribe --types casecore.case.escalated,casecore.case.resolved --from 2026-03-02
    """
    with opened() as app:
        named = [name.strip() for name in types.split(",") if name.strip()]
        wanted = wanted_of(named, cases or [], read_beginning(beginning, zone_of_people()))
        stop = stop_on_signals()
        form = EventFormat.JSON if as_json else form
        printing = _Printing(form, app.settings.topic_prefix)
        events = printing.events(hear(app, wanted, stop, until_end))
        for event in islice(events, limit):
            printing.print(event)
        flush_output()
        if printing.has_unreadable:
            raise typer.Exit(Exit.DIFFERENCE)


def read_beginning(given: str, zone: ZoneInfo) -> Beginning:
    """What --from says, a day as its midnight in this zone; raises InvalidInput."""
    match given.strip().lower():
        case "now":
            return FromNow()
        case "zero" | "beginning":
            return FromZero()
        case number if re.fullmatch("[0-9]{1,18}", number):
            return FromPosition(int(number))
        case day if re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
            try:
                return FromInstant(datetime.combine(date.fromisoformat(day), time(), zone))
            except ValueError:
                pass
    try:
        return FromInstant(read_instant(given, "--from"))
    except InvalidInput:
        raise InvalidInput(
            f"--from {given!r} is not now, zero, a day such as 2026-03-02, an instant such as "
            "2026-03-02T09:30:00Z, or a position such as 1200"
        ) from None


class _Printing:
    """Prints events to standard output, and what else is heard to standard error."""

    def __init__(self, form: EventFormat, prefix: str) -> None:
        self._prefix = prefix
        self._lines = EventLines(zone_of_people()) if form is EventFormat.TABLE else None
        self.has_unreadable = False

    def events(self, heard: Iterator[Heard]) -> Iterator[StoredEvent]:
        """The events of what is heard; all that was printed before is handed on whenever there is silence."""
        for one in heard:
            match one:
                case TailEvent(event):
                    yield event
                case Silence():
                    flush_output()
                case UnreadableRecord(partition, offset, reason):
                    self._note(f"{partition}, offset {offset}, is not an event: {reason}")
                case KafkaWentAway(reason):
                    _say(f"Kafka does not answer ({reason}): waiting for it")
                case KafkaCameBack():
                    _say("Kafka answers again")
                case _:
                    assert_never(one)

    def print(self, event: StoredEvent) -> None:
        """Print one event."""
        try:
            if self._lines is None:
                write_json(to_structured(event, self._prefix, with_position=True).decode())
            else:
                self._lines.print(event)
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError) as wrong:
            self._note(f"the event at position {event.position} cannot be read: {wrong}")

    def _note(self, what: str) -> None:
        self.has_unreadable = True
        _say(what)


def _say(what: str) -> None:
    complaints.print(what, markup=False, soft_wrap=True)
