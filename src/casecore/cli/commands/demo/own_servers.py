"""The demo's own servers: started next to what runs on this machine, and always removed at the end."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from casecore.app.application import Application, open_app
from casecore.app.running import installation
from casecore.app.running.ports import is_free
from casecore.app.settings import Settings
from casecore.cli.exits import Exit
from casecore.cli.output import screen
from casecore.cli.own_processes import command_of
from casecore.errors.kinds import CasecoreError, Kind
from casecore.local.folders import exclusive


class PortsTaken(CasecoreError):
    """There is no room for the demo's health checks beside what else listens on this machine."""

    kind = Kind.UNAVAILABLE


@contextmanager
def own_servers(settings: Settings) -> Iterator[Application]:
    """An installation that exists for as long as the block lasts; raises PortsTaken, and LocalServerError."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with exclusive(settings.home / "demo.lock", 1):
        port = _first_free_port(settings.health_host, 1 + max(installation.HEALTH_PORT_OFFSETS.values()))
        own = settings._replace(
            home=settings.home / "demo", database="", kafka="", health_port=port, vendor="vendor"
        )
        _remove(own)  # a demo that was killed may have left something
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        try:
            with screen.status("starting") as spinner:
                addresses = installation.start(
                    # The log is of years ago: as facts, its misses would come in whenever the watch looks.
                    # Nobody asks over HTTP, and a port of this machine is not the demo's to take.
                    own,
                    settings.home / "cache",
                    command_of,
                    spinner.update,
                    without=(installation.WATCH, installation.API),
                )
            screen.print("PostgreSQL, Kafka, relay and views are up, started from packages.")
            with open_app(own, addresses) as app:
                yield app
        except KeyboardInterrupt:
            screen.print("Interrupted: stopping what was started.")
            raise typer.Exit(Exit.INTERRUPTED) from None
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)  # a second interrupt leaves nothing running
            _remove(own)


def _remove(own: Settings) -> None:
    installation.stop(own)
    shutil.rmtree(own.home, ignore_errors=True)


def _first_free_port(host: str, count: int) -> int:
    """The first of so many ports in a row that nobody listens on now."""
    for first in range(9500, 9900, count):
        if all(is_free(host, port) for port in range(first, first + count)):
            return first
    raise PortsTaken("no free ports between 9500 and 9900 for the health checks")
