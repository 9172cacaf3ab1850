"""The cases worked out by hand as a page: `python -m tests.clocks.worked_page` writes it."""

from __future__ import annotations

from pathlib import Path

from tests.clocks.worked_cases import ExpectedClock, WorkedCase, worked_cases
from tests.clocks.worked_words import Part, local_text

PAGE = Path(__file__).parents[2] / "docs" / "worked-cases.md"
HEAD = """# Cases worked out by hand

Generated from `tests/clocks/worked/`, where the policies and calendars are, and where it is said how to read
the sums. Times are local time in Berlin, durations are in opening hours.
"""


def page() -> str:
    """The whole page, as Markdown."""
    return "\n".join([HEAD, *(text for case in worked_cases() for text in _case(case))])


def _case(case: WorkedCase) -> list[str]:
    clocks = [row for clock in case.clocks for row in _clock(clock)]
    holders = [
        f"| {' '.join(filter(None, (one.holder, one.organisation, one.agent)))} | "
        f"{' + '.join(map(_hours, one.parts_seconds))} = {_hours(one.seconds)} |"
        for one in case.holders
    ]
    return [
        f"## {case.title}\n",
        f"{case.story}\n",
        "```",
        *(f"{local_text(step.at)}  {step.text}" for step in case.steps),
        f"{local_text(case.looked_at)}  looked at",
        "```\n",
        *(["| clock | figures | added up from |", "|---|---|---|", *clocks, ""] if clocks else []),
        "| holder | time |",
        "|---|---|",
        *holders,
        "",
    ]


def _clock(clock: ExpectedClock) -> list[str]:
    of = " ".join(filter(None, (clock.level and clock.level.value, clock.organisation)))
    numbered = f" {clock.number}" if clock.clock.value in ("next_reply", "hand_over") else ""
    name = f"{clock.clock.value}{numbered}{f' of {of}' if of else ''}<br>{clock.policy[0]} {clock.policy[1]}"
    rows = [
        ("**" + clock.status + f"**, target {_hours(clock.target_seconds)}", ""),
        (f"started {local_text(clock.started_at)}", ""),
        (f"elapsed {_hours(clock.elapsed_seconds)}", _sum(clock.elapsed_sum)),
    ]
    if clock.paused_seconds:
        rows.append((f"paused {_hours(clock.paused_seconds)}", _sum(clock.paused_sum)))
    rows.append((f"remaining {_hours(clock.remaining_seconds)}", ""))
    due = "none known: beyond the calendar" if clock.beyond_horizon else "none"
    rows.append((f"due {due if clock.due_at is None else local_text(clock.due_at)}", _sum(clock.due_sum)))
    if clock.met_at is not None:
        rows.append((f"met {local_text(clock.met_at)}", ""))
    if clock.missed_at is not None:
        rows.append((f"missed from {local_text(clock.missed_at)}", ""))
    return [f"| {name if n == 0 else ''} | {what} | {how} |" for n, (what, how) in enumerate(rows)]


def _sum(of: tuple[Part, ...]) -> str:
    return "<br>".join(part.text for part in of)


def _hours(seconds: int) -> str:
    minutes, rest = divmod(abs(seconds), 60)
    sign = "-" if seconds < 0 else ""
    return f"{sign}{minutes // 60}:{minutes % 60:02}" + (f":{rest:02}" if rest else "")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
