"""`casecore sla evaluate|explain`: the clocks on a file, and on one figure."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from casecore.app.service_levels.as_of import AsOf
from casecore.app.service_levels.clocks import WantedClock, evaluate_file, explain_clock
from casecore.app.service_levels.what_if import load_policies
from casecore.app.service_levels.words import clock_name, hours_text, in_words, second
from casecore.cli.command_group import Commands
from casecore.cli.command_options import CaseArgument, InstantOption, JsonOption, read_as_of
from casecore.cli.commands.sla.figures import print_clocks, print_holders
from casecore.cli.commands.sla.options import AsOfOption, RecordedByOption, read_as_known
from casecore.cli.door import opened
from casecore.cli.exits import errors_as_exits
from casecore.cli.left_out import with_freshness
from casecore.cli.output import Columns, PrintedColumn, complaints, number, print_json, print_table, short
from casecore.cli.zone import in_zone
from casecore.clocks.changes import TermsChange
from casecore.clocks.explanation import ExplanationLine
from casecore.clocks.instants import instant, maybe_instant, seconds
from casecore.contract.cases import Level
from casecore.contract.service_levels import Clock
from casecore.evaluation.figures import CaseFigures

PolicyOption = Annotated[
    list[Path] | None,
    typer.Option("--policy", help="A policy, as TOML or as published JSON; again for more.", exists=True),
]

_LINES: Columns[ExplanationLine] = (
    short("from", lambda line: instant(line.start)),
    short("until", lambda line: instant(line.end)),
    short("what", lambda line: line.what.value),
    number("lasts", lambda line: hours_text(seconds(line.end - line.start))),
    number("elapsed", lambda line: hours_text(seconds(line.elapsed))),
    number("paused", lambda line: hours_text(seconds(line.paused))),
)
_TERMS: Columns[TermsChange] = (
    short("at", lambda change: instant(change.at)),
    PrintedColumn("what", lambda change: _what_changed(change)),
    short("priority", lambda change: change.priority.value),
    PrintedColumn("policy", lambda change: f"{change.policy.id} {change.policy.version}"),
    number("target", lambda change: hours_text(seconds(change.target)), narrow=True),
)


def evaluate(
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
        at_instant = read_as_of(at)
        for case in evaluate_file(events, load_policies(policy or []), at_instant):
            if case.figures is None:
                left_out = f"{case.reference} was not opened by {second(at_instant)}: left out"
                complaints.print(left_out, markup=False, soft_wrap=True)
            else:
                _print_case(case.figures, as_json)


def _print_case(figures: CaseFigures, as_json: bool) -> None:
    if as_json:
        print_json(figures)
        return
    age = hours_text(figures.age_seconds)
    print_clocks(f"{figures.case}, as of {in_zone(figures.at)}", figures.clocks)
    print_holders(f"Who held {figures.case}; its age is {age}", figures.holders)


def explain(
    case: CaseArgument,
    clock: Annotated[Clock, typer.Argument(help="Which clock.")],
    level: Annotated[Level | None, typer.Option(help="Of which level, where there are several.")] = None,
    number: Annotated[int | None, typer.Option(min=1, help="Which one, where there are several.")] = None,
    at: AsOfOption = "",
    recorded_by: RecordedByOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show the times that make up a clock's figure, with running sums, from the store itself.

    Example: casecore sla explain C-7K3M-92QF resolution
    """
    with opened() as app:
        as_of = read_as_known(at, recorded_by) or AsOf(datetime.now(UTC))
        found = explain_clock(app, case, WantedClock(clock, level, number), as_of)
        if as_json:
            lines = [_line_fields(line) for line in found.lines]
            terms = [_terms_fields(change) for change in found.terms]
            shown = {"case": case, "clock": found.clock, "lines": lines, "terms": terms}
            print_json(with_freshness(app, shown))
            return
        print_clocks(f"{case}, as of {in_zone(found.at)}", [found.clock])
        policy, name = found.policy, clock_name(found.clock.clock, found.clock.level, found.clock.number)
        title = f"How {name} adds up, by {policy.id} {policy.version} and {policy.calendar.id}"
        print_table(title, _LINES, found.lines)
        if len(found.terms) > 1:
            print_table(f"By what {name} was measured", _TERMS, found.terms)


def _terms_fields(change: TermsChange) -> dict[str, object]:
    return {
        "at": instant(change.at),
        "what": change.what.value,
        "policy": change.policy.id,
        "policy_version": change.policy.version,
        "priority": change.priority,
        "target_seconds": seconds(change.target),
        "missed_at": maybe_instant(change.missed_at),
    }


def _what_changed(change: TermsChange) -> str:
    what = in_words(change.what.value)
    return what if change.missed_at is None else f"{what} ({in_zone(instant(change.missed_at))})"


def _line_fields(line: ExplanationLine) -> dict[str, object]:
    return {
        "start_at": instant(line.start),
        "end_at": instant(line.end),
        "what": line.what.value,
        "seconds": seconds(line.end - line.start),
        "elapsed_seconds": seconds(line.elapsed),
        "paused_seconds": seconds(line.paused),
    }


COMMANDS: Commands = {"evaluate": evaluate, "explain": explain}
