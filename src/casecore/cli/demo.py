"""`casecore demo`: the whole path once, on servers of its own, which are gone at the end."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from time import monotonic, sleep
from typing import Annotated
from uuid import uuid4

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule

from casecore.cases import commands as c
from casecore.cases.topics import TOPICS
from casecore.cli import installation, look
from casecore.cli.addresses import Addresses
from casecore.cli.calls import print_summary, run_import
from casecore.cli.demo_billing import TABLES, bill, print_billing
from casecore.cli.exits import Exit, NotRunning, errors_as_exits
from casecore.cli.figures import print_attainment, print_clocks
from casecore.cli.giving import happened, open_bus, read_actor
from casecore.cli.output import screen
from casecore.cli.pinning import pin_everywhere
from casecore.cli.publishing import read_book
from casecore.cli.settings import Settings, read_settings
from casecore.commands.batch import Answer
from casecore.contract.cases import Category, Priority
from casecore.contract.service_levels import Policy
from casecore.contract.streams import CASES, kind_of
from casecore.errors.kinds import InvalidInput
from casecore.local.folders import exclusive
from casecore.service_levels.commands import PublishCalendar, PublishPolicy, ServiceLevelCommand
from casecore.service_levels.fixing import load_calendar
from casecore.service_levels.policy_file import calendar_path, definition_sha256, load_policy, read_policy
from casecore.store.log import LogReader
from projections.catalogue import VIEWS
from projections.kit.reading.folded import folded_events
from projections.kit.reading.waiting import wait_for_version
from projections.sla.queries import AttainmentFilter, attainment, clocks_of
from projections.timeline.queries import timeline_of
from projections.workload.queries import summarise

CATCH_UP_LIMIT_SECONDS = 120
_LOOK_SECONDS = 0.1
_REFERENCE = "C-DEMO-0001"
_HELPDESK, _SYSTEM = "helpdesk", "system:helpdesk:demo"
_LAST_MONTHS = date(2013, 11, 1)
_CASE_VIEWS = {name: view for name, view in VIEWS.items() if CASES in view.kinds}
_POLICIES = tuple(
    Path("docs/service-levels") / f"{name}.toml"
    for name in (
        "helpdesk-end-to-end",
        "helpdesk-level-0",
        "vendor-end-to-end",
        "vendor-level-1",
        "nord-level-0",
    )
)


def add_to_program(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(demo)


def demo(
    log: Annotated[Path, typer.Option(help="The log to import.")] = Path("data/helpdesk.xes.gz"),
    mapping: Annotated[Path, typer.Option(help="What its rows mean.")] = Path("data/helpdesk.toml"),
) -> None:
    """Start servers of its own, import a help desk's log, play a case live, show the views, and stop all.

    Example: casecore demo
    """
    with errors_as_exits():
        for file in (log, mapping, *_POLICIES, *TABLES):
            if not file.is_file():
                raise InvalidInput(
                    f"there is no {file} here: run the demo in the checkout, or name the files"
                )
        settings = read_settings()
        started_at = monotonic()
        with _own_servers(settings) as (own, addresses):
            policies = _publish(own, addresses)
            _heading("A real help desk's log, from file to view")
            print_summary(run_import(own, addresses, log, mapping, settings.home / "demo.rejects.csv", False))
            book = read_book(addresses)
            for policy in policies:
                if policy.organisation == _HELPDESK:
                    pin_everywhere(own, addresses, book, policy, read_actor(_SYSTEM), "imported", quiet=False)
            wait_until_folded(addresses)
            _heading("One case, live")
            last = _play(own, addresses)
            for view in _CASE_VIEWS.values():
                wait_for_version(
                    addresses.database, view, last.stream_id, last.version, CATCH_UP_LIMIT_SECONDS
                )
            look.print_timeline(_REFERENCE, timeline_of(addresses.database, _REFERENCE))
            print_clocks(f"Clocks of {_REFERENCE}", clocks_of(addresses.database, _REFERENCE))
            _heading("Software maintenance, billed")
            bill(own, addresses)
            wait_until_folded(addresses)
            print_billing(addresses)
            _heading("Service levels of the help desk")
            which = AttainmentFilter(_HELPDESK, clock="resolution", first_month=_LAST_MONTHS)
            print_attainment(attainment(addresses.database, which))
            _heading("The workload")
            look.print_workload(summarise(addresses.database, limit=5))
        screen.print(f"Done in {monotonic() - started_at:.0f} seconds; nothing is left running.")


def wait_until_folded(addresses: Addresses) -> None:
    """Wait, with a bar for each view, until the views have folded all that is stored; raises NotRunning."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    give_up_at = monotonic() + CATCH_UP_LIMIT_SECONDS
    with LogReader(addresses.database) as log, Progress(*columns, console=screen) as bars:
        by_type = log.count_by_type()
        stored = {
            name: sum(count for wire_name, count in by_type.items() if kind_of(wire_name) in view.kinds)
            for name, view in sorted(VIEWS.items())
        }
        tasks = {name: bars.add_task(f"view {name}", total=total) for name, total in stored.items()}
        while True:
            folded = {name: folded_events(addresses.database, VIEWS[name]) for name in tasks}
            for name, task in tasks.items():
                bars.update(task, completed=folded[name])
            if all(folded[name] >= total for name, total in stored.items()):
                return
            if monotonic() > give_up_at:
                raise NotRunning(
                    f"the views have not caught up in {CATCH_UP_LIMIT_SECONDS} seconds: {folded}"
                )
            sleep(_LOOK_SECONDS)


def _heading(text: str) -> None:
    screen.print()
    screen.print(Rule(text, align="left"))


@contextmanager
def _own_servers(settings: Settings) -> Iterator[tuple[Settings, Addresses]]:
    home = settings.home / "demo"
    settings.home.mkdir(parents=True, exist_ok=True)
    with exclusive(settings.home / "demo.lock", 1):
        ports = _free_ports(settings.health_host, len(VIEWS) + 1)
        own = settings._replace(home=home, database="", kafka="", health_port=ports, vendor="vendor")
        _remove(own)  # a demo that was killed may have left something
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        try:
            with screen.status("starting") as spinner:
                addresses = installation.start(own, settings.home / "cache", spinner.update)
            screen.print("PostgreSQL, Kafka, relay and views are up, started from packages.")
            yield own, addresses
        except KeyboardInterrupt:
            screen.print("Interrupted: stopping what was started.")
            raise typer.Exit(Exit.UNAVAILABLE) from None
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)  # nothing is left running by impatience
            _remove(own)


def _remove(own: Settings) -> None:
    installation.stop(own)
    shutil.rmtree(own.home, ignore_errors=True)


def _free_ports(host: str, count: int) -> int:
    """The first of so many ports in a row that nobody listens on now."""
    for first in range(9500, 9900, count):
        if all(installation.is_free(host, port) for port in range(first, first + count)):
            return first
    raise NotRunning("no free ports between 9500 and 9900 for the health checks")


def _publish(settings: Settings, addresses: Addresses) -> list[Policy]:
    """Publish the policies of the documentation's examples, each with its calendar."""
    policies = [load_policy(path, TOPICS) for path in _POLICIES]
    with open_bus(settings, addresses) as bus:
        for path, policy in zip(_POLICIES, policies, strict=True):
            _, calendar = load_calendar(calendar_path(read_policy(path, TOPICS), path))
            publications = (
                PublishCalendar(
                    organisation=policy.organisation,
                    calendar=calendar.calendar,
                    definition_sha256=calendar.definition_sha256,
                    holiday_names={on.isoformat(): name for on, name in calendar.holiday_names.items()},
                ),
                PublishPolicy(policy=policy, definition_sha256=definition_sha256(policy)),
            )
            for do in publications:
                bus.give(ServiceLevelCommand(command_id=uuid4(), actor=read_actor(_SYSTEM), do=do))
    screen.print(f"{len(policies)} policies are published, each with its calendar.")
    return policies


def _play(settings: Settings, addresses: Addresses) -> Answer:
    customer, ida, vera = "customer:praxis-ost:dr-oehler", "seller:nord:ida", f"vendor:{settings.vendor}:vera"
    opening = c.OpenCase(
        customer="praxis-ost",
        seller="nord",
        category=Category.TECHNICAL_SUPPORT,
        topic="troubleshooting",
        priority=Priority.HIGH,
        subject="Error 17 when a picture is opened",
    )
    story: tuple[tuple[str, str, c.CaseAction], ...] = (
        ("the practice opens a case", customer, opening),
        ("its reseller takes it, level 0", ida, c.TakeCase(agent="ida")),
        ("ida looks at it for 20 minutes", ida, c.RecordEffort(minutes=20)),
        ("she cannot solve it: to the vendor, level 1", ida, c.EscalateCase(reason="error 17 in the log")),
        ("vera takes it on", vera, c.AssignCase(agent="vera")),
        ("she asks the practice for a file, and waits", vera, c.WaitForCustomer(reason="asked for a file")),
        ("the practice answers: no longer waiting", customer, c.PostMessage(text="Here it is.")),
        ("she solves it", vera, c.ResolveCase(resolution_code="solved", summary="Patch 3 mends it.")),
        ("the practice closes it", customer, c.CloseCase()),
    )
    with open_bus(settings, addresses) as bus:
        for what, actor, do in story:
            command = c.CaseCommand(command_id=uuid4(), actor=read_actor(actor), case=_REFERENCE, do=do)
            answer = bus.give(command)
            screen.print(f"  {what:46} {happened(answer)}", markup=False)
    return answer
