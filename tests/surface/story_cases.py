"""The second part of the story: cases of every kind, what the watch makes of them, and imported logs."""

from __future__ import annotations

from tests.surface.story_basis import IDA, OEHLER, PAUL, VERA, Step


def _at(time: str, line: str, actor: str) -> Step:
    """A command on a case at that time, in UTC, of a Monday in March on which all calendars are open."""
    return Step(f"case {line} --at 2026-03-02T{time}:00Z {actor}")


CASES = (
    Step("case topics"),
    # A case through all moves.
    _at("08:10", "open --customer praxis-ost --seller nord --topic troubleshooting --reference C-1", OEHLER),
    _at("08:20", "take C-1 --agent ida", IDA),
    _at("08:21", "assign C-1 --agent ingo", IDA),
    _at("08:30", 'effort C-1 --minutes 25 --note "remote session"', IDA),
    _at("08:40", 'escalate C-1 --reason "error 17"', IDA),
    _at("08:50", 'hand-back C-1 --reason "renew the licence"', VERA),
    _at("09:00", "escalate C-1", IDA),
    _at("09:05", "assign C-1 --agent vera", VERA),
    _at("09:10", "priority C-1 --to urgent", VERA),
    _at("09:15", 'wait C-1 --reason "asked for the log"', VERA),
    _at("09:20", "resume C-1", VERA),
    _at("09:25", "wait C-1", VERA),
    _at("09:30", 'message C-1 --text "Here is the log."', OEHLER),
    _at("09:35", 'message C-1 --text "known error" --internal-for nord', VERA),
    _at("09:40", "reclassify C-1 --category technical_support --topic recovery", VERA),
    _at("09:45", "resolve C-1 --code workaround --summary restored", VERA),
    _at("09:50", 'reopen C-1 --reason "it is back"', OEHLER),
    _at("10:00", "resolve C-1", VERA),
    _at("10:10", "close C-1", OEHLER),
    # User support, which becomes technical.
    _at(
        "09:00",
        "open --customer praxis-ost --seller nord --partner sued --category user_support --topic training "
        '--priority low --subject "How to begin" --licence-package 00000000-0000-4000-8000-0000000000aa '
        "--reference C-2",
        OEHLER,
    ),
    _at("09:10", "take C-2", PAUL),
    _at("09:20", "reclassify C-2 --category technical_support --topic activation", PAUL),
    _at("09:30", "cancel C-2 --duplicate-of C-1", IDA),
    # One that is left alone, so that warnings and misses are recorded; one that waits; one without a policy.
    _at("08:00", "open --customer klinik-west --seller vendor --topic troubleshooting --reference C-3", VERA),
    _at("08:00", "open --customer praxis-ost --seller nord --topic backup_set_up --reference C-4", IDA),
    _at("08:05", "take C-4 --agent ida", IDA),
    _at("08:10", "wait C-4", IDA),
    _at(
        "08:00",
        "open --customer praxis-ost --seller nord --partner sued --category user_support --topic program_use "
        "--reference C-5",
        OEHLER,
    ),
    _at("08:30", "take C-5 --agent paul", PAUL),
    _at("08:50", "effort C-5 --minutes 40", PAUL),
    _at("09:00", "resolve C-5", PAUL),
    # Resolved by the seller at level 0, so that its fee by effort is due.
    _at("08:00", "open --customer praxis-ost --seller nord --topic activation --reference C-6", OEHLER),
    _at("08:10", "take C-6 --agent ida", IDA),
    _at("08:40", "effort C-6 --minutes 40", IDA),
    _at("09:00", "resolve C-6", IDA),
    Step(f'case policy C-3 --policy vendor-end-to-end --reason "by hand" {VERA}'),
    Step(f'case cancel C-0 --reason "no longer needed" {IDA}'),
)

WATCH = (
    Step("sla watch --once", waits=True),
    # Recorded late: the case was answered in time.
    _at("08:45", 'message C-3 --text "Please start it anew."', VERA),
    Step("sla watch --once", waits=True),
)

LOGS = (
    Step("import {folder}/log.xes.gz --mapping {root}/data/helpdesk.toml"),
    Step("import {folder}/log.xes.gz --mapping {root}/data/helpdesk.toml"),
    Step("import {folder}/log-unlisted.xes --mapping {root}/data/helpdesk.toml", ends=5),
)
