"""`casecore calendar check|publish|list|show`: opening hours, checked, published and shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from casecore.app.service_levels.policies_and_calendars import (
    find_calendar,
    load_calendar_file,
    publish_calendar,
    published_calendars,
)
from casecore.cli.command_group import Commands
from casecore.cli.command_options import ActorOption, IdOption, JsonOption, VersionOption
from casecore.cli.commands.calendar.tables import print_calendar
from casecore.cli.door import context_of, opened
from casecore.cli.exits import errors_as_exits
from casecore.cli.output import Columns, PrintedColumn, print_json, print_table
from casecore.cli.publications import print_publication
from casecore.service_levels.book import PublishedCalendar

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="A calendar, in TOML.", exists=True, dir_okay=False)
]

_CALENDARS: Columns[PublishedCalendar] = (
    PrintedColumn("calendar", lambda one: one.calendar.id),
    PrintedColumn("version", lambda one: one.calendar.version),
    PrintedColumn("of", lambda one: one.organisation),
    PrintedColumn("time zone", lambda one: one.calendar.time_zone),
    PrintedColumn("from", lambda one: one.calendar.first_on),
    PrintedColumn("until", lambda one: one.calendar.last_on),
)


def check(file: FileArgument, as_json: JsonOption = False) -> None:
    """Say all that is wrong with a calendar's file, or what it comes to; nothing is published.

    Example: casecore calendar check docs/service-levels/calendars/berlin.toml
    """
    with errors_as_exits():
        print_calendar(load_calendar_file(file), None, as_json)


def publish(
    file: FileArgument, actor: ActorOption = "", command_id: IdOption = "", as_json: JsonOption = False
) -> None:
    """Publish a calendar's file, with its holidays and its zone's clock changes as they are known now.

    Example: casecore calendar publish docs/service-levels/calendars/berlin.toml --as vendor:vendor:vera
    """
    with opened() as app:
        published = publish_calendar(app, file, context_of(app, actor, command_id))
        print_publication("calendar", published, as_json)


def list_calendars(as_json: JsonOption = False) -> None:
    """List the published calendars, each version.

    Example: casecore calendar list
    """
    with opened() as app:
        published = published_calendars(app)
        if as_json:
            print_json([_fields(one) for one in published])
        else:
            print_table(f"Calendars ({len(published)})", _CALENDARS, published)


def show(
    calendar: Annotated[str, typer.Argument(metavar="ID", help="A published calendar's id.")],
    version: VersionOption = None,
    year: Annotated[int | None, typer.Option(help="Only the days of this year.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a published calendar: hours, holidays and other days, clock changes, open hours of each year.

    Example: casecore calendar show berlin --year 2026
    """
    with opened() as app:
        print_calendar(find_calendar(app, calendar, version), year, as_json)


def _fields(published: PublishedCalendar) -> dict[str, object]:
    calendar = published.calendar
    return {
        "id": calendar.id,
        "version": calendar.version,
        "organisation": published.organisation,
        "time_zone": calendar.time_zone,
        "first_on": calendar.first_on,
        "last_on": calendar.last_on,
    }


COMMANDS: Commands = {"check": check, "publish": publish, "list": list_calendars, "show": show}
