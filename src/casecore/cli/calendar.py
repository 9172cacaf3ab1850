"""`casecore calendar …`: opening hours, checked, published, shown, and counted with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from casecore.cli.calendar_shown import print_calendar, shown_instant
from casecore.cli.exits import errors_as_exits
from casecore.cli.giving import ActorOption, IdOption, JsonOption, read_instant
from casecore.cli.output import Column, print_json, print_table, screen
from casecore.cli.publishing import VersionOption, installed_book, is_file, not_published, publish
from casecore.clocks.instants import SECOND, instant, micros, seconds
from casecore.clocks.open_hours import OpenHours
from casecore.contract.service_levels import Calendar
from casecore.errors.kinds import InvalidInput
from casecore.service_levels.book import PublishedCalendar
from casecore.service_levels.commands import PublishCalendar
from casecore.service_levels.durations import hours_and_minutes, read_duration
from casecore.service_levels.errors import InvalidDuration
from casecore.service_levels.fixing import load_calendar
from casecore.service_levels.local_time import local_time

app = typer.Typer(no_args_is_help=True, help="Opening hours: check, publish, look at, and count with them.")

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="A calendar, in TOML.", exists=True, dir_okay=False)
]
WhichOption = Annotated[
    str,
    typer.Option(
        "--calendar", metavar="FILE|ID", help="A calendar's file (….toml), or a published one's id."
    ),
]
StartArgument = Annotated[
    str, typer.Argument(metavar="START", help="An instant, such as 2026-03-02T09:30:00Z.")
]


@app.command()
def check(file: FileArgument, as_json: JsonOption = False) -> None:
    """Say all that is wrong with a calendar's file, or what it comes to; nothing is published.

    Example: casecore calendar check docs/service-levels/calendars/berlin.toml
    """
    with errors_as_exits():
        print_calendar(_read(file), None, as_json)


@app.command("publish")
def publish_calendar(
    file: FileArgument, actor: ActorOption = "", command_id: IdOption = "", as_json: JsonOption = False
) -> None:
    """Publish a calendar's file, with its holidays and its zone's clock changes as they are known now.

    Example: casecore calendar publish docs/service-levels/calendars/berlin.toml --as vendor:vendor:vera
    """
    with errors_as_exits():
        read = _read(file)
        do = PublishCalendar(
            organisation=read.organisation,
            calendar=read.calendar,
            definition_sha256=read.definition_sha256,
            holiday_names=read.holiday_names,
        )
        publish("calendar", read.calendar.id, read.calendar.version, do, actor, command_id, as_json)


@app.command("list")
def list_calendars(as_json: JsonOption = False) -> None:
    """List the published calendars, each version.

    Example: casecore calendar list
    """
    with errors_as_exits():
        published = [one for versions in installed_book().calendars.values() for one in versions]
        keys = ("id", "version", "organisation", "time_zone", "first_on", "last_on")
        rows = [
            (c.id, c.version, one.organisation, c.time_zone, c.first_on, c.last_on)
            for one in published
            for c in (one.calendar,)
        ]
        if as_json:
            print_json([dict(zip(keys, row, strict=True)) for row in rows])
        else:
            titles = ("calendar", "version", "of", "time zone", "from", "until")
            print_table(f"Calendars ({len(rows)})", [Column(title) for title in titles], rows)


@app.command()
def show(
    calendar: Annotated[str, typer.Argument(metavar="ID", help="A published calendar's id.")],
    version: VersionOption = None,
    year: Annotated[int | None, typer.Option(help="Only the days of this year.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a published calendar: hours, holidays and other days, clock changes, open hours of each year.

    Example: casecore calendar show berlin --year 2026
    """
    with errors_as_exits():
        print_calendar(_published(calendar, version), year, as_json)


@app.command()
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
    with errors_as_exits():
        starts_at, ends_at = read_instant(start, "START"), read_instant(end, "END")
        if ends_at < starts_at:
            raise InvalidInput(f"END {end} lies before START {start}: give the earlier one first")
        which = _find(calendar, version)
        hours = OpenHours(which)
        _check_known("START", micros(starts_at), hours, which)
        _check_known("END", micros(ends_at), hours, which)
        open_for = seconds(hours.between(micros(starts_at), micros(ends_at)))
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


@app.command()
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
    with errors_as_exits():
        starts_at = read_instant(start, "START")
        try:
            wanted = read_duration(duration)
        except InvalidDuration as wrong:
            raise InvalidInput(f"DURATION {wrong}") from None
        which = _find(calendar, version)
        hours = OpenHours(which)
        _check_known("START", micros(starts_at), hours, which)
        found = hours.after(micros(starts_at), wanted * SECOND)
        if found is None:
            left = hours_and_minutes(int(seconds(hours.between(micros(starts_at), hours.ends_at))))
            raise InvalidInput(
                f"{duration} from {start} lies beyond the horizon of calendar {which.id}, {which.last_on}: "
                f"it is open for {left} until then"
            )
        ends_at = instant(found)
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


def _read(file: Path) -> PublishedCalendar:
    definition, fixed = load_calendar(file)
    names = {on.isoformat(): name for on, name in fixed.holiday_names.items()}
    return PublishedCalendar(definition.organisation, fixed.calendar, fixed.definition_sha256, names)


def _published(calendar: str, version: int | None) -> PublishedCalendar:
    book = installed_book()
    found = book.calendar(calendar, version)
    if found is None:
        known = {name: len(versions) for name, versions in book.calendars.items()}
        raise not_published("calendar", calendar, version, known)
    return found


def _find(calendar: str, version: int | None) -> Calendar:
    file = is_file(calendar)
    if file is None:
        return _published(calendar, version).calendar
    if version is not None:
        raise InvalidInput(
            f"--version goes with a published calendar's id; {calendar} is a file, of one version"
        )
    return _read(file).calendar


def _check_known(name: str, at: int, hours: OpenHours, calendar: Calendar) -> None:
    if not hours.begins_at <= at <= hours.ends_at:
        days = f"{calendar.first_on} to {calendar.last_on}"
        raise InvalidInput(
            f"{name} {instant(at).isoformat()} is beyond the horizon of calendar {calendar.id}, "
            f"which knows {days}"
        )


def _named(calendar: Calendar) -> dict[str, object]:
    return {"calendar": calendar.id, "version": calendar.version}
