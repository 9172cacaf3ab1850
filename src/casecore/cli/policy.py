"""`casecore policy …`: what organisations promise, checked, published and shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from casecore.cases.topics import TOPICS
from casecore.cli.addresses import find_addresses
from casecore.cli.calendar_shown import shown_instant
from casecore.cli.exits import errors_as_exits
from casecore.cli.giving import ActorOption, IdOption, JsonOption
from casecore.cli.output import Column, print_json, print_table, screen
from casecore.cli.publishing import VersionOption, installed_book, not_published, publish, read_book
from casecore.cli.settings import read_settings
from casecore.contract.service_levels import Calendar, Match, Policy
from casecore.errors.kinds import InvalidInput
from casecore.service_levels.book import Book
from casecore.service_levels.calendar_file import definition_sha256 as calendar_sha256
from casecore.service_levels.calendar_file import read_calendar
from casecore.service_levels.commands import PublishPolicy
from casecore.service_levels.durations import hours_and_minutes
from casecore.service_levels.errors import InvalidServiceLevelFile
from casecore.service_levels.local_time import local_time
from casecore.service_levels.policy_checks import policy_faults
from casecore.service_levels.policy_file import (
    as_policy,
    calendar_path,
    definition_sha256,
    load_policy,
    read_policy,
)

app = typer.Typer(no_args_is_help=True, help="What an organisation promises: check, publish, look at.")

FileArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="A policy, in TOML; its calendar's file is found from there.",
        exists=True,
        dir_okay=False,
    ),
]


@app.command()
def check(file: FileArgument, as_json: JsonOption = False) -> None:
    """Say all that is wrong with a policy's file and its calendar's, or what it says; nothing is published.

    Example: casecore policy check docs/service-levels/vendor-level-1.toml
    """
    with errors_as_exits():
        _print_policy(load_policy(file, TOPICS), as_json)


@app.command("publish")
def publish_policy(
    file: FileArgument, actor: ActorOption = "", command_id: IdOption = "", as_json: JsonOption = False
) -> None:
    """Publish a policy's file, with its calendar as that was published before.

    Example: casecore policy publish docs/service-levels/vendor-level-1.toml --as vendor:vendor:vera
    """
    with errors_as_exits():
        definition = read_policy(file, TOPICS)
        book = read_book(find_addresses(read_settings()))
        calendar = _published_calendar(calendar_path(definition, file), definition.organisation, book)
        policy = as_policy(definition, calendar)
        faults = policy_faults(policy, TOPICS)
        if faults:
            raise InvalidServiceLevelFile(file.name, faults)
        do = PublishPolicy(policy=policy, definition_sha256=definition_sha256(policy))
        publish("policy", policy.id, policy.version, do, actor, command_id, as_json)


@app.command("list")
def list_policies(as_json: JsonOption = False) -> None:
    """List the published policies, each version.

    Example: casecore policy list
    """
    with errors_as_exits():
        published = [one.policy for versions in installed_book().policies.values() for one in versions]
        if as_json:
            print_json([_line(policy) for policy in published])
        else:
            columns = [
                Column("policy"),
                Column("version"),
                Column("of"),
                *(Column(title, narrow=True) for title in ("covers", "in force", "until")),
            ]
            print_table(f"Policies ({len(published)})", columns, [_cells(policy) for policy in published])


@app.command()
def show(
    policy: Annotated[str, typer.Argument(metavar="ID", help="A published policy's id.")],
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a published policy; with --json, the form with its calendar in it that can be given as a file.

    Example: casecore policy show vendor-level-1
    """
    with errors_as_exits():
        book = installed_book()
        found = book.policy(policy, version)
        if found is None:
            known = {name: len(versions) for name, versions in book.policies.items()}
            raise not_published("policy", policy, version, known)
        _print_policy(found.policy, as_json)


def _published_calendar(file: Path, organisation: str, book: Book) -> Calendar:
    """The published calendar that this file defines; raises InvalidInput if it is not there."""
    try:
        written = read_calendar(file)
    except OSError as error:
        raise InvalidInput(f"calendar: {file} cannot be read: {error.strerror}") from None
    name = f"version {written.version} of calendar {written.id}"
    if written.organisation != organisation:
        owners = f"{written.organisation!r}, and the policy to {organisation!r}"
        raise InvalidInput(f"calendar: {file.name} belongs to {owners}: take one of its own")
    published = book.calendar(written.id, written.version)
    if published is None:
        raise InvalidInput(f"{name} is not published: run `casecore calendar publish {file}` first")
    if published.definition_sha256 != calendar_sha256(written):
        last = len(book.calendars[written.id])
        raise InvalidInput(
            f"{name} is published with another content than {file} has: "
            f"make the file version {last + 1}, and run `casecore calendar publish {file}`"
        )
    return published.calendar


def _print_policy(policy: Policy, as_json: bool) -> None:
    if as_json:
        print_json(policy)
        return
    calendar = policy.calendar
    until = f"until {shown_instant(calendar, policy.in_force_until)}" if policy.in_force_until else ""
    lines = [
        f"Policy {policy.id}, version {policy.version}, of {policy.organisation}",
        f"  covers     {policy.covers.value}",
        f"  for        {_matched(policy.match)}",
        f"  in force   {shown_instant(calendar, policy.in_force_from)}",
        f"             {until}",
        f"  calendar   {calendar.id}, version {calendar.version}, {calendar.time_zone}, "
        f"{calendar.first_on} to {calendar.last_on}",
        f"  on change  {policy.on_change.value}",
    ]
    for line in lines:
        if line.strip():
            screen.print(line, markup=False)
    priorities = ("low", "normal", "high", "urgent")
    columns = [
        Column("clock"),
        *(Column(priority, right=True) for priority in priorities),
        Column("pauses"),
        Column("warns at"),
    ]
    rows = [
        (
            terms.clock.value,
            *(hours_and_minutes(getattr(terms.targets, priority)) for priority in priorities),
            terms.pauses,
            ", ".join(f"{percent} %" for percent in terms.warn_at_percent),
        )
        for terms in policy.clocks
    ]
    print_table("Targets, in opening hours (h:mm)", columns, rows)


def _line(policy: Policy) -> dict[str, object]:
    return {
        "id": policy.id,
        "version": policy.version,
        "organisation": policy.organisation,
        "covers": policy.covers,
        "in_force_from": policy.in_force_from,
        "in_force_until": policy.in_force_until,
        "calendar": policy.calendar.id,
        "calendar_version": policy.calendar.version,
        "match": policy.match,
    }


def _cells(policy: Policy) -> tuple[object, ...]:
    """With the days on which it is in force, where its calendar is."""
    since, until = policy.in_force_from, policy.in_force_until
    return (
        policy.id,
        policy.version,
        policy.organisation,
        policy.covers.value,
        local_time(policy.calendar, since).date(),
        local_time(policy.calendar, until).date() if until else None,
    )


def _matched(match: Match) -> str:
    """Which cases a policy is for, in words."""
    told = [
        f"{name} {', '.join(str(getattr(value, 'value', value)) for value in values)}"
        for name, values in msgspec.structs.asdict(match).items()
        if values
    ]
    return "; ".join(told) or "every case"
