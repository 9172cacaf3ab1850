"""`casecore calendar between|add`: counting with opening hours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from casecore.app.application import Application
from casecore.app.service_levels.counting import check_order, open_after, open_between
from casecore.app.service_levels.policies_and_calendars import find_calendar, load_calendar_file
from casecore.cli.command_group import Commands
from casecore.cli.command_options import JsonOption, VersionOption, read_instant
from casecore.cli.commands.calendar.tables import shown_instant
from casecore.cli.door import opened
from casecore.cli.output import print_json, screen
from casecore.contract.service_levels import Calendar
from casecore.errors.kinds import InvalidInput
from casecore.service_levels.durations import hours_and_minutes, read_duration
from casecore.service_levels.errors import InvalidDuration
from casecore.service_levels.local_time import local_time

WhichOption = Annotated[
    str,
    typer.Option(
        "--calendar", metavar="FILE|ID", help="A calendar's file (….toml), or a published one's id."
    ),
]
StartArgument = Annotated[
    str, typer.Argument(metavar="START", help="An instant, such as 2026-03-02T09:30:00Z.")
]


def between(
    start: StartArgument,
    end: Annotated[str, typer.Argument(metavar="END", help="A later instant.")],
    calendar: WhichOption,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how long the calendar is open between two instants.

    Example: casecore calendar between 2026-03-06T15:00+01:00 2026-03-09T09:00+01:00 --calendar berlin
    """
    with opened() as app:
        starts_at, ends_at = read_instant(start, "START"), read_instant(end, "END")
        check_order(starts_at, ends_at)
        which = _find(app, calendar, version)
        open_for = open_between(which, starts_at, ends_at)
        if as_json:
            print_json(
                {
                    **_named(which),
                    "start_at": starts_at,
                    "end_at": ends_at,
                    "start_local": local_time(which, starts_at),
                    "end_local": local_time(which, ends_at),
                    "open_seconds": open_for,
                }
            )
        else:
            screen.print(f"from  {shown_instant(which, starts_at)}", markup=False)
            screen.print(f"to    {shown_instant(which, ends_at)}", markup=False)
            screen.print(f"open  {hours_and_minutes(int(open_for))} ({open_for} seconds)", markup=False)


def add(
    start: StartArgument,
    duration: Annotated[
        str, typer.Argument(metavar="DURATION", help="A time of opening hours, such as PT4H or PT1H30M.")
    ],
    calendar: WhichOption,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say when the calendar has been open for so long since an instant.

    Example: casecore calendar add 2026-03-06T16:00+01:00 PT4H --calendar berlin
    """
    with opened() as app:
        starts_at = read_instant(start, "START")
        try:
            wanted = read_duration(duration)
        except InvalidDuration as wrong:
            raise InvalidInput(f"DURATION {wrong}") from None
        which = _find(app, calendar, version)
        ends_at = open_after(which, starts_at, wanted)
        if as_json:
            print_json(
                {
                    **_named(which),
                    "start_at": starts_at,
                    "open_seconds": wanted,
                    "end_at": ends_at,
                    "end_local": local_time(which, ends_at),
                }
            )
        else:
            screen.print(f"from  {shown_instant(which, starts_at)}", markup=False)
            screen.print(f"open  {hours_and_minutes(wanted)} ({wanted} seconds)", markup=False)
            screen.print(f"to    {shown_instant(which, ends_at)}", markup=False)


def _find(app: Application, calendar: str, version: int | None) -> Calendar:
    if not calendar.endswith(".toml"):
        return find_calendar(app, calendar, version).calendar
    if version is not None:
        raise InvalidInput(
            f"--version goes with a published calendar's id; {calendar} is a file, of one version"
        )
    return load_calendar_file(Path(calendar)).calendar


def _named(calendar: Calendar) -> dict[str, object]:
    return {"calendar": calendar.id, "version": calendar.version}


COMMANDS: Commands = {"between": between, "add": add}
