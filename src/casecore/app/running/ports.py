"""Ports of this machine: whether they are free before anything is started."""

from __future__ import annotations

import socket
from collections.abc import Mapping

from casecore.app.settings import Settings
from casecore.local.errors import ProcessesUnusable


class PortTaken(ProcessesUnusable):
    """Something else listens where a process is to answer health checks."""


class ApiPortTaken(ProcessesUnusable):
    """Something else listens where the API is to answer."""


def refuse_taken_ports(settings: Settings, health_ports: Mapping[str, int], *, with_api: bool) -> None:
    """Raise PortTaken or ApiPortTaken if somebody answers where a process is to; `health_ports` by name."""
    for name, port in health_ports.items():
        if not is_free(settings.health_host, port):
            raise PortTaken(
                f"something answers on port {port} already, where {name} is to answer health checks: another "
                "installation, perhaps. Stop it, or set CASECORE_HEALTH_PORT"
            )
    api = settings.api
    if with_api and not is_free(api.host, api.port):
        raise ApiPortTaken(
            f"something answers on port {api.port} already, where the API is to answer: another "
            "installation, perhaps. Stop it, or set CASECORE_API_PORT"
        )


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens there now."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return True
    return False
