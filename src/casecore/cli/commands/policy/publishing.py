"""`casecore policy check|publish|list|show`: what organisations promise, checked, published and shown."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from casecore.app.service_levels.policies_and_calendars import find_policy, publish_policy, published_policies
from casecore.cases.topics import TOPICS
from casecore.cli.command_group import Commands
from casecore.cli.command_options import ActorOption, IdOption, JsonOption, VersionOption
from casecore.cli.commands.calendar.tables import shown_instant
from casecore.cli.door import context_of, opened
from casecore.cli.exits import errors_as_exits
from casecore.cli.output import (
    Columns,
    PrintedColumn,
    number,
    print_json,
    print_lines,
    print_table,
    short,
)
from casecore.cli.publications import print_publication
from casecore.contract.service_levels import ClockTerms, Match, Policy
from casecore.service_levels.durations import hours_and_minutes
from casecore.service_levels.local_time import local_time
from casecore.service_levels.policy_file import load_policy

FileArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="A policy, in TOML; its calendar's file is found from there.",
        exists=True,
        dir_okay=False,
    ),
]

_POLICIES: Columns[Policy] = (
    PrintedColumn("policy", lambda policy: policy.id),
    PrintedColumn("version", lambda policy: policy.version),
    PrintedColumn("of", lambda policy: policy.organisation),
    short("covers", lambda policy: policy.covers.value),
    short("in force", lambda policy: _local_day(policy, policy.in_force_from)),
    short("until", lambda policy: _local_day(policy, policy.in_force_until)),
)
_TARGETS: Columns[ClockTerms] = (
    PrintedColumn("clock", lambda terms: terms.clock.value),
    number("low", lambda terms: hours_and_minutes(terms.targets.low)),
    number("normal", lambda terms: hours_and_minutes(terms.targets.normal)),
    number("high", lambda terms: hours_and_minutes(terms.targets.high)),
    number("urgent", lambda terms: hours_and_minutes(terms.targets.urgent)),
    PrintedColumn("pauses", lambda terms: terms.pauses),
    PrintedColumn("warns at", lambda terms: ", ".join(f"{percent} %" for percent in terms.warn_at_percent)),
)


def check(file: FileArgument, as_json: JsonOption = False) -> None:
    """Say all that is wrong with a policy's file and its calendar's, or what it says; nothing is published.

    Example: casecore policy check docs/service-levels/vendor-level-1.toml
    """
    with errors_as_exits():
        _print_policy(load_policy(file, TOPICS), as_json)


def publish(
    file: FileArgument, actor: ActorOption = "", command_id: IdOption = "", as_json: JsonOption = False
) -> None:
    """Publish a policy's file, with its calendar as that was published before.

    Example: casecore policy publish docs/service-levels/vendor-level-1.toml --as vendor:vendor:vera
    """
    with opened() as app:
        published = publish_policy(app, file, context_of(app, actor, command_id))
        print_publication("policy", published, as_json)


def list_policies(as_json: JsonOption = False) -> None:
    """List the published policies, each version.

    Example: casecore policy list
    """
    with opened() as app:
        published = published_policies(app)
        if as_json:
            print_json([_line(policy) for policy in published])
        else:
            print_table(f"Policies ({len(published)})", _POLICIES, published)


def show(
    policy: Annotated[str, typer.Argument(metavar="ID", help="A published policy's id.")],
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a published policy; with --json, the form with its calendar in it that can be given as a file.

    Example: casecore policy show vendor-level-1
    """
    with opened() as app:
        _print_policy(find_policy(app, policy, version).policy, as_json)


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
    print_lines(line for line in lines if line.strip())
    print_table("Targets, in opening hours (h:mm)", _TARGETS, policy.clocks)


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


def _local_day(policy: Policy, at: datetime | None) -> date | None:
    """The day of an instant in the time zone of the policy's calendar."""
    return None if at is None else local_time(policy.calendar, at).date()


def _matched(match: Match) -> str:
    """Which cases a policy is for, in words."""
    conditions = [
        f"{name} {', '.join(str(getattr(value, 'value', value)) for value in values)}"
        for name, values in msgspec.structs.asdict(match).items()
        if values
    ]
    return "; ".join(conditions) or "every case"


COMMANDS: Commands = {"check": check, "publish": publish, "list": list_policies, "show": show}
