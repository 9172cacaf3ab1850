"""`casecore quarantine …`: records that a view could not apply, and what to do about them."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.cli.addresses import find_addresses
from casecore.cli.exits import Exit, errors_as_exits
from casecore.cli.operations import find_view
from casecore.cli.output import print_json, screen
from casecore.cli.settings import read_settings
from projections.catalogue import VIEWS
from projections.kit.quarantine import quarantine

app = typer.Typer(no_args_is_help=True, help="Records that a view could not apply; their case is parked.")

ViewArgument = Annotated[str, typer.Argument(help="Which view.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print data for a program.")]


@app.command("list")
def list_parked(
    view: Annotated[str | None, typer.Argument(help="Which view; none for all.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the parked keys, with the record that stopped each; ends with 5 if there are any.

    Example: casecore quarantine list
    """
    with errors_as_exits():
        database = find_addresses(read_settings()).database
        chosen = [find_view(view)] if view else [VIEWS[name] for name in sorted(VIEWS)]
        found = [
            (projection.name, parked)
            for projection in chosen
            for parked in quarantine.list_parked(projection, database)
        ]
        if as_json:
            print_json([{"view": name, **parked._asdict()} for name, parked in found])
        else:
            for name, parked in found:
                screen.print(f"{name}  {parked.key}", markup=False, soft_wrap=True)
                place = f"{parked.topic}/{parked.partition}, offset {parked.offset}"
                since = f"{parked.parked_at:%Y-%m-%d %H:%M:%S} UTC"
                screen.print(f"  {parked.records} parked since {since}, first {place}", markup=False)
                screen.print(f"  {parked.reason}: {parked.detail}", markup=False)
            if not found:
                screen.print("nothing is parked")
        if found:
            raise typer.Exit(Exit.DIFFERENCE)


@app.command()
def retry(
    view: ViewArgument,
    key: Annotated[str | None, typer.Option(help="Which key; none for all.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Apply parked records again, in order; ends with 5 if some still cannot be applied.

    Example: casecore quarantine retry workload
    """
    with errors_as_exits():
        database = find_addresses(read_settings()).database
        _print_retried(quarantine.retry(find_view(view), database, key), as_json)


@app.command()
def skip(
    view: ViewArgument,
    key: Annotated[str, typer.Argument(help="Which key.")],
    because: Annotated[str, typer.Option(help="Why it may be left out; it is kept with the record.")],
    as_json: JsonOption = False,
) -> None:
    """Leave a key's first parked record out for good, with a reason, and apply the rest.

    Example: casecore quarantine skip workload 6f1d9f0a-54a5-5c0e-9d7e-1f6a3c2b7e10 --because forged
    """
    with errors_as_exits():
        database = find_addresses(read_settings()).database
        _print_retried([quarantine.skip(find_view(view), database, key, because)], as_json)


def _print_retried(retried: list[quarantine.Retried], as_json: bool) -> None:
    if as_json:
        print_json(retried)
    else:
        for one in retried:
            rest = f", {one.remaining} remain: {one.reason}: {one.detail}" if one.remaining else ""
            screen.print(f"{one.key}: {one.released} applied{rest}", markup=False)
        if not retried:
            screen.print("nothing is parked")
    if any(one.remaining for one in retried):
        raise typer.Exit(Exit.DIFFERENCE)
