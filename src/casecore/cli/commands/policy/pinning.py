"""`casecore policy pin`: pins a policy to all cases that it matches and that have none."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.app.service_levels.pinning import PinningResult, pin_policy
from casecore.cli.command_group import Commands
from casecore.cli.command_options import ActorOption, JsonOption
from casecore.cli.door import actor_of, opened
from casecore.cli.exits import Exit
from casecore.cli.left_out import print_left_out
from casecore.cli.output import bar_of_share, print_json, screen
from casecore.contract.service_levels import Policy


def pin(
    policy: Annotated[str, typer.Argument(help="One of `casecore policy list`.")],
    reason: Annotated[str, typer.Option(help="Why; free text.")],
    version: Annotated[int | None, typer.Option(min=1, help="Which version; else the last one.")] = None,
    actor: ActorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Pin a policy to every case that it is for and that has none, as after an import.

    A case is left to another published policy that goes before it: a more specific one, or the first
    contact's own. It may be run again: what has a policy keeps it. Ends with 5 if some were refused
    or left out.

    Example: casecore policy pin vendor-end-to-end --reason "imported" --as vendor:vendor:vera
    """
    with opened() as app:
        given_by = actor_of(app, actor)
        with bar_of_share(f"pinning {policy}", as_json) as bar:
            found, result = pin_policy(app, policy, version, given_by, reason, lambda done: bar(done, ""))
        if as_json:
            print_json(result)
        else:
            print_pinned(found, result)
        if result.refused or result.left_out:
            raise typer.Exit(Exit.DIFFERENCE)


def print_pinned(policy: Policy, result: PinningResult) -> None:
    """Print what was done with the cases, for a person."""
    name = f"{policy.id}, version {policy.version}"
    screen.print(f"{name}: pinned to {result.pinned:,} cases; {result.refused:,} were refused")
    if result.left_to_another:
        screen.print(f"{result.left_to_another:,} cases are left to a policy that goes before it")
    for refusal in result.refusals:
        screen.print(f"  {refusal}", markup=False)
    print_left_out(result.left_out)


COMMANDS: Commands = {"pin": pin}
