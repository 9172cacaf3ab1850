"""`casecore quarantine …`: records that a view could not apply, and what to do about them."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.app.views import list_parked as list_all
from casecore.app.views import retry_parked, skip_parked
from casecore.cli.command_options import JsonOption
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.output import print_json, screen
from casecore.cli.zone import in_zone
from projections.kit.quarantine.retrying import Retried

app = typer.Typer(no_args_is_help=True, help="Records that a view could not apply; their case is parked.")

ViewArgument = Annotated[str, typer.Argument(help="Which view.")]


@app.command("list")
def list_parked(
    view: Annotated[str | None, typer.Argument(help="Which view; none for all.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the parked keys, with the record that stopped each; ends with 5 if there are any.

    Example: casecore quarantine list
    """
    with opened() as app:
        found = list_all(app, view)
        if as_json:
            print_json([{"view": name, **parked._asdict()} for name, parked in found])
        else:
            for name, parked in found:
                screen.print(f"{name}  {parked.key}", markup=False, soft_wrap=True)
                place = f"{parked.topic}/{parked.partition}, offset {parked.offset}"
                since = in_zone(parked.parked_at)
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
    with opened() as app:
        _print_retried(retry_parked(app, view, key), as_json)


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
    with opened() as app:
        _print_retried([skip_parked(app, view, key, because)], as_json)


def _print_retried(retried: list[Retried], as_json: bool) -> None:
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
