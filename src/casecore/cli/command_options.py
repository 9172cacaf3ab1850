"""The options that commands share: by whom, when, under which id, for a person or a program."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, TypeAlias
from uuid import UUID

import typer

from casecore.errors.kinds import InvalidInput
from casecore.money.cents import InvalidAmount, read_euros

CaseArgument = Annotated[
    str, typer.Argument(metavar="CASE", help="The case's reference, such as C-7K3M-92QF.")
]
ActorOption = Annotated[
    str,
    typer.Option(
        "--as", metavar="ROLE:ORGANISATION:PERSON", help="Who gives the command; else CASECORE_ACTOR."
    ),
]
OnBehalfOption = Annotated[
    str,
    typer.Option(
        "--on-behalf-of", metavar="ROLE:ORGANISATION:PERSON", help="Who asks for it; each event says so."
    ),
]
AtOption = Annotated[
    str,
    typer.Option("--at", metavar="INSTANT", help="When it happened, such as 2026-03-02T09:30:00Z; else now."),
]
IdOption = Annotated[
    str, typer.Option("--command-id", metavar="UUID", help="Makes it safe to give it twice.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print data for a program.")]

ProcessesOption: TypeAlias = Annotated[
    int | None, typer.Option("--processes", min=1, max=64, help="At work at once; else one for each core.")
]
InstantOption = Annotated[
    str, typer.Option("--at", metavar="INSTANT", help="As of when, such as 2026-03-02T09:30:00Z; else now.")
]
VersionOption = Annotated[
    int | None, typer.Option("--version", min=1, help="Which version; else the last one.")
]
PortOption = Annotated[
    int | None,
    typer.Option(help="Port of /health and /metrics; else by CASECORE_HEALTH_PORT, 0 for none.", max=65535),
]


def read_instant(text: str, name: str = "--at") -> datetime:
    """Read an instant that has an offset, as UTC; raises InvalidInput, which names the option or argument."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{name} {text!r} is not an instant; one is 2026-03-02T09:30:00Z") from None
    if instant.tzinfo is None:
        raise InvalidInput(f"{name} {text!r} names no offset from UTC: write {instant.isoformat()}Z")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise InvalidInput(f"{name} {text!r} is an instant that no calendar reaches") from None


def read_uuid(option: str, text: str) -> UUID:
    """Read a UUID; raises InvalidInput, which names the option."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(f"{option} {text!r} is not a UUID") from None


def read_as_of(at: str) -> datetime:
    """The instant that --at names, in UTC; now, if it names none. Raises InvalidInput."""
    return read_instant(at) if at else datetime.now(UTC)


def read_day(option: str, text: str) -> date:
    """Read a date; raises InvalidInput, which names the option."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{option} {text!r} is not a date; one is 2026-03-02") from None


def read_amount(name: str, text: str) -> int:
    """Read an amount in euros, as cents; raises InvalidInput, which names the option or argument."""
    try:
        return read_euros(text)
    except InvalidAmount as invalid:
        raise InvalidInput(f"{name}: {invalid}") from None
