"""`casecore up|down|status|relay|project|topics|database`: what operators run."""

from __future__ import annotations

import signal
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from prometheus_client import CollectorRegistry

from casecore.cli import installation
from casecore.cli.addresses import find_addresses
from casecore.cli.exits import Exit, errors_as_exits
from casecore.cli.giving import open_bus
from casecore.cli.health import HealthCheck, serve_health
from casecore.cli.output import Column, print_json, print_table, screen
from casecore.cli.settings import Settings, read_settings
from casecore.errors.kinds import InvalidInput
from casecore.local import postgres, processes
from casecore.relay import driver
from casecore.relay import published_topics as topics
from casecore.relay.health import RelayHealth
from casecore.relay.session import forget_topics, remembered_topics
from casecore.runs.set_up import set_up
from casecore.store.migrations import check_migrated, migrate
from projections.catalogue import VIEWS
from projections.kit.collector import collect_by_time
from projections.kit.projection import AnyProjection
from projections.kit.runner.driver import run as run_projection
from projections.kit.runner.health import RunnerMetrics, RunnerStatus

JsonOption = Annotated[bool, typer.Option("--json", help="Print data for a program.")]
PortOption = Annotated[
    int | None,
    typer.Option(help="Port of /health and /metrics; else by CASECORE_HEALTH_PORT, 0 for none.", max=65535),
]

topics_app = typer.Typer(no_args_is_help=True, help="The topics on Kafka.")
database_app = typer.Typer(no_args_is_help=True, help="The store's tables in PostgreSQL.")


def add_to_program(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (up, down, status, relay, project):
        app.command()(command)
    app.add_typer(topics_app, name="topics")
    app.add_typer(database_app, name="database")


def up(
    cache: Annotated[
        Path | None, typer.Option(help="Folder for Kafka's own files; else CASECORE_HOME/cache.")
    ] = None,
) -> None:
    """Start PostgreSQL, Kafka, relay, every view's runner and the audit in the background, and wait.

    Example: casecore up
    """
    with errors_as_exits():
        settings = read_settings()
        try:
            with screen.status("starting") as spinner:
                addresses = installation.start(settings, cache, spinner.update)
        except KeyboardInterrupt:
            installation.stop(settings)
            screen.print("Interrupted; what had started is stopped again.")
            raise typer.Exit(Exit.UNAVAILABLE) from None
        screen.print("Everything is up and well.")
        screen.print(f'  PostgreSQL  psql "{addresses.database}"', markup=False, soft_wrap=True)
        screen.print(f"  Kafka       {addresses.kafka}", markup=False, soft_wrap=True)
        screen.print("Stop it with `make down`, or `casecore down`.")


def down() -> None:
    """Stop all that `up` started; nothing is left running, and all data is kept.

    Example: casecore down
    """
    with errors_as_exits():
        stopped = installation.stop(read_settings())
        screen.print("Everything is stopped." if stopped else "Nothing was running.")


def status(as_json: JsonOption = False) -> None:
    """Show what runs, and whether it is well; ends with 4 if something is not.

    Example: casecore status
    """
    with errors_as_exits():
        settings = read_settings()
        ports = {part.name: part.port for part in installation.parts(settings.health_port)}
        rows: list[dict[str, object]] = []
        if not settings.database:
            running = postgres.is_running(settings.home)
            rows.append({"name": "postgresql", "state": "RUNNING" if running else "STOPPED", "well": running})
        for process in processes.status(settings.home):
            well, reason = process.state == "RUNNING", ""
            if process.name in ports:
                answers, reason = installation.health(settings.health_host, ports[process.name])
                well = well and answers
            rows.append({**process._asdict(), "well": well, "reason": reason})
        if as_json:
            print_json(rows)
        else:
            columns = [Column(title) for title in ("name", "state", "well", "pid", "seconds", "says")]
            keys = ("name", "state", "well", "pid", "uptime_seconds", "reason")
            print_table("Processes", columns, [[row.get(key) for key in keys] for row in rows])
        if len(rows) < 2 or not all(row["well"] for row in rows):
            raise typer.Exit(Exit.UNAVAILABLE)


def relay(health_port: PortOption = None) -> None:
    """Publish the store's log to Kafka until told to stop; of several, one publishes and the others wait.

    Example: casecore relay --health-port 9470
    """
    with errors_as_exits():
        settings = read_settings()
        addresses = find_addresses(settings)
        check_migrated(addresses.database)
        installation.await_topics(addresses, settings)
        health = RelayHealth()
        serve(settings, "relay", health_port, health.registry, health.check)
        collect_by_time()
        driver.run(
            driver.RelayConfig(
                addresses.database, addresses.kafka, settings.topic_prefix, settings.replication
            ),
            health,
        )


def project(
    view: Annotated[list[str] | None, typer.Argument(metavar="[VIEW]…", help="Which; none for all.")] = None,
    health_port: PortOption = None,
) -> None:
    """Keep views up to date from Kafka until told to stop. Several runners of a view share its partitions.

    Example: casecore project workload --health-port 9474
    """
    with errors_as_exits():
        settings = read_settings()
        addresses = find_addresses(settings)
        chosen = [find_view(name) for name in view or sorted(VIEWS)]
        installation.await_topics(addresses, settings)
        registry, stop = CollectorRegistry(), Event()
        metrics = RunnerMetrics(registry)
        statuses = [RunnerStatus(projection.name, metrics) for projection in chosen]
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        serve(settings, chosen[0].name, health_port, registry, lambda: _all_well(statuses))
        collect_by_time()
        with ThreadPoolExecutor(len(chosen)) as threads:
            running = [
                threads.submit(
                    run_projection,
                    projection,
                    addresses.database,
                    addresses.kafka,
                    settings.topic_prefix,
                    status,
                    stop,
                )
                for projection, status in zip(chosen, statuses, strict=True)
            ]
            wait(running, return_when=FIRST_EXCEPTION)
            stop.set()  # one that cannot go on takes the others with it: the supervisor starts all again
        for ended in running:
            ended.result()


def find_view(name: str) -> AnyProjection:
    """The projection of that name; raises InvalidInput."""
    if name not in VIEWS:
        raise InvalidInput(f"there is no view {name!r}; there are: {', '.join(sorted(VIEWS))}")
    return VIEWS[name]


def serve(
    settings: Settings, name: str, port: int | None, registry: CollectorRegistry, check: HealthCheck
) -> None:
    """Answer health checks on the port given, or on the one that is the part's by the settings."""
    own = {part.name: part.port for part in installation.parts(settings.health_port)}
    chosen = own[name] if port is None else port
    if not chosen:
        return
    try:
        serve_health(settings.health_host, chosen, registry, check)
    except OSError as error:
        where = f"{settings.health_host}:{chosen}"
        message = f"{name} cannot answer health checks at {where}: {error}; set --health-port"
        raise InvalidInput(message) from None


def _all_well(statuses: list[RunnerStatus]) -> tuple[bool, str]:
    answers = [status.health() for status in statuses]
    return all(well for well, _ in answers), "; ".join(reason for _, reason in answers)


@topics_app.command("create")
def create_topics() -> None:
    """Create the topics, and check those that exist: partitions and settings must be as documented.

    Example: casecore topics create
    """
    with errors_as_exits():
        settings = read_settings()
        made = topics.create_topics(
            find_addresses(settings).kafka, settings.topic_prefix, settings.replication
        )
        print_table("Topics", [Column("topic"), Column("")], made)


@topics_app.command("forget")
def forget() -> None:
    """Let the relay publish everything again into topics that were deleted and created anew.

    Refused while the topics are those into which this store was published.

    Example: casecore topics forget
    """
    with errors_as_exits():
        settings = read_settings()
        addresses = find_addresses(settings)
        ids = topics.topic_ids(addresses.kafka, settings.topic_prefix)
        known = remembered_topics(addresses.database, settings.topic_prefix)
        # One of them may have been made anew; the others, forgotten too, are found to be the same again.
        if known and all(ids.get(topic) == topic_id for topic, topic_id in known.items()):
            raise InvalidInput(
                f"{', '.join(known)}: these are the topics into which the store was published, so there is "
                "nothing to forget; to publish one anew, delete it and run `casecore topics create` first"
            )
        forgotten = forget_topics(addresses.database, settings.topic_prefix)
        screen.print(f"forgotten: {', '.join(forgotten) or 'nothing'}", markup=False)


@database_app.command("migrate")
def migrate_database() -> None:
    """Create or update the store's tables, and record the first terms of billing.

    Example: casecore database migrate
    """
    with errors_as_exits():
        settings = read_settings()
        addresses = find_addresses(settings)
        applied = migrate(addresses.database)
        with open_bus(settings, addresses) as bus:
            set_up(bus)
        screen.print(f"{applied} migrations applied" if applied else "the database is up to date")
