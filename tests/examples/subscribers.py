"""The programs of examples/, as processes of their own, and what each has kept in its database."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from casecore.kafka.cluster import Cluster
from tests.examples.reference import Kept
from tests.waiting import LIMIT_SECONDS, wait_until

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTHING: Mapping[str, str] = MappingProxyType({})


class Example(NamedTuple):
    """One program of examples/: its name, and how it is started from the folder of its language."""

    name: str
    command: Callable[[Path], Sequence[str | Path]]
    folder: Path


def python_example(name: str) -> Example:
    """A program of examples/python."""
    return Example(name, lambda folder: (sys.executable, folder / f"{name}.py"), EXAMPLES / "python")


class Subscriber:
    """An example at work, with a database and a group of its own."""

    def __init__(
        self,
        example: Example,
        home: Path,
        cluster: Cluster,
        topic: str,
        environment: Mapping[str, str] = NOTHING,
        folder: Path | None = None,
    ) -> None:
        """`environment` is what it is told besides; `folder` a changed copy of the example's."""
        self.name = example.name
        self._folder = folder or example.folder
        self._command = [str(word) for word in example.command(self._folder)]
        home.mkdir(parents=True, exist_ok=True)
        self._database, self._complaints = home / "open-cases.db", home / "complaints"
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "KAFKA_BOOTSTRAP": cluster.bootstrap,
            "KAFKA_USER": cluster.options().user,
            "KAFKA_PASSWORD": cluster.options().password,
            "TOPIC": topic,
            "GROUP": f"{topic}.{example.name}.{home.name}",
            "DATABASE": str(self._database),
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        with self._complaints.open("ab") as complaints:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdout=complaints, stderr=complaints
            )

    def ended(self) -> int | None:
        """Its exit code, if it has ended by itself."""
        return None if self._process is None else self._process.poll()

    def kill(self) -> None:
        """SIGKILL, and reap."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(LIMIT_SECONDS)

    def complained(self) -> str:
        """The end of what it printed."""
        return self._complaints.read_text(errors="replace")[-3_000:] if self._complaints.exists() else ""

    def kept(self) -> Kept:
        """What its tables have now."""
        open_cases = self._rows("select reference, seller, level from open_cases")
        minutes = self._rows("select seller, level, minutes from efforts")
        return Kept(frozenset(open_cases), {(seller, level): sum_ for seller, level, sum_ in minutes})

    def set_aside(self) -> list[tuple[str | None, str]]:
        """The keys and reasons of what is set aside, in the order of their offsets."""
        rows = self._rows("select key, reason from set_aside order by topic, partition, offset")
        return [(None if key is None else bytes(key).decode(), reason) for key, reason in rows]

    def progress(self) -> object:
        """Something that is another one whenever it has kept more."""
        return self._rows("select (select count(*) from dealt_with), (select total(next) from offsets)")

    def wait_for(self, wanted: Callable[[], bool], what: str, pause_seconds: float = 0.05) -> None:
        """Until something holds; fails at once where the program has ended by itself."""

        def holds() -> bool:
            assert self.ended() is None, f"{self.name} ended with {self.ended()}: {self.complained()}"
            return wanted()

        try:
            wait_until(holds, what, 120, pause_seconds)
        except AssertionError as late:
            kept = f"{self.kept()}, {self.set_aside()}"
            raise AssertionError(f"{self.name}: {late}\n{kept}\n{self.complained()}") from None

    def _rows(self, query: str) -> list[tuple[object, ...]]:
        """None while there is no table yet."""
        try:
            with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=30)) as database:
                return database.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []


def updated(example: Example, into: Path) -> Path:
    """A copy of an example's folder that knows version 2 of an escalation."""
    shutil.copytree(example.folder, into, symlinks=True, dirs_exist_ok=True)
    changed = 0
    for file in _sources(into):
        text, found = re.subn(r'("casecore\.case\.escalated"[:,] )1\b', r"\g<1>2", file.read_text())
        if found:
            file.write_text(text)
            changed += found
    assert changed == 1
    return into


def _sources(folder: Path) -> Iterable[Path]:
    return [path for path in folder.iterdir() if path.suffix in (".py", ".mjs", ".java")]
