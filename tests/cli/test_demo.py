"""The demo's own servers."""

from __future__ import annotations

import signal
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from casecore.app.running import installation
from casecore.app.settings import read_settings
from casecore.cli.commands.demo.own_servers import own_servers
from casecore.local.errors import ProcessesUnusable


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """The demo ends its process, so it leaves signals as they are; this process goes on."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_it_runs_no_watch_since_the_misses_of_its_log_are_of_years_ago(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[str] = []

    def start(settings: object, *_: object, without: Collection[str] = ()) -> None:
        found = installation.processes_of(read_settings({}))
        started.extend(process.name for process in found if process.name not in without)
        raise ProcessesUnusable("that is enough")

    monkeypatch.setattr(installation, "start", start)
    with pytest.raises(ProcessesUnusable), own_servers(read_settings({"CASECORE_HOME": str(tmp_path)})):
        pass
    assert started == ["relay", "billing", "sla", "timeline", "workload", "audit"]
