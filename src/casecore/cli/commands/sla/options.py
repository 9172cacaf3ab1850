"""The options of `casecore sla`: as of when, by whose knowledge, and of which cases."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from casecore.app.service_levels.as_of import AsOf
from casecore.cases.topics import TOPICS
from casecore.cli.command_options import read_as_of, read_instant
from casecore.errors.kinds import InvalidInput
from casecore.service_levels.durations import read_duration
from casecore.service_levels.errors import InvalidDuration

AsOfOption = Annotated[
    str,
    typer.Option(
        "--at", metavar="INSTANT", help="What had happened by then, such as 2026-03-02T09:30:00Z; else now."
    ),
]
RecordedByOption = Annotated[
    str,
    typer.Option(
        "--recorded-by", metavar="INSTANT", help="Only what was recorded by then: as it was answered then."
    ),
]
CustomerOption = Annotated[str | None, typer.Option(help="Only this customer's cases.")]
SellerOption = Annotated[str | None, typer.Option(help="Only this seller's cases.")]
TopicOption = Annotated[str | None, typer.Option(help="Only cases about this topic.")]
ReportedAgentOption = Annotated[
    str | None,
    typer.Option(
        "--agent", help="Only where this agent had the case when the clock stopped, or has it while it runs."
    ),
]
PolicyIdOption = Annotated[
    str | None, typer.Option("--policy", metavar="ID", help="Only clocks of this policy.")
]
CasesOption = Annotated[
    bool, typer.Option("--cases", help="List the cases behind the figures, by their clocks.")
]
MostCasesOption = Annotated[
    int, typer.Option("--limit", min=1, max=1_000_000, help="With --cases: list at most so many clocks.")
]


def read_as_known(at: str, recorded_by: str) -> AsOf | None:
    """The instant that --at names, else that of --recorded-by, as known then; None without both.

    Raises InvalidInput, also for an instant of what was not recorded yet.
    """
    known = read_instant(recorded_by, "--recorded-by") if recorded_by else None
    if not at and known is None:
        return None
    instant = known if known is not None and not at else read_as_of(at)
    if known is not None and known < instant:
        raise InvalidInput(
            f"--recorded-by {recorded_by!r} is before --at {at!r}: what happened by then was not all "
            "recorded. Name a later --recorded-by, or an earlier --at"
        )
    return AsOf(instant, known)


def read_within(text: str) -> timedelta:
    """The duration that --within names, such as 2h or 1h30m; raises InvalidInput."""
    iso = text.strip().upper()
    try:
        return timedelta(seconds=read_duration(iso if iso.startswith(("P", "-")) else f"PT{iso}"))
    except InvalidDuration:
        raise InvalidInput(f"--within {text!r} is not a duration; one is 2h, 90m or 1h30m") from None


def read_topic(topic: str | None) -> str | None:
    """The topic that --topic names, if any; raises InvalidInput for one that does not exist."""
    if topic is not None and topic not in TOPICS:
        raise InvalidInput(f"--topic {topic!r} is not a topic; these are: {', '.join(TOPICS)}")
    return topic
