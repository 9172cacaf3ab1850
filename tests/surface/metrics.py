"""What the processes answer on /health and /metrics: names, types, meanings and labels of the metrics."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.waiting import LIMIT_SECONDS, wait_until

_SAMPLE = re.compile(r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?P<labels>.*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')


class Answer(NamedTuple):
    """What was answered; `status` is 0 where nobody listens."""

    status: int
    content_type: str
    text: str


class Sample(NamedTuple):
    """A line of /metrics with a value."""

    name: str
    labels: dict[str, str]
    value: float


def ask(port: int, path: str) -> Answer:
    """Ask a process of this machine."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=LIMIT_SECONDS) as found:
            return Answer(found.status, found.headers["content-type"], found.read().decode())
    except urllib.error.HTTPError as found:
        with found:
            return Answer(found.code, found.headers["content-type"], found.read().decode())
    except OSError:
        return Answer(0, "", "")


def samples(text: str) -> list[Sample]:
    """All that have a value."""
    found = [_SAMPLE.fullmatch(line) for line in text.splitlines() if line and not line.startswith("#")]
    return [
        Sample(one["name"], dict(_LABEL.findall(one["labels"] or "")), float(one["value"]))
        for one in found
        if one is not None
    ]


def audited(port: int) -> set[str]:
    """The views of which the audit has compared keys: until then these labels are not to be seen."""
    found = samples(ask(port, "/metrics").text)
    return {one.labels["view"] for one in found if one.name == "casecore_audit_keys_total"}


def metrics_of(text: str) -> dict[str, dict[str, Any]]:
    """Each metric with its type, its meaning, and the names of its labels."""
    found: dict[str, dict[str, Any]] = {}
    for line in text.splitlines():
        if line.startswith(("# HELP ", "# TYPE ")):
            _, what, name, said = line.split(" ", 3)
            found.setdefault(name, {})["means" if what == "HELP" else "type"] = said
    for one in samples(text):
        found[one.name]["labels"] = sorted({*found[one.name].get("labels", ()), *one.labels})
    return dict(sorted(found.items()))


def capture_metrics(ports: Mapping[str, int]) -> dict[str, Any]:
    """What each process answers, by its name and the path that is asked for."""
    views = set(ports) - {"relay", "audit", "watch", "api"}
    wait_until(lambda: views <= audited(ports["audit"]), "the audit has looked at all views")
    return {
        name: {
            "/health": ask(port, "/health").content_type,
            "/metrics": {
                "content type": ask(port, "/metrics").content_type,
                "metrics": metrics_of(ask(port, "/metrics").text),
            },
            "/": ask(port, "/").status,
        }
        for name, port in ports.items()
    }
