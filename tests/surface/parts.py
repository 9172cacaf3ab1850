"""The parts of the surface, and how each is captured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.surface.environment import capture_environment
from tests.surface.exits import capture_exits
from tests.surface.help_texts import capture_help
from tests.surface.installation import Installation
from tests.surface.metrics import capture_metrics
from tests.surface.shapes import capture_shapes
from tests.surface.sql_names import capture_sql
from tests.surface.wire import capture_wire

CAPTURED = Path(__file__).with_name("bee97ac")
"""The surface of the commit by that name."""

PARTS: dict[str, Callable[[Callable[[], Installation]], Any]] = {
    "help": lambda _: capture_help(),
    "exits": lambda installation: capture_exits(installation()),
    "shapes": lambda installation: capture_shapes(installation()),
    "sql": lambda installation: capture_sql(installation().database),
    "metrics": lambda installation: capture_metrics(installation().ports),
    "wire": lambda installation: capture_wire(installation()),
    "environment": lambda installation: capture_environment(installation()),
}
"""Each takes what gives it the installation, which only some ask for."""
