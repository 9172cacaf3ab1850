"""Mining an export of a million events, beside the same answers written by hand for Polars.

Both read the same Parquet files, from the question to the answer as a table, and their answers are compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bench.findings import Verdict, median_rate
from bench.measurements import Measurement
from casecore.analysis.mining.paths import directly_follows, variants

GOAL_SECONDS = 1.0
"""For a million events, each question."""
_MILLION = 1_000_000
OURS = "directly-follows from Parquet", "variants from Parquet"
POLARS = "peer: directly-follows, Polars by hand", "peer: variants, Polars by hand"


def measure_mining(events: Path, count: int, runs: int) -> list[Measurement]:
    """Each question and each peer in turn, `runs` times, on a folder of files with so many events."""
    questions: Sequence[tuple[str, Callable[[Path], Any]]] = (
        (OURS[0], directly_follows),
        (POLARS[0], polars_directly_follows),
        (OURS[1], variants),
        (POLARS[1], polars_variants),
    )
    _compare(events)
    return [_timed(name, ask, events, count) for _ in range(runs) for name, ask in questions]


def mining_verdicts(measurements: Sequence[Measurement]) -> list[Verdict]:
    """Whether a million events take no longer than they may, each question."""
    return [
        Verdict(
            f"{name}, for {_MILLION:,} events",
            _MILLION / median_rate(measurements, name),
            GOAL_SECONDS,
            "s",
            True,
        )
        for name in OURS
    ]


def polars_directly_follows(events: Path) -> pl.DataFrame:
    """What follows what, as somebody writes it who knows Polars and the columns."""
    steps = _steps(events).with_columns(
        successor=pl.col("label").shift(-1).over("case"),
        lasted=pl.col("occurred_at").shift(-1).over("case") - pl.col("occurred_at"),
    )
    seconds = pl.col("lasted").dt.total_microseconds() / 1e6
    return (
        steps.drop_nulls("successor")
        .group_by("label", "successor")
        .agg(
            pl.len().alias("times"),
            pl.col("case").n_unique().alias("cases"),
            seconds.median().alias("median_seconds"),
            seconds.quantile(0.95).alias("p95_seconds"),
        )
        .sort("times", descending=True)
        .collect()
    )


def polars_variants(events: Path) -> pl.DataFrame:
    """The paths of cases, likewise."""
    paths = (
        _steps(events)
        .group_by("case", maintain_order=True)
        .agg("label", lasted=pl.col("occurred_at").max() - pl.col("occurred_at").min())
    )
    return (
        paths.group_by("label")
        .agg(
            pl.len().alias("cases"),
            pl.col("lasted").median().alias("median"),
            pl.col("case").min().alias("example"),
        )
        .sort("cases", descending=True)
        .collect()
    )


def _steps(events: Path) -> pl.LazyFrame:
    columns = ("case", "version", "occurred_at", "activity", "source_activity", "implied")
    return (
        pl.scan_parquet(str(events / "*.parquet"))
        .select(columns)
        .filter(~pl.col("implied"))
        .with_columns(label=pl.coalesce(pl.col("source_activity", "activity").cast(pl.String)))
        .sort("case", "occurred_at", "version")
    )


def _compare(events: Path) -> None:
    """Raise SystemExit unless the peers answer the same: also what is fast has to be right."""
    ours = {
        (row["predecessor"], row["successor"]): (row["times"], row["cases"])
        for row in directly_follows(events).to_pylist()
        if row["predecessor"] and row["successor"]
    }
    peer = {
        (row["label"], row["successor"]): (row["times"], row["cases"])
        for row in polars_directly_follows(events).to_dicts()
    }
    paths = {tuple(row["path"]): row["cases"] for row in variants(events).to_pylist()}
    if ours != peer or paths != {
        tuple(row["label"]): row["cases"] for row in polars_variants(events).to_dicts()
    }:
        raise SystemExit("Polars by hand finds other paths")


def _timed(name: str, ask: Callable[[Path], Any], events: Path, count: int) -> Measurement:
    started_at = time.monotonic()
    ask(events)
    return Measurement(name, count, "events", time.monotonic() - started_at)
