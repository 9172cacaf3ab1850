"""One installation for all parts: processes as `casecore up` starts them, and a story played on it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from casecore.app.running.installation import HEALTH_PORT_OFFSETS
from casecore.contract.streams import kind_of
from casecore.kafka.cluster import Cluster
from projections.catalogue import VIEWS
from tests.servers import delete_topics, new_database, new_home
from tests.surface.command_line import ROOT, CommandLine, Ended
from tests.surface.help_texts import capture_help
from tests.surface.metrics import ask
from tests.surface.story_basis import Step
from tests.waiting import wait_until

# They start processes, or change how this one takes signals.
_OUTSIDE = ("audit", "rebuild", "sla watch", "sla whatif", "subscribe")
_OTHER_FORMS = ("--events", "--print", "--csv")


class Played(NamedTuple):
    """A step of the story: its command, the name under which it is kept, its exit code, what it printed."""

    command: str
    name: str
    code: int
    printed: str


class Installation:
    """The servers' addresses, the processes' ports, and what was played."""

    def __init__(self, home: Path, database: str, cluster: Cluster, first_port: int) -> None:
        self.home = home
        self.database = database
        self.cluster = cluster
        self.prefix = f"s{uuid.uuid4().hex[:10]}"
        self.ports = {name: first_port + offset for name, offset in HEALTH_PORT_OFFSETS.items()}
        self.settings = {
            "CASECORE_HOME": str(home),
            "CASECORE_DATABASE": database,
            "CASECORE_KAFKA": cluster.bootstrap,
            "CASECORE_KAFKA_OPTIONS": str(cluster.options_file or ""),
            "CASECORE_TOPIC_PREFIX": self.prefix,
            "CASECORE_HEALTH_PORT": str(first_port),
            "CASECORE_API_PORT": str(first_port + len(HEALTH_PORT_OFFSETS)),
            "CASECORE_ACTOR": "vendor:vendor:vera",
        }
        self.here = CommandLine(self.settings)
        self.played: list[Played] = []
        self.answers: dict[str, dict[str, Any]] = {}
        """What `casecore submit` answered to each line."""
        self.forged = ""
        """The key of a record in a topic that the store does not have."""
        self.help = capture_help()

    def start(self) -> None:
        """Tables, topics, relay, views and the audit."""
        self.expect(self.here.run_outside("up"), "up")

    def hold_watch(self) -> None:
        """Let the watch of service levels stand still: the story says itself when it looks."""
        os.kill(self._watch(), signal.SIGSTOP)

    def release_watch(self) -> None:
        """Let it go on, and wait until it has looked, and the views have what it recorded."""
        looked = "select count(*) from casecore.service_level_watch where looked_at > %s"
        with psycopg.connect(self.database, autocommit=True) as connection:
            [(now,)] = connection.execute("select clock_timestamp()").fetchall()
            os.kill(self._watch(), signal.SIGCONT)
            wait_until(lambda: connection.execute(looked, (now,)).fetchall() == [(1,)], "the watch looks")
        self.wait_until_folded()

    def stop(self) -> None:
        """End all that was started."""
        self.expect(self.here.run_outside("down"), "down")

    def play(self, steps: Iterable[Step], **names: str) -> None:
        """Give the commands one after another, with `names` filled in; fails where one ends otherwise."""
        for step in steps:
            if step.waits:
                self.wait_until_folded()
            line = step.line.format(folder=self.home, root=ROOT, **names)
            name = self._command_of(line)
            words = [*shlex.split(line), *self._as_json(name, line)]
            done = (self.here.run_outside if name in _OUTSIDE else self.here.run)(*words)
            self.expect(done, line, step.ends)
            self.played.append(Played(name, step.shown_as or name, done.code, done.printed))

    def printed(self, name: str) -> str:
        """What the first step with this name printed."""
        return next(played.printed for played in self.played if played.name == name)

    def wait_until_well(self) -> None:
        """Until every process says that it is well, also the audit, for which nobody else waits."""
        wait_until(
            lambda: all(ask(port, "/health").status == 200 for port in self.ports.values()), "all are well"
        )

    def wait_until_folded(self) -> None:
        """Until the views have all events that the store has."""
        wait_until(self._is_folded, "the views have all that is stored")

    def ask_database(self, query: str) -> list[tuple[object, ...]]:
        """Rows of a query, or nothing of a statement."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            found = connection.execute(query.encode())
            return found.fetchall() if found.description else []

    @staticmethod
    def expect(done: Ended, what: str, code: int = 0) -> None:
        """Fail unless a command ended so."""
        assert done.code == code, f"{what} ended with {done.code}: {done.printed}{done.complained}"

    def _watch(self) -> int:
        reports = json.loads(self.here.run("status", "--json").printed)
        return next(report["pid"] for report in reports if report["name"] == "watch")

    def _is_folded(self) -> bool:
        types = "select topic, count(*) from casecore.stored_events group by 1"
        stored = {str(name): int(str(events)) for name, events in self.ask_database(types)}
        wanted = {
            view: sum(events for name, events in stored.items() if kind_of(name) in projection.kinds)
            for view, projection in VIEWS.items()
        }
        folded = "select " + ", ".join(f"(select sum(version) from {view}.states)" for view in wanted)
        try:
            return self.ask_database(folded) == [tuple(wanted.values())]
        except psycopg.errors.UndefinedTable:  # a runner is well before it has made its view
            return False

    def _command_of(self, line: str) -> str:
        words = line.split()
        return next(name for size in (3, 2, 1) if f"casecore {(name := ' '.join(words[:size]))}" in self.help)

    def _as_json(self, name: str, line: str) -> list[str]:
        has_json = any(text.split()[:1] == ["--json"] for text in self.help[f"casecore {name}"])
        return ["--json"] if has_json and not any(form in line for form in _OTHER_FORMS) else []


@contextmanager
def installed(maintenance: str, cluster: Cluster) -> Iterator[Installation]:
    """An installation on a database and topics of its own, whose processes run; all gone afterwards."""
    home = new_home()
    try:
        with new_database(maintenance) as database:
            installation = Installation(home, database, cluster, _free_ports(len(HEALTH_PORT_OFFSETS) + 1))
            try:
                installation.start()
                yield installation
            finally:
                installation.stop()
                delete_topics(cluster, installation.prefix)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody listens on now."""
    for first in range(30_000, 32_000, count):
        taken = []
        for port in range(first, first + count):
            with socket.socket() as probe:
                taken.append(probe.connect_ex(("127.0.0.1", port)) == 0)
        if not any(taken):
            return first
    raise AssertionError("no free ports")
