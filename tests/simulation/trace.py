"""What happened in one simulated life: counted always, and told line by line for a reader."""

from __future__ import annotations

from collections import Counter


class Trace:
    """Counts of each fault met and each stage reached; and, if `telling`, every step with its instant."""

    def __init__(self, telling: bool = False) -> None:
        self.telling = telling
        self.met: Counter[str] = Counter()
        self.lines: list[str] = []

    def meet(self, what: str, at_seconds: float, who: str = "") -> None:
        """A fault or a stage that is counted."""
        self.met[what] += 1
        if self.telling:
            self.tell(at_seconds, who, f"*** {what}")

    def tell(self, at_seconds: float, who: str, text: str) -> None:
        """A step that is only of interest to a reader."""
        self.lines.append(f"{at_seconds:10.4f}  {who:<16} {text}")
