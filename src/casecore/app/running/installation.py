"""An installation on this machine: its servers and its own processes, started, stopped and asked."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from casecore.app.addresses import (
    Addresses,
    addresses_of,
    create_local_database,
    forget_addresses,
    keep_addresses,
)
from casecore.app.application import open_app
from casecore.app.running.listening import check_listening
from casecore.app.running.ports import refuse_taken_ports
from casecore.app.settings import Settings
from casecore.health.client import ask_health
from casecore.kafka.admin import topic_ids
from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import TopicMissing
from casecore.local import kafka, postgres, processes
from casecore.local.errors import ProcessesUnusable
from casecore.local.found import recorded
from casecore.local.logs import failure, written_since
from casecore.local.patience import OnProgress, wait_while_it_works
from casecore.local.processes import Program
from casecore.relay.published_topics import create_topics
from casecore.runs.set_up import set_up
from casecore.store.migrations import migrate
from projections.catalogue import CATALOGUE, VIEWS

READY_LIMIT_SECONDS = 60
"""From the start of the processes until all say that they are well; usually about ten."""

TOPICS_LIMIT_SECONDS = 20
"""How long a relay or a runner waits for topics that nobody has created yet, before it says so."""

RELAY, AUDIT, WATCH, API = "relay", "audit", "watch", "api"

HEALTH_PORT_OFFSETS: Mapping[str, int] = {
    RELAY: 0,
    **{view: entry.health_port_offset for view, entry in CATALOGUE.items()},
    AUDIT: 5,
    WATCH: 6,
    API: 7,
}
"""Ports above CASECORE_HEALTH_PORT, fixed by name."""

CommandOf: TypeAlias = Callable[["Process"], Sequence[str]]
"""The command line of a process, which a door knows."""


class Process(NamedTuple):
    """A process of the program itself: its name, and the port of its health check.

    `is_awaited`: whether everything is up only when it is well. An audit that finds something keeps nobody
    from working.
    """

    name: str
    port: int
    is_awaited: bool = True


def processes_of(settings: Settings) -> list[Process]:
    """The relay, a runner for each view in order of name, the watch of service levels, the API, the audit."""
    return [
        *(Process(name, health_port(settings, name)) for name in (RELAY, *sorted(VIEWS), WATCH, API)),
        Process(AUDIT, health_port(settings, AUDIT), is_awaited=False),
    ]


def health_port(settings: Settings, name: str) -> int:
    """Where a process answers health checks: fixed by its name, so that a new view moves no other."""
    return settings.health_port + HEALTH_PORT_OFFSETS[name]


def start(
    settings: Settings,
    cache: Path | None,
    command_of: CommandOf,
    on_progress: OnProgress,
    without: Collection[str] = (),
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Addresses:
    """Start what is not set to be elsewhere, and wait until everything is well; returns the addresses.

    `cache` is where Kafka's files are kept; `command_of` says how one of the program's own processes is
    started; those whose names are in `without` are not. `environment` are settings that differ from this
    process's own. Raises InvalidSetting, and a LocalServerError that says what did not start.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    ours = [process for process in processes_of(settings) if process.name not in without]
    if API not in without:
        check_listening(settings.api)
    if not processes.status(settings.home):
        ports = {process.name: process.port for process in ours}
        refuse_taken_ports(settings, ports, with_api=API in ports)
    database, cluster = settings.database, Cluster(settings.kafka, settings.kafka_options)
    programs: list[Program] = []
    if not database:
        on_progress("starting PostgreSQL")
        database = create_local_database(postgres.start(settings.home, on_progress))
    if not settings.kafka:
        on_progress("starting Kafka")
        server = kafka.prepare(settings.home, cache)
        cluster = server.cluster
        programs.append(Program(kafka.PROGRAM, server.argv, server.environment, priority=1))
    on_progress("bringing the database up to date")
    migrate(database)
    addresses = addresses_of(database, cluster)
    with open_app(settings, addresses) as app:
        set_up(app.bus)
    keep_addresses(settings.home, addresses)
    programs += (_program(process, command_of, settings, addresses, environment) for process in ours)
    processes.up(settings.home, programs)
    own_kafka = None if settings.kafka else settings.home
    kafka.wait_until_ready(cluster, READY_LIMIT_SECONDS, own_kafka, on_progress)
    on_progress("creating the topics")
    create_topics(cluster, settings.topic_prefix, settings.replication)
    for process in (process for process in ours if process.is_awaited):
        on_progress(f"waiting for {process.name}")
        _wait_until_well(settings, process, on_progress)
    return addresses


def await_topics(addresses: Addresses, topics: Iterable[str]) -> None:
    """Wait until Kafka answers and the topics are there, as they are a moment after `up` began.

    A process asks for the topics that it uses: it may have no rights on the others.
    Raises a RelayError that says what is missing when they are not there in time.
    """
    kafka.wait_until_ready(addresses.cluster, READY_LIMIT_SECONDS)
    retrying = Retrying(
        retry=retry_if_exception_type(TopicMissing),
        stop=stop_after_delay(TOPICS_LIMIT_SECONDS),
        wait=wait_fixed(0.2),
        reraise=True,
    )
    retrying(topic_ids, addresses.cluster, topics)


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
    supervised = processes.status(settings.home)
    answers = ask_all(settings, [ports[one.name] for one in supervised if one.name in ports])
    for name, state, pid, uptime_seconds in supervised:
        well, reason = answers[ports[name]] if name in ports else (True, "")
        found.append(ProcessReport(name, state, well and state == "RUNNING", pid, uptime_seconds, reason))
    return found


def ask_all(settings: Settings, ports: Sequence[int]) -> dict[int, tuple[bool, str]]:
    """What the health checks at these ports say, all asked at once: one that hangs takes seconds."""
    with ThreadPoolExecutor(max(1, len(ports)), "health") as threads:
        answers = threads.map(lambda port: ask_health(settings.health_host, port), ports)
        return dict(zip(ports, answers, strict=True))


def stop(settings: Settings) -> bool:
    """Stop what `start` started; returns whether anything was running."""
    stopped = processes.down(settings.home)
    stopped = postgres.stop(settings.home) or stopped
    forget_addresses(settings.home)
    return stopped


_MADE = (
    "addresses.json",
    "postgres",
    "postgres.partial",
    "postgres.lock",
    "kafka",
    "kafka.lock",
    "logs",
    "run",
)


def made_by_up(settings: Settings) -> list[Path]:
    """What `start` made below the home, as far as it is there; what was fetched is not of it."""
    return [path for name in _MADE if (path := settings.home / name).exists()]


def wipe(settings: Settings) -> None:
    """Stop what `start` started, and remove what it made; raises LocalServerError and OSError."""
    stop(settings)
    for path in made_by_up(settings):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _program(
    process: Process,
    command_of: CommandOf,
    settings: Settings,
    addresses: Addresses,
    environment: Mapping[str, str],
) -> Program:
    own = {
        **environment,
        "CASECORE_DATABASE": str(addresses.database),
        "CASECORE_KAFKA": addresses.kafka,
        "CASECORE_KAFKA_OPTIONS": addresses.kafka_options,
    }
    if process.name == API:  # named, so that one that is up at another port is not taken for this one
        own["CASECORE_API_PORT"] = str(settings.api.port)
    return Program(process.name, tuple(command_of(process)), own, priority=10)


def _wait_until_well(settings: Settings, process: Process, on_progress: OnProgress) -> None:
    last = ["it was not asked yet"]

    def is_well() -> bool:
        healthy, last[0] = ask_health(settings.health_host, process.port)
        states = {process.name: process.state for process in processes.status(settings.home)}
        return healthy and states.get(process.name) == "RUNNING"

    note = processes.process_note(settings.home, process.name)
    gave_up = wait_while_it_works(
        process.name, is_well, lambda: recorded(note), READY_LIMIT_SECONDS, on_progress
    )
    if gave_up is not None:
        log = settings.home / "logs" / f"{process.name}.log"
        what = f"{process.name} is not well, and {gave_up.because}: {last[0]}"
        raise ProcessesUnusable(failure(what, written_since({}, log), settings.home, log))
