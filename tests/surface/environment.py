"""The settings as docs/operating.md lists them, and the port on which each process answers."""

from __future__ import annotations

import re
from typing import Any

from tests.surface.command_line import ROOT
from tests.surface.installation import Installation
from tests.surface.metrics import ask, samples

_ROW = re.compile(r"\| `(CASECORE_\w+)` \| (?:`([^`]*)`)? ?\|")


def capture_environment(installation: Installation) -> dict[str, Any]:
    """Names and defaults, and the ports that follow from the default."""
    settings = documented_settings()
    default, chosen = int(settings["CASECORE_HEALTH_PORT"]), min(installation.ports.values())
    return {
        "settings": settings,
        "ports": {
            str(default + place): process_at(chosen + place) for place in range(len(installation.ports))
        },
    }


def documented_settings() -> dict[str, str]:
    """The documentation's table."""
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    table = page.split("<!-- begin settings -->")[1].split("<!-- end settings -->")[0]
    return dict(_ROW.findall(table))


def process_at(port: int) -> str:
    """Which process answers there, by its metrics."""
    views = set()
    for one in samples(ask(port, "/metrics").text):
        part = one.name.split("_")[1]
        if part != "projection":
            return part
        views.add(one.labels["view"])
    return ", ".join(sorted(views))
