"""Applications whose commands go to a bus that a test has made."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from casecore.app.application import Application
from casecore.app.settings import read_settings


def app_with(bus: Any) -> Application:
    """An application whose bus gives this one as every sequence of it."""
    app = Application(read_settings({}))
    app.bus = SimpleNamespace(sequence=lambda: bus)  # type: ignore[assignment]
    return app
