"""`casecore sla evaluate|explain`: the clocks on a file, and on one figure."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Annotated

import typer

from casecore.cases.topics import TOPICS
from casecore.cli.addresses import Addresses, find_addresses
from casecore.cli.exits import errors_as_exits
from casecore.cli.figures import clock_name, print_clocks, print_holders
from casecore.cli.giving import CaseArgument, JsonOption, read_instant
from casecore.cli.look import stored_events
from casecore.cli.output import Column, hours_text, instant_text, print_json, print_table
from casecore.cli.settings import read_settings
from casecore.clocks.evaluation import Evaluation, evaluate
from casecore.clocks.explanation import explain
from casecore.clocks.instants import instant, micros, seconds
from casecore.clocks.reading import ClockReading
from casecore.contract.cases import Level
from casecore.contract.service_levels import Clock, Policy
from casecore.errors.kinds import InvalidInput
from casecore.evaluation.case_events import under
from casecore.evaluation.events_file import parties_of, read_events
from casecore.evaluation.figures import CaseFigures, clock_figures, figures_of
from casecore.evaluation.histories import case_of
from casecore.service_levels.book import Book
from casecore.service_levels.choice import ties
from casecore.service_levels.policy_file import load_policy

InstantOption = Annotated[
    str, typer.Option("--at", metavar="INSTANT", help="As of when, such as 2026-03-02T09:30:00Z; else now.")
]
PolicyOption = Annotated[
    list[Path] | None,
    typer.Option("--policy", help="A policy, as TOML or as published JSON; again for more.", exists=True),
]


def add_to(app: typer.Typer) -> None:
    """Add these commands to `casecore sla`."""
    app.command("evaluate")(evaluate_file)
    app.command("explain")(explain_clock)


def evaluate_file(
    events: Annotated[Path, typer.Argument(help="Events, JSON Lines.", exists=True, dir_okay=False)],
    policy: PolicyOption = None,
    at: InstantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Evaluate the clocks of the cases in a file of events; no server is needed.

    The events are those that `casecore case show --events` prints; docs/evaluating.md has the short form.
    With --json a document for each case. A case that was not opened by then is left out.

    Example: casecore sla evaluate docs/service-levels/example.jsonl
    --policy docs/service-levels/vendor-end-to-end.toml
    """
    with errors_as_exits():
        policies = load_policies(policy)
        looked_at = micros(read_at(at))
        cases = read_events(events, parties_of(policies))
        evaluated = 0
        for case in cases:
            evaluation = evaluate(under(case, policies).history(), looked_at)
            if evaluation is None:
                typer.echo(f"{case.reference} was not opened by {_second(looked_at)}: left out", err=True)
                continue
            evaluated += 1
            _print_case(figures_of(case.reference, evaluation), as_json)
        if not evaluated:
            raise InvalidInput(f"no case was opened by {_second(looked_at)}: name a later time with --at")


def _print_case(figures: CaseFigures, as_json: bool) -> None:
    if as_json:
        print_json(figures)
        return
    age = hours_text(figures.age_seconds)
    print_clocks(f"{figures.case}, as of {figures.at:%Y-%m-%d %H:%M:%S} UTC", figures.clocks)
    print_holders(f"Who held {figures.case}; its age is {age}", figures.holders)


def explain_clock(
    case: CaseArgument,
    clock: Annotated[Clock, typer.Argument(help="Which clock.")],
    level: Annotated[Level | None, typer.Option(help="Of which level, where there are several.")] = None,
    number: Annotated[int | None, typer.Option(min=1, help="Which one, where there are several.")] = None,
    at: InstantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show the times that make up a clock's figure, with running sums, from the store itself.

    Example: casecore sla explain C-7K3M-92QF resolution
    """
    with errors_as_exits():
        looked_at = micros(read_at(at))
        evaluation = _evaluate_stored(find_addresses(read_settings()), case, looked_at)
        reading = _find(evaluation, case, clock, level, number)
        lines = explain(reading, evaluation.at)
        if as_json:
            print_json(
                {
                    "case": case,
                    "clock": clock_figures(reading),
                    "lines": [
                        {
                            "start_at": instant(line.start),
                            "end_at": instant(line.end),
                            "what": line.what.value,
                            "seconds": seconds(line.end - line.start),
                            "elapsed_seconds": seconds(line.elapsed),
                            "paused_seconds": seconds(line.paused),
                        }
                        for line in lines
                    ],
                }
            )
            return
        print_clocks(
            f"{case}, as of {instant(evaluation.at):%Y-%m-%d %H:%M:%S} UTC", [clock_figures(reading)]
        )
        rows = [
            (
                instant_text(instant(line.start)),
                instant_text(instant(line.end)),
                line.what.value,
                hours_text(seconds(line.end - line.start)),
                hours_text(seconds(line.elapsed)),
                hours_text(seconds(line.paused)),
            )
            for line in lines
        ]
        columns = [
            Column("from (UTC)", narrow=True),
            Column("until", narrow=True),
            Column("what", narrow=True),
            Column("lasts", right=True),
            Column("elapsed", right=True),
            Column("paused", right=True),
        ]
        policy, name = reading.policy, clock_name(clock.value, _level(reading), reading.key.number)
        title = f"How {name} adds up, by {policy.id} {policy.version} and {policy.calendar.id}"
        print_table(title, columns, rows)


def load_policies(paths: list[Path] | None, book: Book | None = None) -> list[Policy]:
    """The policies that --policy names, with the calendars of the book where it has them.

    Raises InvalidServiceLevelFile, and InvalidInput for two of which none would go before the other.
    """
    policies = [load_policy(path, TOPICS, book or Book()) for path in paths or ()]
    for one, other in combinations(policies, 2):
        if one.id == other.id:
            raise InvalidInput(f"--policy is given twice for {one.id}: try one version at a time")
        if ties(one, other):
            raise InvalidInput(
                f"{one.id} and {other.id} are as specific as each other, and a case could match both: "
                "give one of them, or name a customer, seller, topic, priority or category in one"
            )
    return policies


def read_at(at: str) -> datetime:
    """The instant that --at names, in UTC; now, if it names none. Raises InvalidInput."""
    return read_instant(at) if at else datetime.now(UTC)


def _evaluate_stored(addresses: Addresses, reference: str, at: int) -> Evaluation:
    case = case_of(stored_events(addresses, reference))
    assert case is not None, "a stream that is found by a case's reference is that case"
    evaluation = evaluate(case.history(), at)
    if evaluation is None:
        raise InvalidInput(f"{reference} was not opened by {_second(at)}: name a later time")
    return evaluation


def _find(
    evaluation: Evaluation, reference: str, clock: Clock, level: Level | None, number: int | None
) -> ClockReading:
    """The one clock that is meant; of several that follow each other the last."""
    found = [
        reading
        for reading in evaluation.clocks
        if reading.key.clock is clock
        and level in (None, reading.key.level)
        and number in (None, reading.key.number)
    ]
    there = [clock_name(r.key.clock.value, _level(r), r.key.number) for r in evaluation.clocks]
    if not found:
        raise InvalidInput(f"{reference} has no such clock; there are: {', '.join(there) or 'none'}")
    if len({reading.key.level for reading in found}) > 1:
        raise InvalidInput(f"{reference} has this clock at several levels: say --level ({', '.join(there)})")
    return found[-1]


def _second(at: int) -> str:
    return f"{instant(at):%Y-%m-%d %H:%M:%S}Z"


def _level(reading: ClockReading) -> str | None:
    return reading.key.level.value if reading.key.level else None
