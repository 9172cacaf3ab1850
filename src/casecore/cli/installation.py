"""An installation on this machine: its servers, relay, runners and audit, started and stopped."""

from __future__ import annotations

import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tenacity import Retrying, retry_if_exception_type, retry_if_result, stop_after_delay, wait_fixed

from casecore.cli.addresses import Addresses, create_local_database, forget_addresses, keep_addresses
from casecore.cli.giving import open_bus
from casecore.cli.settings import Settings
from casecore.kafka.errors import TopicMissing
from casecore.local import kafka, postgres, processes
from casecore.local.errors import ProcessesUnusable
from casecore.local.processes import Program
from casecore.relay.published_topics import create_topics, topic_ids
from casecore.runs.set_up import set_up
from casecore.store.migrations import migrate
from projections.catalogue import VIEWS

READY_LIMIT_SECONDS = 60
"""From the start of the processes until all say that they are well; usually about ten."""

TOPICS_LIMIT_SECONDS = 20
"""How long a relay or a runner waits for topics that nobody has created yet, before it says so."""

AUDIT = "audit"

Say = Callable[[str], None]

# A proxy that is set for the way out is not asked for what runs beside us.
_directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Part(NamedTuple):
    """A process of the program itself: its name, its arguments, and the port of its health check.

    `is_awaited`: whether everything is up only when it is well. An audit that finds something keeps nobody
    from working.
    """

    name: str
    arguments: tuple[str, ...]
    port: int
    is_awaited: bool = True


def parts(health_port: int) -> list[Part]:
    """The relay, then a runner for each view in order of name, then the audit."""
    names = [
        ("relay", ("relay",)),
        *((view, ("project", view)) for view in sorted(VIEWS)),
        (AUDIT, ("audit", "--follow")),
    ]
    return [
        Part(name, arguments, health_port + n, is_awaited=name != AUDIT)
        for n, (name, arguments) in enumerate(names)
    ]


def start(settings: Settings, cache: Path | None, say: Say) -> Addresses:
    """Start what is not set to be elsewhere, and wait until everything is well; returns the addresses.

    `cache` is where Kafka's files are kept. Raises a LocalServerError that says what did not start.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    database, bootstrap = settings.database, settings.kafka
    programs: list[Program] = []
    if not database:
        say("starting PostgreSQL")
        database = create_local_database(postgres.start(settings.home))
    if not bootstrap:
        say("starting Kafka")
        server = kafka.prepare(settings.home, cache)
        bootstrap = server.bootstrap
        programs.append(Program("kafka", server.argv, server.environment, priority=1))
    say("bringing the database up to date")
    migrate(database)
    addresses = Addresses(database, bootstrap)
    with open_bus(settings, addresses) as bus:
        set_up(bus)
    keep_addresses(settings.home, addresses)
    ours = parts(settings.health_port)
    if not processes.status(settings.home):
        _refuse_taken_ports(settings, ours)
    processes.up(settings.home, [*programs, *(_program(part, addresses) for part in ours)])
    kafka.wait_until_ready(bootstrap, READY_LIMIT_SECONDS)
    say("creating the topics")
    create_topics(bootstrap, settings.topic_prefix, settings.replication)
    for part in (part for part in ours if part.is_awaited):
        say(f"waiting for {part.name}")
        _wait_until_well(settings, part)
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


def stop(settings: Settings) -> bool:
    """Stop what `start` started; returns whether anything was running."""
    stopped = processes.down(settings.home)
    stopped = postgres.stop(settings.home) or stopped
    forget_addresses(settings.home)
    return stopped


def health(host: str, port: int) -> tuple[bool, str]:
    """What a part's health check says: well or not, and a sentence."""
    try:
        with _directly.open(f"http://{host}:{port}/health", timeout=2) as answer:
            return True, answer.read().decode().strip()
    except urllib.error.HTTPError as unwell:
        return False, unwell.read().decode().strip()
    except OSError as away:
        return False, f"no answer on port {port}: {getattr(away, 'reason', away)}"


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens there now."""
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) != 0


def _refuse_taken_ports(settings: Settings, ours: list[Part]) -> None:
    for part in ours:
        if not is_free(settings.health_host, part.port):
            raise ProcessesUnusable(
                f"something answers on port {part.port} already, where {part.name} is to answer health "
                "checks: another installation, perhaps. Stop it, or set CASECORE_HEALTH_PORT"
            )


def _program(part: Part, addresses: Addresses) -> Program:
    return Program(
        part.name,
        (sys.executable, "-m", "casecore.cli", *part.arguments, "--health-port", str(part.port)),
        {"CASECORE_DATABASE": addresses.database, "CASECORE_KAFKA": addresses.kafka},
        priority=10,
    )


def _wait_until_well(settings: Settings, part: Part) -> None:
    last = ["it was not asked yet"]

    def well() -> bool:
        healthy, last[0] = health(settings.health_host, part.port)
        states = {process.name: process.state for process in processes.status(settings.home)}
        return healthy and states.get(part.name) == "RUNNING"

    retrying = Retrying(
        retry=retry_if_result(lambda healthy: not healthy),
        stop=stop_after_delay(READY_LIMIT_SECONDS),
        wait=wait_fixed(0.1),
        retry_error_callback=lambda _: False,
    )
    if not retrying(well):
        raise ProcessesUnusable(
            f"{part.name} is not well after {READY_LIMIT_SECONDS} seconds: {last[0]}; "
            f"its log is {settings.home / 'logs'}"
        )
