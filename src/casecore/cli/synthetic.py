"""`casecore generate`: a made-up business, given through the command bus or printed for `casecore submit`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from time import monotonic
from typing import Annotated

import msgspec
import typer

from casecore.cases.commands import CaseCommand, OpenCase
from casecore.cli.addresses import find_addresses
from casecore.cli.answering import read_day
from casecore.cli.exits import Exit, errors_as_exits
from casecore.cli.giving import JsonOption, open_bus
from casecore.cli.output import Column, bar_of_share, print_json, print_table, screen
from casecore.cli.settings import read_settings
from casecore.commands.batch import Answer
from casecore.commands.interface import Submitter
from casecore.commands.window import Window
from casecore.decider.command import Command
from casecore.decider.refusal import Refusal
from casecore.errors.kinds import InvalidInput
from casecore.synthetic.business import emissions
from casecore.synthetic.emission import EmittedCommand
from casecore.synthetic.local_hours import local_day, seconds_of
from casecore.synthetic.plan import InvalidPlan, Plan, plan, weeks
from casecore.synthetic.trajectory import LONGEST_LIFE

SHOWN_EVERY = 1_000
"""Commands between two looks of the bar."""
MOST_REFUSALS_SHOWN = 5
"""There is none, unless someone else has changed these cases: a few say why."""

Show = Callable[[float, str], None]


class CommandCount(msgspec.Struct):
    """What became of one kind of command."""

    commands: int = 0
    stored: int = 0
    events: int = 0
    repeated: int = 0
    refused: int = 0


class Generated(msgspec.Struct, kw_only=True):
    """What became of a business; `mark` begins all its ids. Of each kind, `commands` = the three counts."""

    mark: str
    kinds: dict[str, CommandCount]
    refusals: list[str]
    first_at: datetime | None
    last_at: datetime | None
    seconds: float


def add_to_program(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(generate)


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
    with errors_as_exits():
        settings = read_settings()
        made = _planned(cases, seed, read_day("--start", start), settings.vendor, customers, cases_a_day)
        if print_it:
            print_lines(made)
            return
        with (
            bar_of_share("generating", as_json) as bar,
            open_bus(settings, find_addresses(settings)) as bus,
        ):
            generated = give_all(made, bus.sequence(), bar)
        if as_json:
            print_json(msgspec.to_builtins(generated))
        else:
            _print_summary(generated)
        if generated.refusals:
            raise typer.Exit(Exit.DIFFERENCE)


def give_all(made: Plan, bus: Submitter, show: Show) -> Generated:
    """Give a business's commands; raises the first failure that is not a refusal: generate again to go on."""
    giving = _Giving(made, bus, show)
    for emitted in emissions(made):
        giving.give(emitted)
    return giving.finish()


def print_lines(made: Plan) -> None:
    """A business's commands, each as a JSON document on a line of standard output."""
    encoder = msgspec.json.Encoder(order="deterministic")
    for emitted in emissions(made):
        sys.stdout.write(encoder.encode(emitted.command).decode() + "\n")


class _Giving:
    """A business that is being given."""

    def __init__(self, made: Plan, bus: Submitter, show: Show) -> None:
        kinds = {"party": CommandCount(), "licence": CommandCount(), "case": CommandCount()}
        self._generated = Generated(
            mark=made.mark, kinds=kinds, refusals=[], first_at=None, last_at=None, seconds=0.0
        )
        self._cases = made.cases
        self._window = Window(bus.submit, self._count)
        self._show = show
        self._opened = 0
        self._submitted = 0
        self._started_at = monotonic()

    def give(self, emitted: EmittedCommand) -> None:
        """Submit a command."""
        command = emitted.command
        self._window.submit(command, command)
        self._generated.first_at = self._generated.first_at or command.occurred_at
        self._generated.last_at = command.occurred_at
        self._opened += isinstance(command, CaseCommand) and isinstance(command.do, OpenCase)
        self._submitted += 1
        if self._submitted % SHOWN_EVERY == 0:
            self._show(self._opened / self._cases, f": {self._opened:,} cases")

    def finish(self) -> Generated:
        """Wait for all answers."""
        self._window.finish()
        self._show(1.0, f": {self._opened:,} cases")
        self._generated.seconds = round(monotonic() - self._started_at, 3)
        return self._generated

    def _count(self, command: Command, reply: Answer | Refusal) -> None:
        given = self._generated.kinds[str(command.__struct_config__.tag)]
        given.commands += 1
        if isinstance(reply, Refusal):
            given.refused += 1
            if len(self._generated.refusals) < MOST_REFUSALS_SHOWN:
                self._generated.refusals.append(f"{command.command_id}: {reply}")
        elif reply.repeated:
            given.repeated += 1
        else:
            given.stored += 1
            given.events += reply.events


def _planned(
    cases: int, seed: int, start: date, vendor: str, customers: int | None, cases_a_day: int | None
) -> Plan:
    """The plan; raises InvalidInput, also where it would reach past now."""
    try:
        made = plan(cases, seed, start, vendor=vendor, customers=customers, cases_a_day=cases_a_day)
    except InvalidPlan as wrong:
        raise InvalidInput(str(wrong)) from None
    latest = _latest_start(made, local_day(seconds_of(datetime.now(UTC))))
    if start > latest:
        raise InvalidInput(
            f"--start {start}: its {cases} cases would reach past today. Give {latest} or earlier, or more "
            "cases a day"
        )
    return made


def _latest_start(made: Plan, today: date) -> date:
    """The last day from which all of a plan's instants lie before today."""
    return today - timedelta(weeks=weeks(made), seconds=LONGEST_LIFE) - timedelta(days=1)


def _print_summary(generated: Generated) -> None:
    columns = [Column("kind"), *(Column(name, right=True) for name in CommandCount.__struct_fields__)]
    print_table(f"The business {generated.mark}", columns, _rows(generated))
    screen.print(f"From {generated.first_at} to {generated.last_at}, in {generated.seconds:.1f} s.")
    for refusal in generated.refusals:
        screen.print(f"Refused: {refusal}", markup=False)


def _rows(generated: Generated) -> Iterator[tuple[object, ...]]:
    for kind, given in generated.kinds.items():
        yield (kind, *(getattr(given, name) for name in CommandCount.__struct_fields__))
