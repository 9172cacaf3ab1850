"""Half an hour of steady load: is memory flat, does a process fall behind, do the laws hold at the end?

Run `make soak`. An installation of its own is started and ended; the machine should do nothing else. Memory
and lag are sampled every five seconds, fees are charged once a minute; `casecore audit` runs at the end.
Ends with an error, after its report, where a law does not hold, a process was started again, or a run failed.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import psutil

from bench.measurements import machine
from bench.report import to_json
from bench.servers import NOT_STARTED, casecore, environment, start, unfolded, wait
from bench.soak.report import End, soak_markdown, soak_report
from bench.soak.samples import EVERY_SECONDS, Sample, memory, postgres_processes
from casecore.app.addresses import Addresses
from casecore.app.running import installation
from casecore.app.settings import Settings, read_settings
from casecore.cli.exits import Exit
from casecore.local import processes

_CHARGED_EVERY_SECONDS = 60.0
_LAG = re.compile(r"^casecore_\w*lag_(?:events|records)(?:\{[^}]*\})? (\S+)$", re.MULTILINE)
_DIFFERENCES = re.compile(r"^casecore_audit_differences(?:\{[^}]*\})? (\S+)$", re.MULTILINE)
_directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def main() -> None:
    arguments = _arguments()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    warm_up_seconds = arguments.warm_up * 60
    home = Path(tempfile.mkdtemp(prefix="casecore-soak-"))
    settings = read_settings({"CASECORE_HOME": str(home), "CASECORE_HEALTH_PORT": "9700"})
    taken_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        addresses = start(settings, read_settings().home / "cache")
        load, samples = _soak(settings, addresses, warm_up_seconds + arguments.minutes * 60, arguments.rate)
        caught_up_at = wait("every view has every event", lambda: not unfolded(settings, addresses))
        audited = casecore(settings, addresses, "audit", "--json", exits=(Exit.DONE, Exit.DIFFERENCE))
        differences = _differences(settings)
    finally:
        installation.stop(settings)
        shutil.rmtree(home, ignore_errors=True)
    end = End(
        load.commands,
        load.billing_runs,
        load.failures,
        caught_up_at - load.answered_at,
        not json.loads(audited)["differs"],
        differences,
    )
    report = soak_report(taken_at, arguments.rate, warm_up_seconds, machine(), samples, end)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "soak.json").write_bytes(to_json(report))
    (arguments.out / "soak.md").write_text(soak_markdown(report))
    print(soak_markdown(report))
    if wrong := report.wrong():
        sys.exit("\n".join(wrong))


class _Load(NamedTuple):
    """The outcome of the load; `answered_at` is the time of the last answer, on the monotonic clock."""

    commands: dict[str, int]
    answered_at: float
    billing_runs: int
    failures: list[str]


def _soak(
    settings: Settings, addresses: Addresses, seconds: float, rate: float
) -> tuple[_Load, list[Sample]]:
    """The load from its first command to its end, with a sample every five seconds."""
    command = [sys.executable, "-m", "bench.soak.steady", str(rate), str(seconds)]
    samples: list[Sample] = []
    runs: list[str] = []
    failures: list[str] = []
    charging = _charging(settings, addresses, runs, failures)
    load = subprocess.Popen(command, env=environment(settings, addresses), stdout=subprocess.PIPE, text=True)
    try:
        began_at = time.monotonic()
        charged_at = began_at
        while load.poll() is None:
            looked_at = time.monotonic()
            samples.append(_look(settings, load.pid, looked_at - began_at))
            print(f"{samples[-1].at_seconds:.0f} s: {samples[-1].lags}", file=sys.stderr)
            if looked_at - charged_at > _CHARGED_EVERY_SECONDS and not charging.is_alive():
                charged_at = looked_at
                charging = _charging(settings, addresses, runs, failures)
                charging.start()
            with suppress(subprocess.TimeoutExpired):
                load.wait(max(looked_at + EVERY_SECONDS - time.monotonic(), 0))
        printed = load.communicate()[0]
    finally:
        if load.poll() is None:
            load.terminate()
            load.wait(30)
        if charging.is_alive():
            charging.join()
    if load.returncode:
        raise SystemExit(f"the load ended with {load.returncode}")
    outcome = json.loads(printed.splitlines()[-1])
    return _Load(outcome["commands"], outcome["answered_at"], len(runs), failures), samples


def _charging(settings: Settings, addresses: Addresses, runs: list[str], failures: list[str]) -> Thread:
    """A billing run in a thread, so that the samples do not wait; adds its output, or its error."""

    def run() -> None:
        try:
            runs.append(casecore(settings, addresses, "billing", "run", "--json"))
        except SystemExit as failed:
            failures.append(str(failed))

    return Thread(target=run)


def _look(settings: Settings, load: int, at_seconds: float) -> Sample:
    groups = {
        process.name: [psutil.Process(process.pid)]
        for process in processes.status(settings.home)
        if process.pid is not None
    }
    groups["postgresql"] = postgres_processes(settings.home)
    groups["load"] = [psutil.Process(load)]
    looked = {name: memory(group) for name, group in groups.items()}
    memories = {name: one for name, one in looked.items() if one}
    return Sample(
        at_seconds, memories, _lags(settings), {name: group[0].pid for name, group in groups.items()}
    )


def _lags(settings: Settings) -> dict[str, float]:
    """Each process's lag by its own metrics, in events or records."""
    return {
        process.name: sum(float(found) for found in _LAG.findall(_metrics(settings, process.port)))
        for process in installation.processes_of(settings)
        if process.name not in NOT_STARTED
    }


def _differences(settings: Settings) -> int:
    """How many differences the audit has found that ran beside the load."""
    ports = {process.name: process.port for process in installation.processes_of(settings)}
    return int(sum(float(n) for n in _DIFFERENCES.findall(_metrics(settings, ports[installation.AUDIT]))))


def _metrics(settings: Settings, port: int) -> str:
    with _directly.open(f"http://{settings.health_host}:{port}/metrics", timeout=10) as answer:
        text: str = answer.read().decode()
        return text


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20, help="how long memory is measured under load")
    parser.add_argument("--warm-up", type=float, default=10, help="minutes of load before")
    parser.add_argument("--rate", type=float, default=400, help="commands a second")
    parser.add_argument("--out", type=Path, default=Path("bench/results"), help="where results are written")
    return parser.parse_args()


if __name__ == "__main__":
    main()
