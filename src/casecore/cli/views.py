"""`casecore rebuild|audit`: is a view, and is everything, what the log says?"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from casecore.cli import installation
from casecore.cli.addresses import Addresses, find_addresses
from casecore.cli.audit_health import AuditHealth
from casecore.cli.exits import Exit, errors_as_exits
from casecore.cli.following import Budget, follow
from casecore.cli.operations import PortOption, find_view, serve
from casecore.cli.output import Column, print_json, print_table, screen
from casecore.cli.processes import ProcessesOption, chosen
from casecore.cli.settings import Settings, read_settings
from casecore.relay.audit import TopicAudit, audit_topics
from casecore.store.migrations import check_migrated
from projections.catalogue import VIEWS
from projections.kit.collector import quieten_collector
from projections.kit.rebuild.rebuild import RebuildReport, audit_view
from projections.kit.rebuild.rebuild import rebuild as rebuild_view

JsonOption = Annotated[bool, typer.Option("--json", help="Print data for a program.")]


def add_to_program(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(rebuild)
    app.command()(audit)


def rebuild(
    view: Annotated[str, typer.Argument(help="Which.")],
    processes: ProcessesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build a view anew beside the live one, which goes on answering; compare by hash, and swap it in.

    Ends with 5 if they differed although both were made by the same rules.

    Example: casecore rebuild workload
    """
    with errors_as_exits():
        settings = read_settings()
        addresses = find_addresses(settings)
        projection = find_view(view)
        quieten_collector()
        with _bar(f"building {view}", quiet=as_json) as show:
            report = rebuild_view(
                projection,
                addresses.database,
                addresses.kafka,
                settings.topic_prefix,
                lambda p: show(p.done, p.total),
                chosen(processes),
            )
        if as_json:
            print_json(_fields(report))
        else:
            _print_report(report)
        if report.equal is False:
            raise typer.Exit(Exit.DIFFERENCE)


def audit(
    as_json: JsonOption = False,
    following: Annotated[
        bool, typer.Option("--follow", help="Go on beside production until stopped; report as metrics.")
    ] = False,
    share: Annotated[
        float, typer.Option(help="With --follow: percent of one core that it uses at most.", min=0.1, max=100)
    ] = 100 * Budget().share,
    events: Annotated[
        int, typer.Option(help="With --follow: events that it compares in a second at most.", min=1)
    ] = Budget().events,
    keys: Annotated[
        int, typer.Option(help="With --follow: keys that it compares in each view in a second.", min=1)
    ] = Budget().keys,
    processes: ProcessesOption = None,
    health_port: PortOption = None,
) -> None:
    """Compare store, topics and views row by row, and name the first difference; ends with 5 if there is one.

    With --follow it begins with the first event, at the pace that the options allow, and then compares each
    new one with its record, and the keys of all views round and round. What differs is logged, counted in a
    metric, and said by its health check; it does not end it. Waiting for who is away or behind is no
    difference.

    Example: casecore audit --follow --share 5 --events 1000 --keys 10
    """
    with errors_as_exits():
        settings = read_settings()
        if following:
            _follow(settings, Budget(share / 100, events, keys), health_port)
            return
        addresses = find_addresses(settings)
        quieten_collector()
        topics = _audit_topics(settings, addresses, as_json)
        reports = [_audit_view(name, settings, addresses, processes, as_json) for name in sorted(VIEWS)]
        differs = topics.difference is not None or any(report.equal is False for report in reports)
        if as_json:
            print_json(
                {"topics": topics, "views": [_fields(report) for report in reports], "differs": differs}
            )
        else:
            for report in reports:
                _print_report(report)
            screen.print("[bold red]There is a difference.[/]" if differs else "No difference.")
        if differs:
            raise typer.Exit(Exit.DIFFERENCE)


def _follow(settings: Settings, budget: Budget, health_port: int | None) -> None:
    addresses = find_addresses(settings)
    check_migrated(addresses.database)
    installation.await_topics(addresses, settings)
    health, stop = AuditHealth(), Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serve(settings, "audit", health_port, health.registry, health.check)
    follow(addresses, settings.topic_prefix, VIEWS.values(), budget, health, stop)


def _audit_topics(settings: Settings, addresses: Addresses, quiet: bool) -> TopicAudit:
    with _bar("store and topics", quiet) as show:
        found = audit_topics(addresses.database, addresses.kafka, settings.topic_prefix, show)
    if not quiet:
        screen.print(f"store and topics: {found.events:,} events compared, up to position {found.position}")
        if found.difference:
            screen.print(f"  first difference: {found.difference.place}", markup=False)
            screen.print(f"    the store has {found.difference.store}", markup=False)
            screen.print(f"    the topic has {found.difference.topic}", markup=False)
    return found


def _audit_view(
    name: str, settings: Settings, addresses: Addresses, processes: int | None, quiet: bool
) -> RebuildReport:
    with _bar(f"view {name}", quiet) as show:
        return audit_view(
            VIEWS[name],
            addresses.database,
            addresses.kafka,
            settings.topic_prefix,
            lambda p: show(p.done, p.total),
            chosen(processes),
        )


def _print_report(report: RebuildReport) -> None:
    rows: list[tuple[object, ...]] = [
        (
            f"{report.view}.{table.table}",
            f"{table.live_rows:,}",
            f"{table.rebuilt_rows:,}",
            table.live_hash[:12],
            table.rebuilt_hash[:12],
        )
        for table in report.compared
    ] or [
        (f"{report.view}.{name}", None, f"{rows:,}", None, sha[:12])
        for name, (rows, sha) in report.built.items()
    ]
    columns = [
        Column("table"),
        Column("live rows", right=True),
        Column("rebuilt rows", right=True),
        Column("live hash"),
        Column("rebuilt hash"),
    ]
    verdict = {True: "equal", False: "DIFFERENT", None: "nothing to compare with"}[report.equal]
    speed = f"{report.events:,} events in {report.seconds:.1f} s, {report.events_per_second:,.0f}/s"
    print_table(f"view {report.view}: {verdict} ({speed})", columns, rows)
    for table in report.compared:
        if table.difference:
            difference = table.difference
            column = difference.column or "the whole row"
            where = f"{report.view}.{difference.table}, row {difference.key}, {column}"
            screen.print(f"  first difference: {where}", markup=False)
            screen.print(f"    live     {difference.live}", markup=False)
            screen.print(f"    rebuilt  {difference.rebuilt}", markup=False)


def _fields(report: RebuildReport) -> dict[str, object]:
    return {**report._asdict(), "equal": report.equal, "events_per_second": report.events_per_second}


@contextmanager
def _bar(title: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    hidden = quiet or not screen.is_terminal
    with Progress(*columns, console=screen, disable=hidden, transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
