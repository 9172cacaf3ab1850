"""The results of the bench, as JSON for programs and as Markdown for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from bench.findings import Findings, Latency, Row, Verdict, median_rate


class Figure(NamedTuple):
    """One measurement over its runs, per second; `of_limit` is the median's share of its limit."""

    name: str
    unit: str
    runs: int
    median: float
    lowest: float
    highest: float
    of_limit: float | None


class VerdictReport(NamedTuple):
    """A goal and the measured value; `share` is how much of the goal is reached, and 1 is all."""

    what: str
    measured: float
    goal: float
    unit: str
    at_most: bool
    share: float
    is_met: bool


class RowReport(NamedTuple):
    """The results of a row."""

    name: str
    title: str
    seconds: float
    figures: Sequence[Figure]
    latencies: Sequence[Latency]
    verdicts: Sequence[VerdictReport]
    notes: Sequence[str]


class Report(NamedTuple):
    """A whole run of the bench."""

    taken_at: str
    runs: int
    scale: float
    machine: Mapping[str, str]
    rows: Sequence[RowReport]


def row_report(row: Row, found: Findings, seconds: float) -> RowReport:
    """The results of a row that took `seconds`."""
    names = list(dict.fromkeys(one.name for one in found.measurements))
    return RowReport(
        row.name,
        row.title,
        seconds,
        [_figure(found, name) for name in names],
        found.latencies,
        [_verdict_report(verdict) for verdict in found.verdicts],
        found.notes,
    )


def _figure(found: Findings, name: str) -> Figure:
    mine = [one for one in found.measurements if one.name == name]
    rates = [one.rate for one in mine]
    median = median_rate(found.measurements, name)
    limit = found.limits.get(name)
    share = median / median_rate(found.measurements, limit) if limit else None
    return Figure(name, mine[0].unit, len(mine), median, min(rates), max(rates), share)


def _verdict_report(verdict: Verdict) -> VerdictReport:
    return VerdictReport(*verdict, verdict.share, verdict.is_met)


def to_json(report: tuple[object, ...]) -> bytes:
    """A report of named tuples as JSON objects, figures to five digits; ends with a newline."""
    return msgspec.json.format(msgspec.json.encode(_rounded(_fields(report))), indent=1) + b"\n"


def _fields(value: object) -> object:
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _fields(field) for name, field in value._asdict().items()}
    if isinstance(value, Mapping):
        return {name: _fields(field) for name, field in value.items()}
    return [_fields(one) for one in value] if isinstance(value, list | tuple) else value


def _rounded(value: object) -> object:
    match value:
        case float():
            return round(value) if abs(value) >= 1e4 else float(f"{value:.5g}")
        case dict():
            return {name: _rounded(one) for name, one in value.items()}
        case list():
            return [_rounded(one) for one in value]
        case _:
            return value


def to_markdown(report: Report) -> str:
    """The goals, then each row's own figures."""
    machine = ", ".join(f"{name} {value}" for name, value in report.machine.items())
    lines = [
        "# Figures of `make bench`",
        f"Taken at {report.taken_at}, {report.runs} interleaved runs, scale {report.scale:g}. A figure is a "
        "median, in brackets the lowest and the highest run; what has no brackets was measured once.",
        "",
        machine,
        "",
        "| goal | asked | measured | reached |",
        "|---|---|---|---|",
    ]
    lines += [_goal_line(verdict) for row in report.rows for verdict in row.verdicts]
    for row in report.rows:
        lines += ["", f"## {row.title}", f"`python -m bench --rows {row.name}`, {row.seconds:.0f} s", ""]
        lines += _row_lines(row)
    return "\n".join(lines) + "\n"


def _goal_line(verdict: VerdictReport) -> str:
    asked = f"{'at most' if verdict.at_most else 'at least'} {_number(verdict.goal)} {verdict.unit}"
    reached = "met" if verdict.is_met else f"{verdict.share:.0%}"
    return f"| {verdict.what} | {asked} | {_number(verdict.measured)} | {reached} |"


def _row_lines(row: RowReport) -> list[str]:
    lines: list[str] = []
    if row.figures:
        lines += ["| stage | a second | of its limit |", "|---|---|---|"]
        for one in row.figures:
            spread = f" ({_number(one.lowest)} to {_number(one.highest)})" if one.runs > 1 else ""
            share = "" if one.of_limit is None else f"{one.of_limit:.2f}"
            lines.append(f"| {one.name} | {_number(one.median)} {one.unit}{spread} | {share} |")
    if row.latencies:
        lines += ["", "| what | how many | median ms | 95 % ms | 99 % ms |", "|---|---|---|---|---|"]
        lines += [
            f"| {one.name} | {one.count:,} | {one.median_ms:.2f} | {one.p95_ms:.2f} | {one.p99_ms:.2f} |"
            for one in row.latencies
        ]
    return [*lines, *(f"\n{note}" for note in row.notes)]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
