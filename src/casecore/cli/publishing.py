"""What publishing a calendar and publishing a policy share: the book as it stands, and the command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from casecore.cli.addresses import Addresses, find_addresses
from casecore.cli.giving import open_bus, read_actor, read_uuid
from casecore.cli.output import print_json, screen
from casecore.cli.settings import read_settings
from casecore.contract.streams import SERVICE_LEVEL_BOOK
from casecore.contract.types import EVENT_TYPES
from casecore.errors.kinds import InvalidInput
from casecore.service_levels.book import Book, evolve
from casecore.service_levels.commands import ServiceLevelAction, ServiceLevelCommand
from casecore.store.log import LogReader

VersionOption = Annotated[
    int | None, typer.Option("--version", min=1, help="Which version; else the last one.")
]


def read_book(addresses: Addresses) -> Book:
    """All calendars and policies that were published; raises DatabaseUnavailable."""
    book = Book()
    with LogReader(addresses.database) as log:
        for stored in log.stream(SERVICE_LEVEL_BOOK):
            book = evolve(book, EVENT_TYPES.decode(stored.type, stored.body))
    return book


def installed_book() -> Book:
    """The book of the installation that the settings name."""
    return read_book(find_addresses(read_settings()))


def publish(
    kind: str, name: str, version: int, do: ServiceLevelAction, actor: str, command_id: str, as_json: bool
) -> None:
    """Give the command, and print its answer. `kind` and `name` are such as `calendar` and `berlin`."""
    settings = read_settings()
    command = ServiceLevelCommand(
        command_id=read_uuid("--command-id", command_id) if command_id else uuid4(),
        actor=read_actor(actor or settings.actor),
        do=do,
    )
    with open_bus(settings, find_addresses(settings)) as bus:
        answer = bus.give(command)
    what = f"{kind} {name}, version {version}"
    if as_json:
        print_json({kind: name, "published_version": version, **answer._asdict()})
    elif answer.repeated:
        screen.print(f"{what}: this command was given before", markup=False)
    elif not answer.events:
        screen.print(f"{what}: is published already, nothing to change", markup=False)
    else:
        screen.print(f"{what}: published", markup=False)


def not_published(kind: str, wanted: str, version: int | None, known: dict[str, int]) -> InvalidInput:
    """That there is no such calendar or policy, or not that version. `known` has the last version of each."""
    if wanted in known:
        there = f"its versions are 1 to {known[wanted]}" if known[wanted] > 1 else "its only version is 1"
        return InvalidInput(f"{kind} {wanted} has no version {version}; {there}")
    names = ", ".join(sorted(known)) or "none"
    return InvalidInput(f"there is no {kind} {wanted}; published are: {names}")


def is_file(text: str) -> Path | None:
    """The path, if the text names a TOML file rather than an id."""
    return Path(text) if text.endswith(".toml") else None
