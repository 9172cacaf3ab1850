"""`casecore identity`: keys by which people and programs show the API who they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from casecore.app.actors import parse_actor
from casecore.app.identities import add_key, list_keys, revoke_key
from casecore.app.settings import read_settings
from casecore.cli.command_group import Commands, group_of
from casecore.cli.command_options import JsonOption, read_instant
from casecore.cli.exits import errors_as_exits
from casecore.cli.output import (
    Columns,
    PrintedColumn,
    complaints,
    print_json,
    print_lines,
    print_rows,
    screen,
    short,
)
from casecore.cli.zone import day_in_zone
from casecore.identity.identity import Scope
from casecore.identity.keys import Key


def _columns(now: datetime) -> Columns[Key]:
    return (
        short("key", lambda key: key.id),
        PrintedColumn("of", _actor),
        PrintedColumn("scopes", lambda key: ", ".join(_scopes(key))),
        short("expires", lambda key: key.expires_at and day_in_zone(key.expires_at)),
        short("", lambda key: key.fault_at(now)),
    )


def add(
    actor: Annotated[
        str, typer.Argument(metavar="ROLE:ORGANISATION:PERSON", help="Whose key it is, as whom it acts.")
    ],
    scope: Annotated[
        list[Scope] | None, typer.Option(help="For what it may be used; give it again for more; else agent.")
    ] = None,
    expires: Annotated[
        str,
        typer.Option(metavar="INSTANT", help="Until when, such as 2027-03-02T09:30:00Z; else until revoked."),
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Make a key for the API, and print it: this once, since only its fingerprint is kept.

    Whoever has it acts as this person. It is sent as `Authorization: Bearer KEY`, and taken from this machine
    only, unless CASECORE_API_KEYS says otherwise. A server that runs knows it at once.

    Example: casecore identity add seller:nord:ida --scope agent --expires 2099-01-01T00:00:00Z
    """
    with errors_as_exits():
        expires_at = read_instant(expires, "--expires") if expires else None
        made = add_key(
            read_settings(), parse_actor(actor), scope or [Scope.AGENT], datetime.now(UTC), expires_at
        )
        if as_json:
            print_json({**_fields(made.key, datetime.now(UTC)), "key": made.text})
        else:
            print_lines([made.text])
            complaints.print(
                f"The key {made.key.id} of {_actor(made.key)} is shown this once: keep it where nobody else "
                "reads it.",
                markup=False,
                soft_wrap=True,
            )


def list_(as_json: JsonOption = False) -> None:
    """List the keys, those that are revoked or have expired too; no secret is shown, and none is kept.

    Example: casecore identity list
    """
    with errors_as_exits():
        now, keys = datetime.now(UTC), list_keys(read_settings())
        if as_json:
            print_json([_fields(key, now) for key in keys])
        else:
            print_rows("Keys", _columns(now), keys, as_json=False)


def revoke(
    key: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `list` shows it.")],
    as_json: JsonOption = False,
) -> None:
    """Let a key be used no more, from now on and for good; a server that runs knows it at once.

    Example: casecore identity revoke 7K3M92QF
    """
    with errors_as_exits():
        now = datetime.now(UTC)
        revoked = revoke_key(read_settings(), key, now)
        if as_json:
            print_json(_fields(revoked, now))
        else:
            screen.print(f"The key {revoked.id} of {_actor(revoked)} is revoked.", markup=False)


def _fields(key: Key, now: datetime) -> dict[str, object]:
    """For a program: without the fingerprint, which is for nobody."""
    return {
        "id": key.id,
        "actor": key.actor,
        "scopes": _scopes(key),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "usable": key.fault_at(now) is None,
    }


def _actor(key: Key) -> str:
    return f"{key.actor.role.value}:{key.actor.organisation}:{key.actor.person}"


def _scopes(key: Key) -> list[str]:
    return [scope.value for scope in key.scopes]


COMMANDS: Commands = {"add": add, "list": list_, "revoke": revoke}
app = group_of("Keys by which people and programs show the API who they are.", COMMANDS)
