"""`casecore generate`: a made-up business, submitted to the command bus or printed for `casecore submit`."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from casecore.app.generate import CommandCount, Generated, commands_of, give_all, plan_business
from casecore.cli.command_options import JsonOption, read_day
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.output import Columns, PrintedColumn, bar_of_share, number, print_json, print_table, screen
from casecore.cli.screens import write_json
from casecore.cli.zone import in_zone
from casecore.synthetic.plan import Plan


def _count(name: str) -> PrintedColumn[tuple[str, CommandCount]]:
    return number(name, lambda kind: getattr(kind[1], name))


_KINDS: Columns[tuple[str, CommandCount]] = (
    PrintedColumn("kind", lambda kind: kind[0]),
    *(_count(name) for name in CommandCount.__struct_fields__),
)


def generate(
    cases: Annotated[int, typer.Option(help="How many cases.")],
    start: Annotated[str, typer.Option(metavar="DATE", help="The day on which the business begins.")],
    seed: Annotated[int, typer.Option(help="Another seed is another business, of the same shapes.")] = 1,
    customers: Annotated[
        int | None, typer.Option(help="How many customers; else as many as ask three times a year.")
    ] = None,
    cases_a_day: Annotated[
        int | None,
        typer.Option(help="How many cases a day; else as many as make a year, and at most 1,000."),
    ] = None,
    print_it: Annotated[
        bool, typer.Option("--print", help="Print the commands as JSON Lines instead; no server is asked.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make up a business with a real help desk's shapes, always the same for a seed, and store it.

    Given twice, it is stored once. Its instants lie in the past: a start that is too late is refused. Ends
    with 5 if a command was refused, as when others have changed its cases.

    Example: casecore generate --cases 1000 --seed 7 --start 2025-01-01
    """
    with opened() as app:
        begins_on, vendor = read_day("--start", start), app.settings.vendor
        planned = plan_business(cases, seed, begins_on, vendor, customers, cases_a_day)
        if print_it:
            print_commands(planned)
            return
        with bar_of_share("generating", as_json) as bar:
            generated = give_all(app, planned, lambda done: bar(done.share, f": {done.cases:,} cases"))
        if as_json:
            print_json(msgspec.to_builtins(generated))
        else:
            _print_summary(generated)
        if generated.refusals:
            raise typer.Exit(Exit.DIFFERENCE)


def print_commands(made: Plan) -> None:
    """Print a business's commands, each as a JSON document on a line of standard output."""
    encoder = msgspec.json.Encoder(order="deterministic")
    for command in commands_of(made):
        write_json(encoder.encode(command).decode())


def _print_summary(generated: Generated) -> None:
    print_table(f"The business {generated.mark}", _KINDS, generated.kinds.items())
    first, last = (at and in_zone(at) for at in (generated.first_at, generated.last_at))
    screen.print(f"From {first} to {last}, in {generated.seconds:.1f} s.")
    for refusal in generated.refusals:
        screen.print(f"Refused: {refusal}", markup=False)
