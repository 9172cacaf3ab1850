"""`casecore replay CASE` and `casecore replay --all`, by the options that both take."""

from __future__ import annotations

from casecore.app.application import Application
from casecore.app.replay.one_case import replay_case
from casecore.app.service_levels.as_of import AsOf
from casecore.cli.command_options import JsonOption
from casecore.cli.commands.replay.all_cases import show_cases, show_counts
from casecore.cli.commands.replay.one_case import print_replay, replay_fields
from casecore.cli.commands.replay.options import (
    AfterOption,
    AgentOption,
    AllOption,
    AsKnownOption,
    AtLevelOption,
    ByOption,
    ListedOption,
    OneCaseArgument,
    OpenOption,
    StateOption,
    StepOption,
    WithOption,
    read_replayed,
    read_words,
    refuse,
)
from casecore.cli.commands.replay.stepping import step_through
from casecore.cli.commands.sla.options import AsOfOption, RecordedByOption
from casecore.cli.door import opened
from casecore.cli.left_out import with_freshness
from casecore.cli.output import print_json
from casecore.cli.row_forms import CsvOption, LimitOption, check_one_form
from projections.timeline.standings import StandingsFilter


def replay(
    case: OneCaseArgument = "",
    every: AllOption = False,
    at: AsOfOption = "",
    recorded_by: RecordedByOption = "",
    as_known: AsKnownOption = False,
    step: StepOption = False,
    by: ByOption = "",
    cases: ListedOption = False,
    state: StateOption = None,
    level: AtLevelOption = None,
    organisation: WithOption = None,
    agent: AgentOption = None,
    open_only: OpenOption = False,
    after: AfterOption = "",
    limit: LimitOption = 50,
    csv: CsvOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show how a case stood on a day and came there, or with --all how many cases stood how.

    What had happened by --at counts, as all that is recorded now tells it, or with --recorded-by what was
    recorded by then; what became known of that only later stands apart.

    Example: casecore replay --all --at 2013-06-30T22:00:00Z --by level,organisation
    """
    with opened(as_json and cases) as app:
        as_of = read_replayed(at, recorded_by, as_known)
        which = StandingsFilter(
            at=as_of.at,
            recorded_by=as_of.recorded_by,
            state=state.value if state else None,
            level=level.value if level else None,
            organisation=organisation,
            agent=agent,
            open_only=open_only,
            after=after or None,
            limit=None if csv else limit,
        )
        if not every:
            narrowed = (by, cases, state, level, organisation, agent, open_only, after, csv)
            refuse(not case, "name a case, or all with --all")
            refuse(any(narrowed), "these options are for all cases: add --all, and leave the case out")
            _one_case(app, case, as_of, step, as_json)
            return
        refuse(bool(case), "--all is of all cases: leave the case out")
        refuse(step, "--step goes through one case: leave --all out")
        _all_cases(app, which, by, cases, csv, as_json)


def _one_case(app: Application, case: str, as_of: AsOf, step: bool, as_json: bool) -> None:
    found = replay_case(app, case, as_of)
    if as_json:
        print_json(with_freshness(app, replay_fields(found)))
    elif step:
        step_through(found)
    else:
        print_replay(found)


def _all_cases(
    app: Application, which: StandingsFilter, by: str, cases: bool, csv: str, as_json: bool
) -> None:
    check_one_form(csv, as_json)
    words = read_words(by)
    if cases:
        refuse(bool(words), "--by counts cases, and --cases lists them: leave one out")
        show_cases(app, which, csv, as_json)
    else:
        refuse(bool(which.after or csv), "--after and --csv are for lists: add --cases")
        show_counts(app, which, words, as_json)
