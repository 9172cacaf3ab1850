"""Asks a process how it is."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import NamedTuple

_LIMIT_SECONDS = 2

# A proxy that is set for the way out is not asked for what runs beside us.
_directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Sample(NamedTuple):
    """A value of a metric."""

    name: str
    labels: Mapping[str, str]
    value: float


def ask_health(host: str, port: int) -> tuple[bool, str]:
    """What a process's health check says: well or not, and a sentence."""
    try:
        with _directly.open(f"http://{host}:{port}/health", timeout=_LIMIT_SECONDS) as answer:
            return True, answer.read().decode().strip()
    except urllib.error.HTTPError as unwell:
        return False, unwell.read().decode().strip()
    except OSError as error:
        return False, f"no answer on port {port}: {getattr(error, 'reason', error)}"


def ask_metrics(host: str, port: int) -> list[Sample] | None:
    """The metrics of a process; None where it does not answer, or not with metrics."""
    # Imported here: it loads slowly, and commands that ask for health alone do not need it.
    from prometheus_client.parser import text_string_to_metric_families

    try:
        with _directly.open(f"http://{host}:{port}/metrics", timeout=_LIMIT_SECONDS) as answer:
            families = list(text_string_to_metric_families(answer.read().decode()))
    except (OSError, ValueError):
        return None
    return [Sample(one.name, one.labels, one.value) for family in families for one in family.samples]
