"""A process's own answers to /health and /metrics, at the address of the settings."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from casecore.app.settings import Settings
from casecore.errors.kinds import InvalidInput
from casecore.health.server import HealthCheck, serve_health


class HealthPortTaken(InvalidInput):
    """Something else listens where a process is to answer health checks."""


def serve_checks(
    settings: Settings, name: str, port: int, registry: CollectorRegistry, check: HealthCheck
) -> None:
    """Answer health checks of a process from now on; a port of 0 answers nobody. Raises HealthPortTaken."""
    if not port:
        return
    try:
        serve_health(settings.health_host, port, registry, check)
    except OSError as error:
        where = f"{settings.health_host}:{port}"
        raise HealthPortTaken(
            f"{name} cannot answer health checks at {where}: {error}; choose another port"
        ) from None
