"""The installation of a demo: below the home of another one, beside whatever runs on this machine."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from casecore.app.running import installation
from casecore.app.running.ports import is_free
from casecore.app.settings import API_PORT_OFFSET, KeysTaken, Settings
from casecore.errors.kinds import CasecoreError, Kind
from casecore.local.errors import Busy
from casecore.local.folders import exclusive

_PORTS = range(9500, 9900)
_COUNT = 1 + max(*installation.HEALTH_PORT_OFFSETS.values(), API_PORT_OFFSET)
_HELD_OFFSET = API_PORT_OFFSET - 1
"""Of a port among them on which no process listens."""
_LOOPBACK = "127.0.0.1"
VENDOR = "vendor"


class PortsTaken(CasecoreError):
    """There is no room for the demo's health checks beside what else listens on this machine."""

    kind = Kind.UNAVAILABLE


def demo_home(settings: Settings) -> Path:
    """Where a demo is: it may be removed at any time."""
    return settings.home / "demo"


def demo_lock(settings: Settings) -> Path:
    """The lock that a demo holds while it is told."""
    return settings.home / "demo.lock"


def demo_settings(settings: Settings) -> Settings:
    """The settings of a demo, which nobody reaches from elsewhere; raises PortsTaken."""
    port = _first_free_port(settings.health_host)
    api = settings.api._replace(
        host=_LOOPBACK,
        port=port + API_PORT_OFFSET,
        certificate=None,
        certificate_key=None,
        proxies=(),
        keys=KeysTaken.LOOPBACK,
        issuer=None,
        address="",
    )
    return settings._replace(
        home=demo_home(settings), database="", kafka="", health_port=port, vendor=VENDOR, api=api
    )


@contextmanager
def held_ports(own: Settings) -> Iterator[None]:
    """Keep a demo that begins at the same time from these ports, until the processes listen on them.

    Else each would ask the other's processes how they are. Raises PortsTaken.
    """
    with socket.socket() as held:
        try:
            held.bind((_LOOPBACK, own.health_port + _HELD_OFFSET))
            held.listen()
        except OSError:
            raise PortsTaken("another demo begins at the same moment: begin this one again") from None
        yield


def demo_environment(own: Settings) -> Mapping[str, str]:
    """The settings of a demo as its processes read them."""
    unset = ("CERTIFICATE", "CERTIFICATE_KEY", "PROXIES", "ISSUER")
    return {
        "CASECORE_HOME": str(own.home),
        "CASECORE_VENDOR": own.vendor,
        "CASECORE_HEALTH_PORT": str(own.health_port),
        "CASECORE_API_HOST": own.api.host,
        "CASECORE_API_KEYS": own.api.keys.value,
        "CASECORE_WEB_ADDRESS": own.api.address,
        **{f"CASECORE_API_{name}": "" for name in unset},
    }


def remove_demo(settings: Settings) -> bool:
    """Stop a demo, and remove all of it; returns whether anything of it was running."""
    home = demo_home(settings)
    if not home.exists():
        return False
    stopped = installation.stop(settings._replace(home=home, database="", kafka=""))
    shutil.rmtree(home, ignore_errors=True)
    return stopped


def end_kept_demo(settings: Settings) -> bool:
    """End a demo that was left up; returns whether there was one. One that is being told goes on."""
    if not demo_home(settings).exists():
        return False
    try:
        with exclusive(demo_lock(settings), 0):
            return remove_demo(settings)
    except Busy:
        return False


def _first_free_port(host: str) -> int:
    """The first of so many ports in a row that nobody listens on now."""
    for first in _PORTS[::_COUNT]:
        ports = range(first, first + _COUNT)
        if all(is_free(host, port) and is_free(_LOOPBACK, port) for port in ports):
            return first
    raise PortsTaken(f"no free ports between {_PORTS.start} and {_PORTS.stop} for the health checks")
