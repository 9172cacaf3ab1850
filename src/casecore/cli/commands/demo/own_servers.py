"""The demo's own servers: started next to what runs on this machine, and removed at the end, unless kept."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from casecore.app.application import Application, open_app
from casecore.app.running import installation
from casecore.app.running.demo import demo_environment, demo_lock, demo_settings, held_ports, remove_demo
from casecore.app.settings import Settings
from casecore.cli.exits import Exit
from casecore.cli.output import screen
from casecore.cli.own_processes import command_of
from casecore.local.folders import exclusive


@contextmanager
def own_servers(settings: Settings, *, keep: bool = False) -> Iterator[Application]:
    """An installation that exists for as long as the block lasts, and with `keep` until it is ended.

    Raises PortsTaken, and LocalServerError.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    with exclusive(demo_lock(settings), 1):
        if remove_demo(settings):  # one that was kept, or killed
            screen.print("The demo before this one was still up: it is removed.")
        own, kept = demo_settings(settings), False
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        try:
            with screen.status("starting") as spinner, held_ports(own):
                addresses = installation.start(
                    # The log is of years ago: as facts, its misses would come in whenever the watch looks.
                    # Nobody asks a demo over HTTP that is not kept, and a port is not its to take.
                    own,
                    settings.home / "cache",
                    command_of,
                    spinner.update,
                    without=(installation.WATCH,) if keep else (installation.WATCH, installation.API),
                    environment=demo_environment(own),
                )
            screen.print("PostgreSQL, Kafka, relay and views are up, started from packages.")
            with open_app(own, addresses) as app:
                yield app
            kept = keep
        except KeyboardInterrupt:
            screen.print("Interrupted: stopping what was started.")
            raise typer.Exit(Exit.INTERRUPTED) from None
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)  # a second interrupt leaves nothing running
            if not kept:
                remove_demo(settings)
