"""The cost of `casecore audit --follow` beside production, in throughput of the other processes."""

from __future__ import annotations

from statistics import median

from bench import audit
from bench.findings import Findings, Options, Row, Verdict
from bench.stages import Stages

_PAIRS = 2
"""Pairs for each run: the cost is smaller than the noise of the machine in one pair."""


def measure(stages: Stages, options: Options) -> Findings:
    """The same path with it and without it, in turn."""
    found = audit.measure(stages.settings, stages.servers, _PAIRS * options.runs)
    # A measurement's name says what the audit used in that run; a figure is of all runs.
    measurements = [measurement._replace(name=measurement.name.partition(",")[0]) for measurement in found]
    share = median(audit.costs(measurements))
    verdict = Verdict("throughput that the audit takes", share, audit.GOAL_SHARE, "of it", at_most=True)
    runs = tuple(f"Run: {one.name}." for one in found if one.name.startswith(audit.WITH))
    return Findings(measurements, (), (verdict,), {}, (audit.summary(found), *runs))


ROW = Row("audit", "The audit that follows beside production", measure)
