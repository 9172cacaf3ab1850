"""The results of a soak: each process's memory and its slope, each minute's figures, and the laws."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bench.soak.samples import MOST_GROWTH_SHARE, Memory, Sample, Slope, is_flat, slope


class End(NamedTuple):
    """What was found after the load had ended, and by the audit that ran beside it."""

    commands: Mapping[str, int]
    billing_runs: int
    failures: Sequence[str]
    caught_up_after_seconds: float
    laws_hold: bool
    differences_found_meanwhile: int


class Process(NamedTuple):
    """A process's memory once warm, in MiB; its slope is for an hour."""

    name: str
    uss_median: float
    uss_highest: float
    pss_highest: float
    rss_highest: float
    uss_slope: Slope
    is_flat: bool


class Minute(NamedTuple):
    """The highest of each process's private memory in a minute, in MiB, and its largest lag."""

    minute: int
    uss_mib: Mapping[str, float]
    lag: Mapping[str, float]


class SoakReport(NamedTuple):
    """A whole soak; `restarted` are the processes whose id changed between samples."""

    taken_at: str
    rate: float
    seconds: float
    warm_up_seconds: float
    machine: Mapping[str, str]
    end: End
    restarted: Sequence[str]
    processes: Sequence[Process]
    minutes: Sequence[Minute]

    def wrong(self) -> list[str]:
        """What must not have happened, a sentence for each."""
        found = list(self.end.failures)
        if not self.end.laws_hold or self.end.differences_found_meanwhile:
            found.append("an audit found a difference")
        if self.restarted:
            found.append(f"started again: {', '.join(self.restarted)}")
        return found


def soak_report(
    taken_at: str,
    rate: float,
    warm_up_seconds: float,
    machine: Mapping[str, str],
    samples: Sequence[Sample],
    end: End,
) -> SoakReport:
    """The samples of a soak, summed up; memory counts from the end of the warm-up on."""
    seconds = samples[-1].at_seconds
    warm = [sample for sample in samples if sample.at_seconds >= warm_up_seconds]
    names = sorted({name for sample in samples for name in sample.memories})
    processes = [_process(name, warm) for name in names]
    minutes = [_minute(minute, samples) for minute in range(int(seconds // 60) + 1)]
    pids = {(name, pid) for sample in samples for name, pid in sample.pids.items()}
    restarted = [name for name in names if sum(one == name for one, _ in pids) > 1]
    return SoakReport(taken_at, rate, seconds, warm_up_seconds, machine, end, restarted, processes, minutes)


def _process(name: str, samples: Sequence[Sample]) -> Process:
    found: list[tuple[float, Memory]] = [
        (sample.at_seconds, sample.memories[name]) for sample in samples if name in sample.memories
    ]
    private = [one.uss for _, one in found]
    median = statistics.median(private)
    grown = slope([(at, one.uss) for at, one in found])
    return Process(
        name,
        median,
        max(private),
        max(one.pss for _, one in found),
        max(one.rss for _, one in found),
        grown,
        is_flat(grown, median),
    )


def _minute(minute: int, samples: Sequence[Sample]) -> Minute:
    mine = [sample for sample in samples if int(sample.at_seconds // 60) == minute]
    memories: dict[str, float] = {}
    lags: dict[str, float] = {}
    for sample in mine:
        for name, one in sample.memories.items():
            memories[name] = max(memories.get(name, 0.0), one.uss)
        for name, lag in sample.lags.items():
            lags[name] = max(lags.get(name, 0.0), lag)
    return Minute(minute, memories, lags)


def soak_markdown(report: SoakReport) -> str:
    """A table of processes, then one of lags by minute."""
    end = report.end
    machine = ", ".join(f"{name} {value}" for name, value in report.machine.items())
    lines = [
        "# Figures of `make soak`",
        f"Taken at {report.taken_at}: {report.rate:g} commands a second for {report.seconds / 60:.0f} min, "
        + ", ".join(f"{count:,} {name}" for name, count in end.commands.items())
        + f"; {end.billing_runs} billing runs, {len(end.failures)} more failed. "
        f"Started again: {', '.join(report.restarted) or 'none'}. "
        f"Every view had every event {end.caught_up_after_seconds:.2f} s after the last answer at most. "
        f"`casecore audit` at the end: {'no difference' if end.laws_hold else 'a difference'}; "
        f"the one beside the load found {end.differences_found_meanwhile}.",
        "",
        machine,
        "",
        f"MiB, after the first {report.warm_up_seconds / 60:.0f} minutes. Flat: the upper bound of the "
        f"private memory's slope is less than {MOST_GROWTH_SHARE:.0%} of it an hour.",
        "",
        "| process | private, median | highest | with its part of what is shared | slope an hour | flat |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.name} | {one.uss_median:.1f} | {one.uss_highest:.1f} | {one.pss_highest:.1f} | "
        f"{one.uss_slope.median:+.1f} ({one.uss_slope.lowest:+.1f} to {one.uss_slope.highest:+.1f}) | "
        f"{'yes' if one.is_flat else 'no'} |"
        for one in report.processes
    ]
    names = sorted({name for minute in report.minutes for name in minute.lag})
    lines += ["", f"| minute, largest lag | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    lines += [
        f"| {one.minute} | {' | '.join(f'{one.lag.get(name, 0):.0f}' for name in names)} |"
        for one in report.minutes
    ]
    return "\n".join(lines) + "\n"
