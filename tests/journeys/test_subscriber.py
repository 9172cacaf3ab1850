"""The subscriber in the README runs as it is printed there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.journeys.harness.program import NO_HEALTH, Program
from tests.waiting import LIMIT_SECONDS, wait_until

README = Path("README.md")


def subscriber() -> str:
    """The text of the README's subscriber."""
    found = re.search(
        r"<!-- subscriber -->\n```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL
    )
    assert found is not None
    return found[1]


def test_it_is_short() -> None:
    assert len(subscriber().splitlines()) <= 25


def test_it_hears_of_every_escalation_once(program: Program, tmp_path: Path) -> None:
    # Given cases, two of which went to the vendor
    program.start("relay", "relay", *NO_HEALTH)
    ida = ("--as", "seller:nord:ida")
    for case in ("C-1", "C-2", "C-3"):
        opening = ("case", "open", "--customer", "praxis", "--seller", "nord", "--topic", "recovery")
        program.run(*opening, "--reference", case, *ida)
    for case in ("C-1", "C-3"):
        program.run("case", "escalate", case, *ida)
    # When the README's text is run
    script = tmp_path / "subscriber.py"
    script.write_text(subscriber().replace("readme-subscriber", f"{program.topic}.subscriber"))
    output = tmp_path / "heard"
    with output.open("w") as heard:
        process = subprocess.Popen(
            [sys.executable, str(script), str(program.cluster.options_file), program.topic], stdout=heard
        )
    # Then it prints which, and with whom they are
    try:
        wait_until(lambda: len(output.read_text().splitlines()) >= 2, "both escalations heard", 60)
    finally:
        process.terminate()
        process.wait(LIMIT_SECONDS)
    lines = [line.split()[1:] for line in output.read_text().splitlines()]
    assert sorted(lines) == [["C-1", "vendor", "normal"], ["C-3", "vendor", "normal"]]
