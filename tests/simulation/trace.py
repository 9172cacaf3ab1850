"""The trace of a simulated run: counts of what happened, and on request a line for each step."""

from __future__ import annotations

from collections import Counter


class Trace:
    """Counts of the faults and states that a run has met; if `detailed`, also every step with its time."""

    def __init__(self, detailed: bool = False) -> None:
        self.detailed = detailed
        self.met: Counter[str] = Counter()
        self.lines: list[str] = []

    def meet(self, what: str, at_seconds: float, process: str = "") -> None:
        """Count a fault or a state."""
        self.met[what] += 1
        if self.detailed:
            self.log(at_seconds, process, f"*** {what}")

    def log(self, at_seconds: float, source: str, text: str) -> None:
        """Add the line of a step."""
        self.lines.append(f"{at_seconds:10.4f}  {source:<16} {text}")
