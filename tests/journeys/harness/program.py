"""The program as an operator runs it: processes, started, killed and ended by their id."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from casecore.contract.streams import CASES
from casecore.contract.types import names_of
from casecore.kafka.cluster import Cluster
from projections import catalogue
from tests import forked
from tests.forked import Command, Running, Streams
from tests.journeys.harness import checker
from tests.waiting import LIMIT_SECONDS, wait_until

HELPDESK_LOG = ("data/helpdesk.xes.gz", "--mapping", "data/helpdesk.toml")
VIEWS = tuple(catalogue.VIEWS)
CASE_VIEWS = tuple(name for name, view in catalogue.VIEWS.items() if CASES in view.kinds)
WHOLE_CASE_VIEWS = tuple(name for name, view in catalogue.VIEWS.items() if names_of(CASES) <= view.reads)
"""Those that read every event of a case, and so park any record of one that cannot be applied."""

FIRST_TERMS = 4  # what billing begins with: a price, and three rates
NO_HEALTH = ("--health-port", "0")  # many of them run side by side


class Program:
    """casecore on one database and topics of its own, with its processes."""

    def __init__(
        self,
        folder: Path,
        database: str,
        cluster: Cluster,
        prefix: str,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`environment` is set besides, as for a program from other sources."""
        self.folder = folder
        self.database = database
        self.cluster = cluster
        self.topic = f"{prefix}.cases"
        self.book_topic = f"{prefix}.service_levels"
        self._environment = {
            **os.environ,
            "CASECORE_HOME": str(folder),
            "CASECORE_DATABASE": database,
            "CASECORE_KAFKA": cluster.bootstrap,
            "CASECORE_KAFKA_OPTIONS": str(cluster.options_file or ""),
            "CASECORE_TOPIC_PREFIX": prefix,
            "CASECORE_FRESHNESS_SECONDS": "60",  # on a busy machine, too, an answer lacks nothing
            **environment,
        }
        self._running: dict[str, Running] = {}

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings of its processes."""
        return self._environment

    def run(
        self,
        *arguments: str,
        given: str = "",
        exits: int | tuple[int, ...] = 0,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        """Run a command to its end; returns what it printed. Fails if it ends otherwise than it should.

        `environment` is set besides.
        """
        done = forked.run(self._command(arguments), {**self._environment, **environment}, given)
        allowed = exits if isinstance(exits, tuple) else (exits,)
        assert done.code in allowed, f"{arguments} ended with {done.code}: {done.printed}{done.complained}"
        return done.printed + (done.complained if done.code else "")

    def ask_until_fresh(self, *arguments: str) -> Any:
        """What a command prints with --json, once its view is as new as the store.

        The command itself waits for some seconds only, which a busy machine may need for more than that.
        """
        found: list[Any] = []

        def is_fresh() -> bool:
            printed = self.run(*arguments, "--json", exits=(0, 5))
            found.append(json.loads(printed.splitlines()[0]))
            return found[-1]["fresh"] is True

        wait_until(is_fresh, f"{arguments} prints what is fresh\n{self.complaints()}")
        return found[-1]

    def prepare(self) -> None:
        """Tables and topics; a broker that a busy machine held up takes no topics for a moment."""
        self.run("database", "migrate")
        create = self._command(("topics", "create"))
        wait_until(
            lambda: forked.run(create, self._environment).code == 0, "topics are created", pause_seconds=1
        )

    def start(
        self, name: str, *arguments: str, stdin: Path | None = None, stdout: Path | None = None
    ) -> None:
        """Start a process in the background, unless it runs; what it prints is appended to a file."""
        if name in self._running and self._running[name].poll() is None:
            return
        streams = Streams(
            stdin or Path(os.devnull), stdout or self.folder / f"{name}.out", self.folder / f"{name}.err"
        )
        self._running[name] = forked.start(self._command(arguments), self._environment, streams)

    def start_all(self) -> None:
        """The relay and all views."""
        self.start("relay", "relay", *NO_HEALTH)
        for view in VIEWS:
            self.start(view, "project", view, *NO_HEALTH)

    def ended(self, name: str) -> int | None:
        """The exit code of a process that has ended by itself."""
        return self._running[name].poll()

    def end(self, name: str, number: int) -> int:
        """Send a process a signal that ends it; returns its exit code."""
        self._running[name].send_signal(number)
        return self._running[name].wait(LIMIT_SECONDS)

    def complained(self, name: str) -> str:
        """All that a process wrote to standard error."""
        return (self.folder / f"{name}.err").read_text()

    def kill(self, name: str) -> None:
        """SIGKILL, and reap."""
        self._running[name].kill()
        self._running[name].wait()

    def stop_all(self) -> None:
        """SIGTERM for all, and reap; SIGKILL for one that does not hear."""
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(LIMIT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def complaints(self) -> str:
        """The last lines that the processes wrote to standard error."""
        tails = [f"{path.name}: {path.read_text()[-1500:]}" for path in sorted(self.folder.glob("*.err"))]
        return "\n".join(tails)

    def wait_until_folded(self) -> None:
        """Until all views have what the store has of cases, by the independent checker's reading."""
        stored = checker.stored_of_cases(self.database)
        wait_until(
            lambda: checker.folded(self.database, CASE_VIEWS) >= stored,
            f"views have {stored} events\n{self.complaints()}",
        )

    def check_laws(self, acknowledged: dict[str, int] | None = None, given: set[str] | None = None) -> int:
        """Every law, by code that shares nothing with the program; returns how many events were checked."""
        store = checker.read_store(self.database)
        if acknowledged is not None and given is not None:
            checker.check_acknowledged(store[FIRST_TERMS:], acknowledged, given)
        checker.check_log(store)
        cases = checker.of_cases(store)
        checker.check_topic(cases, checker.read_topic(self.cluster, self.topic))
        book = checker.of_the_book(store)
        checker.check_topic(book, checker.read_topic(self.cluster, self.book_topic))
        checker.check_timeline(self.database, cases)
        checker.check_workload(self.database, cases)
        checker.check_quarantine(self.database, "sla")
        return len(store)

    def _command(self, arguments: Sequence[str]) -> Command:
        return Command(arguments)
