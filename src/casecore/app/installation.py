"""An installation on this machine: its servers, relay, runners and audit, started, stopped, and asked."""

from __future__ import annotations

import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

from tenacity import Retrying, retry_if_exception_type, retry_if_result, stop_after_delay, wait_fixed

from casecore.app.addresses import Addresses, create_local_database, forget_addresses, keep_addresses
from casecore.app.application import open_app
from casecore.app.settings import Settings
from casecore.kafka.errors import TopicMissing
from casecore.local import kafka, postgres, processes
from casecore.local.errors import ProcessesUnusable
from casecore.local.processes import Program
from casecore.relay.published_topics import create_topics, topic_ids
from casecore.runs.set_up import set_up
from casecore.store.migrations import migrate
from projections.catalogue import CATALOGUE, VIEWS

READY_LIMIT_SECONDS = 60
"""From the start of the processes until all say that they are well; usually about ten."""

TOPICS_LIMIT_SECONDS = 20
"""How long a relay or a runner waits for topics that nobody has created yet, before it says so."""

RELAY, AUDIT = "relay", "audit"

HEALTH_PORT_OFFSETS: Mapping[str, int] = {
    RELAY: 0,
    **{view: entry.health_port_offset for view, entry in CATALOGUE.items()},
    AUDIT: 5,
}
"""Ports above CASECORE_HEALTH_PORT, fixed by name."""

OnProgress: TypeAlias = Callable[[str], None]

# A proxy that is set for the way out is not asked for what runs beside us.
_directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Process(NamedTuple):
    """A process of the program itself: its name, its arguments, and the port of its health check.

    `is_awaited`: whether everything is up only when it is well. An audit that finds something keeps nobody
    from working.
    """

    name: str
    arguments: tuple[str, ...]
    port: int
    is_awaited: bool = True


def processes_of(settings: Settings) -> list[Process]:
    """The relay, then a runner for each view in order of name, then the audit."""

    def process(name: str, *arguments: str, is_awaited: bool = True) -> Process:
        return Process(name, arguments, health_port(settings, name), is_awaited)

    return [
        process(RELAY, "relay"),
        *(process(view, "project", view) for view in sorted(VIEWS)),
        process(AUDIT, "audit", "--follow", is_awaited=False),
    ]


def health_port(settings: Settings, name: str) -> int:
    """Where a process answers health checks: fixed by its name, so that a new view moves no other."""
    return settings.health_port + HEALTH_PORT_OFFSETS[name]


def start(settings: Settings, cache: Path | None, on_progress: OnProgress) -> Addresses:
    """Start what is not set to be elsewhere, and wait until everything is well; returns the addresses.

    `cache` is where Kafka's files are kept. Raises a LocalServerError that says what did not start.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    database, bootstrap = settings.database, settings.kafka
    programs: list[Program] = []
    if not database:
        on_progress("starting PostgreSQL")
        database = create_local_database(postgres.start(settings.home))
    if not bootstrap:
        on_progress("starting Kafka")
        server = kafka.prepare(settings.home, cache)
        bootstrap = server.bootstrap
        programs.append(Program("kafka", server.argv, server.environment, priority=1))
    on_progress("bringing the database up to date")
    migrate(database)
    addresses = Addresses(database, bootstrap)
    with open_app(settings, addresses) as app:
        set_up(app.bus)
    keep_addresses(settings.home, addresses)
    ours = processes_of(settings)
    if not processes.status(settings.home):
        _refuse_taken_ports(settings, ours)
    processes.up(settings.home, [*programs, *(_program(process, addresses) for process in ours)])
    kafka.wait_until_ready(bootstrap, READY_LIMIT_SECONDS)
    on_progress("creating the topics")
    create_topics(bootstrap, settings.topic_prefix, settings.replication)
    for process in (process for process in ours if process.is_awaited):
        on_progress(f"waiting for {process.name}")
        _wait_until_well(settings, process)
    return addresses


def await_topics(addresses: Addresses, settings: Settings) -> None:
    """Wait until Kafka answers and the topics are there, as they are a moment after `up` began.

    Raises a RelayError that says what is missing when they are not there in time.
    """
    kafka.wait_until_ready(addresses.kafka, READY_LIMIT_SECONDS)
    retrying = Retrying(
        retry=retry_if_exception_type(TopicMissing),
        stop=stop_after_delay(TOPICS_LIMIT_SECONDS),
        wait=wait_fixed(0.2),
        reraise=True,
    )
    retrying(topic_ids, addresses.kafka, settings.topic_prefix)


class ProcessReport(NamedTuple):
    """How a server or process fares: its state by the supervisor, and what its health check says."""

    name: str
    state: str
    well: bool
    pid: int | None = None
    uptime_seconds: int | None = None
    reason: str | None = None


def status(settings: Settings) -> list[ProcessReport]:
    """How everything fares that was started here, PostgreSQL first; empty where nothing was."""
    ports = {process.name: process.port for process in processes_of(settings)}
    found: list[ProcessReport] = []
    if not settings.database:
        running = postgres.is_running(settings.home)
        found.append(ProcessReport("postgresql", "RUNNING" if running else "STOPPED", running))
    for name, state, pid, uptime_seconds in processes.status(settings.home):
        well, reason = state == "RUNNING", ""
        if name in ports:
            answers, reason = health(settings.health_host, ports[name])
            well = well and answers
        found.append(ProcessReport(name, state, well, pid, uptime_seconds, reason))
    return found


def stop(settings: Settings) -> bool:
    """Stop what `start` started; returns whether anything was running."""
    stopped = processes.down(settings.home)
    stopped = postgres.stop(settings.home) or stopped
    forget_addresses(settings.home)
    return stopped


def health(host: str, port: int) -> tuple[bool, str]:
    """What a process's health check says: well or not, and a sentence."""
    try:
        with _directly.open(f"http://{host}:{port}/health", timeout=2) as answer:
            return True, answer.read().decode().strip()
    except urllib.error.HTTPError as unwell:
        return False, unwell.read().decode().strip()
    except OSError as error:
        return False, f"no answer on port {port}: {getattr(error, 'reason', error)}"


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens there now."""
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) != 0


def _refuse_taken_ports(settings: Settings, ours: list[Process]) -> None:
    for process in ours:
        if not is_free(settings.health_host, process.port):
            raise ProcessesUnusable(
                f"something answers on port {process.port} already, where {process.name} is to answer health "
                "checks: another installation, perhaps. Stop it, or set CASECORE_HEALTH_PORT"
            )


def _program(process: Process, addresses: Addresses) -> Program:
    return Program(
        process.name,
        (sys.executable, "-m", "casecore.cli", *process.arguments, "--health-port", str(process.port)),
        {"CASECORE_DATABASE": addresses.database, "CASECORE_KAFKA": addresses.kafka},
        priority=10,
    )


def _wait_until_well(settings: Settings, process: Process) -> None:
    last = ["it was not asked yet"]

    def well() -> bool:
        healthy, last[0] = health(settings.health_host, process.port)
        states = {process.name: process.state for process in processes.status(settings.home)}
        return healthy and states.get(process.name) == "RUNNING"

    retrying = Retrying(
        retry=retry_if_result(lambda healthy: not healthy),
        stop=stop_after_delay(READY_LIMIT_SECONDS),
        wait=wait_fixed(0.1),
        retry_error_callback=lambda _: False,
    )
    if not retrying(well):
        raise ProcessesUnusable(
            f"{process.name} is not well after {READY_LIMIT_SECONDS} seconds: {last[0]}; "
            f"its log is {settings.home / 'logs'}"
        )
