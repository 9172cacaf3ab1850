"""`casecore policy pin`: a policy for all cases that it is for and that have none."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import typer

from casecore.cases.refusals import PolicyUnknown
from casecore.cli.addresses import Addresses, find_addresses
from casecore.cli.exits import Exit, errors_as_exits
from casecore.cli.giving import ActorOption, JsonOption, open_bus, read_actor
from casecore.cli.output import bar_of_share, print_json, screen
from casecore.cli.publishing import read_book
from casecore.cli.settings import Settings, read_settings
from casecore.commands.batch import Answer
from casecore.commands.window import Window
from casecore.contract.service_levels import Policy
from casecore.decider.command import GivenActor
from casecore.decider.refusal import Refusal
from casecore.evaluation.pinning import last_versions, pins_for
from casecore.service_levels.book import Book
from casecore.store.log import LogReader

_MOST_SHOWN = 10


class _Pinned(NamedTuple):
    """What became of the cases; of the refusals the first ones."""

    pinned: int
    refused: int
    left_to_another: int
    refusals: list[str]


def add_to(app: typer.Typer) -> None:
    """Add this command to `casecore policy`."""
    app.command()(pin)


def pin(
    policy: Annotated[str, typer.Argument(help="One of `casecore policy list`.")],
    reason: Annotated[str, typer.Option(help="Why; free text.")],
    version: Annotated[int | None, typer.Option(min=1, help="Which version; else the last one.")] = None,
    actor: ActorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Pin a policy to every case that it is for and that has none, as after an import.

    A case is left to another published policy that goes before it: a more specific one, or the first
    contact's own. It may be run again: what has a policy keeps it. Ends with 5 if some were refused.

    Example: casecore policy pin vendor-end-to-end --reason "imported" --as system:vendor:import
    """
    with errors_as_exits():
        settings = read_settings()
        addresses = find_addresses(settings)
        given = read_actor(actor or settings.actor)
        book = read_book(addresses)
        found = book.policy(policy, version)
        if found is None:
            raise PolicyUnknown(f"policy {policy}" if version is None else f"version {version} of {policy}")
        result = pin_everywhere(settings, addresses, book, found.policy, given, reason, quiet=as_json)
        if as_json:
            print_json(result)
        else:
            name = f"{found.policy.id}, version {found.policy.version}"
            screen.print(f"{name}: pinned to {result.pinned:,} cases; {result.refused:,} were refused")
            if result.left_to_another:
                screen.print(f"{result.left_to_another:,} cases are left to a policy that goes before it")
            for refusal in result.refusals:
                screen.print(f"  {refusal}", markup=False)
        if result.refused:
            raise typer.Exit(Exit.DIFFERENCE)


def pin_everywhere(
    settings: Settings,
    addresses: Addresses,
    book: Book,
    policy: Policy,
    actor: GivenActor,
    reason: str,
    quiet: bool,
) -> _Pinned:
    """Pin a policy of the book to all cases that lack one, with a bar that shows how far.

    Raises DatabaseUnavailable.
    """
    others = last_versions(book, policy.covers)
    with LogReader(addresses.database) as log:
        up_to = log.last_position()
    pinned = refused = left = 0
    refusals: list[str] = []

    def count(case: str, reply: Answer | Refusal) -> None:
        nonlocal pinned, refused
        if not isinstance(reply, Refusal):
            pinned += reply.events
            return
        refused += 1
        if len(refusals) < _MOST_SHOWN:
            refusals.append(f"{case}: {reply}")

    with bar_of_share(f"pinning {policy.id}", quiet) as bar, open_bus(settings, addresses) as bus:
        window = Window(bus.submit, count)
        for part in pins_for(addresses.database, policy, others, up_to, actor, reason):
            left += part.left
            for command in part.commands:
                window.submit(command, command.case)
            bar(part.done, "")
        window.finish()
    return _Pinned(pinned, refused, left, refusals)
