"""The options of `casecore replay`: of which cases, and by whose knowledge."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from casecore.app.service_levels.as_of import AsOf
from casecore.cli.commands.sla.options import read_as_known
from casecore.contract.cases import Level, State
from casecore.errors.kinds import InvalidInput
from projections.timeline.standings import COUNTED_BY

OneCaseArgument = Annotated[
    str, typer.Argument(metavar="CASE", help="The case's reference; none with --all.", show_default=False)
]
AllOption = Annotated[bool, typer.Option("--all", help="All cases, counted, instead of one.")]
AsKnownOption = Annotated[
    bool, typer.Option("--as-known", help="By what was recorded by the instant of --at, and no later.")
]
StepOption = Annotated[bool, typer.Option("--step", help="Go through a case's events one by one, by keys.")]
ByOption = Annotated[
    str,
    typer.Option(
        metavar="WORD,…", help=f"With --all: count by these together; words: {', '.join(COUNTED_BY)}."
    ),
]
ListedOption = Annotated[bool, typer.Option("--cases", help="With --all: list the cases themselves.")]
StateOption = Annotated[State | None, typer.Option(help="With --all: only in this state.")]
AtLevelOption = Annotated[Level | None, typer.Option(help="With --all: only at this level.")]
WithOption = Annotated[
    str | None, typer.Option(help="With --all: only where it was this organisation's turn.")
]
AgentOption = Annotated[str | None, typer.Option(help="With --all: only with this agent.")]
OpenOption = Annotated[bool, typer.Option("--open", help="With --all: only what was open.")]
AfterOption = Annotated[
    str, typer.Option(metavar="CASE", help="With --cases: only those after it, by reference.")
]


def read_replayed(at: str, recorded_by: str, as_known: bool) -> AsOf:
    """As of which instant, by which knowledge; now, if none is named. Raises InvalidInput."""
    if as_known:
        refuse(bool(recorded_by), "--as-known and --recorded-by say two things: leave one out")
        refuse(not at, "--as-known is by what was recorded by the instant of --at: name that")
    return read_as_known(at, at if as_known else recorded_by) or AsOf(datetime.now(UTC))


def read_words(by: str) -> list[str]:
    """The words that --by names, each once; raises InvalidInput."""
    words = [word.strip() for word in by.split(",") if word.strip()]
    for word in words:
        refuse(word not in COUNTED_BY, f"--by {word!r} is none of {', '.join(COUNTED_BY)}")
    return list(dict.fromkeys(words))


def refuse(is_wrong: bool, why: str) -> None:
    """Raise InvalidInput if something is wrong."""
    if is_wrong:
        raise InvalidInput(why)
