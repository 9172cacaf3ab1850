"""All rows of the bench in one go, on servers of its own; writes its results as JSON and Markdown.

Run `make bench`; the machine should do nothing else. `--scale 0.1 --runs 1` is a quick look of some minutes.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.findings import Options, Row
from bench.measurements import machine
from bench.report import Report, RowReport, row_report, to_json, to_markdown
from bench.rows import alone, api, audit_cost, bus, history, latency, rebuild, relay, views, web
from bench.stages import Stages, stages

ROWS: Sequence[Row] = (
    bus.ROW,
    alone.ROW,
    api.ROW,
    relay.ROW,
    views.ROW,
    latency.ROW,
    audit_cost.ROW,
    rebuild.ROW,
    history.ROW,
    web.ROW,
)


def main() -> None:
    arguments = _arguments()
    # The servers are stopped at the end, also if a shell has set interrupts to be ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    options = Options(arguments.runs, arguments.scale)
    names = arguments.rows.split(",") if arguments.rows else [row.name for row in ROWS]
    taken_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    reports: list[RowReport] = []
    with stages() as places:
        for row in ROWS:
            if row.name in names:
                reports.append(_measured(row, places, options))
                # Written after each row, so that the results are kept if a later row fails.
                report = Report(taken_at, options.runs, options.scale, {**machine(), **_peers()}, reports)
                _write(arguments.out, report)
    print((arguments.out / "bench.md").read_text())


def _measured(row: Row, places: Stages, options: Options) -> RowReport:
    print(f"row: {row.name}", file=sys.stderr)
    started_at = time.monotonic()
    found = row.measure(places, options)
    return row_report(row, found, time.monotonic() - started_at)


def _peers() -> dict[str, str]:
    """The versions of the packages that only the peers use, as pyproject.toml pins them."""
    groups = tomllib.loads(Path("pyproject.toml").read_text())["dependency-groups"]
    return {
        name: pinned
        for name, _, pinned in (one.partition("==") for one in groups["bench"])
        if name == "quixstreams"
    }


def _write(folder: Path, report: Report) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.json").write_bytes(to_json(report))
    (folder / "bench.md").write_text(to_markdown(report))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").splitlines()[0])
    names = ", ".join(row.name for row in ROWS)
    parser.add_argument("--rows", default="", help=f"some of them, with commas between: {names}")
    parser.add_argument("--runs", type=int, default=3, help="how often each is measured; medians count")
    parser.add_argument("--scale", type=float, default=1.0, help="0.1 for a tenth of everything")
    parser.add_argument("--out", type=Path, default=Path("bench/results"), help="where results are written")
    arguments = parser.parse_args()
    unknown = set(filter(None, arguments.rows.split(","))) - {row.name for row in ROWS}
    if unknown:
        parser.error(f"there is no row {', '.join(sorted(unknown))}; there are: {names}")
    if arguments.runs < 1 or not 0 < arguments.scale <= 10:
        parser.error("--runs takes 1 and more, --scale a number above 0 and up to 10")
    return arguments


if __name__ == "__main__":
    main()
