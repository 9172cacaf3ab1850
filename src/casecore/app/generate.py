"""A made-up business, planned and given through the command bus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from time import monotonic
from typing import NamedTuple

import msgspec

from casecore.app.application import Application
from casecore.cases.commands import CaseCommand, OpenCase
from casecore.commands.batch import Answer
from casecore.commands.interface import Submitter
from casecore.commands.window import Window
from casecore.decider.command import Command
from casecore.decider.refusal import Refusal
from casecore.errors.kinds import InvalidInput
from casecore.synthetic.business import emissions
from casecore.synthetic.local_hours import local_day, seconds_of
from casecore.synthetic.plan import InvalidPlan, Plan, plan, weeks
from casecore.synthetic.trajectory import LONGEST_LIFE

SHOWN_EVERY = 1_000
"""Commands between two reports of progress."""
MOST_REFUSALS_SHOWN = 5
"""There is none, unless someone else has changed these cases: a few say why."""


class GenerationProgress(NamedTuple):
    """How much of a business is given: the share of its cases, and how many were opened."""

    share: float
    cases: int


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


class StartTooLate(InvalidInput):
    """A business that begins on this day would reach past today."""


def plan_business(
    cases: int, seed: int, start: date, vendor: str, customers: int | None, cases_a_day: int | None
) -> Plan:
    """The plan of a business; raises InvalidInput, and StartTooLate where it would reach past now."""
    try:
        made = plan(cases, seed, start, vendor=vendor, customers=customers, cases_a_day=cases_a_day)
    except InvalidPlan as wrong:
        raise InvalidInput(str(wrong)) from None
    latest = _latest_start(made, local_day(seconds_of(datetime.now(UTC))))
    if start > latest:
        raise StartTooLate(
            f"the start {start}: its {cases} cases would reach past today. Give {latest} or earlier, or more "
            "cases a day"
        )
    return made


def _latest_start(made: Plan, today: date) -> date:
    """The last day from which all of a plan's instants lie before today."""
    return today - timedelta(weeks=weeks(made), seconds=LONGEST_LIFE) - timedelta(days=1)


def commands_of(made: Plan) -> Iterator[Command]:
    """A business's commands, in order of time."""
    return (emitted.command for emitted in emissions(made))


def give_all(
    app: Application, made: Plan, on_progress: Callable[[GenerationProgress], None] = lambda _: None
) -> Generated:
    """Give a business's commands; raises the first failure that is not a refusal: generate again to go on."""
    giving = _Giving(made, app.bus.sequence(), on_progress)
    for command in commands_of(made):
        giving.give(command)
    return giving.finish()


class _Giving:
    """A business that is being given."""

    def __init__(self, made: Plan, bus: Submitter, on_progress: Callable[[GenerationProgress], None]) -> None:
        kinds = {"party": CommandCount(), "licence": CommandCount(), "case": CommandCount()}
        self._generated = Generated(
            mark=made.mark, kinds=kinds, refusals=[], first_at=None, last_at=None, seconds=0.0
        )
        self._cases = made.cases
        self._window = Window(bus.submit, self._count)
        self._on_progress = on_progress
        self._opened = 0
        self._submitted = 0
        self._started_at = monotonic()

    def give(self, command: Command) -> None:
        """Submit a command."""
        self._window.submit(command, command)
        self._generated.first_at = self._generated.first_at or command.occurred_at
        self._generated.last_at = command.occurred_at
        self._opened += isinstance(command, CaseCommand) and isinstance(command.do, OpenCase)
        self._submitted += 1
        if self._submitted % SHOWN_EVERY == 0:
            self._on_progress(GenerationProgress(self._opened / self._cases, self._opened))

    def finish(self) -> Generated:
        """Wait for all answers."""
        self._window.finish()
        self._on_progress(GenerationProgress(1.0, self._opened))
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
