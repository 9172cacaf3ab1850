"""What the audit that follows beside production takes from the throughput of all else."""

from __future__ import annotations

from statistics import median

from bench import audit
from bench.rows import Findings, Options, Row, Verdict
from bench.stations import Stations

_PAIRS = 2
"""For each run: what is looked for is smaller than what the machine's moods do to one pair."""


def measure(stations: Stations, options: Options) -> Findings:
    """The same path with it and without it, in turn."""
    found = audit.measure(stations.settings, stations.servers, _PAIRS * options.runs)
    # A stage's name says what the audit used in that run; a figure is of all runs.
    stages = [stage._replace(name=stage.name.partition(",")[0]) for stage in found]
    share = median(audit.costs(stages))
    verdict = Verdict("throughput that the audit takes", share, audit.GOAL_SHARE, "of it", at_most=True)
    runs = tuple(f"Run: {stage.name}." for stage in found if stage.name.startswith(audit.WITH))
    return Findings(stages, (), (verdict,), {}, (audit.told(found), *runs))


ROW = Row("audit", "The audit that follows beside production", measure)
