"""A file imported into nothing: what the real decider makes of each row, for tests without a store."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from casecore.cases.commands import CaseCommand
from casecore.commands.batch import Answer
from casecore.decider.command import Command
from casecore.imports.check import DryRun
from casecore.imports.importer import run_import
from casecore.imports.mapping import read_mapping
from casecore.imports.rejects import FirstRejects
from casecore.imports.summary import ImportSummary
from casecore.imports.translation import Translator

STRANGERS = Path(__file__).parent / "strangers"
NOW = datetime(2026, 1, 1, tzinfo=UTC)

CSV = """
[source]
name = "strangers"
format = "csv"
case = "case"
activity = "activity"
time = "time"
resource = "person"
"""
CASE = """
[case]
reference = "S-{case}"
customer = "customer"
seller = "reseller"
category = "technical_support"
topic = "troubleshooting"
"""
ACTIVITIES = """
[[activity]]
name = "Opened"
attempts = [{ action = "open" }]

[[activity]]
name = "Taken"
attempts = [{ action = "take" }]

[[activity]]
name = "Resolved"
attempts = [{ action = "resolve", resolution_code = "solved" }]

[[activity]]
name = "Closed"
attempts = [{ action = "close" }]
"""
MAPPING = CSV + CASE + ACTIVITIES


class Became(NamedTuple):
    """What a row became: its case, its own event, and when that happened."""

    case: str
    event: str
    at: str


class Outcome(NamedTuple):
    """What came of a file: the events of its rows in order, the commands, the summary, and the rejects."""

    events: list[Became]
    commands: list[CaseCommand]
    summary: ImportSummary
    reasons: dict[int, str]
    """By the line."""


class _Recorder(DryRun):
    def __init__(self) -> None:
        super().__init__("vendor", NOW)
        self.events: list[Became] = []
        self.commands: list[CaseCommand] = []

    def submit(self, command: Command) -> Future[Answer]:
        future = super().submit(command)
        assert isinstance(command, CaseCommand)
        if future.exception() is None:
            at = command.occurred_at
            assert at is not None
            event = future.result().types[-1].split(".")[2]
            self.events.append(Became(command.case, event, f"{at.replace(tzinfo=None).isoformat()}Z"))
            self.commands.append(command)
        return future


def outcome(folder: Path, source: Path, mapping: str = MAPPING) -> Outcome:
    """What a file becomes with this mapping, which is written into the folder."""
    path = folder / "map.toml"
    path.write_text(mapping, encoding="utf-8")
    rejected = FirstRejects(100)
    read = read_mapping(path)
    with _Recorder() as bus:
        summary = run_import(source, read, Translator(read, "vendor", path.name), bus, rejected, None)
    return Outcome(bus.events, bus.commands, summary, {row.line: row.reason for row in rejected.first})


def in_source(*lines: str) -> str:
    """The mapping with these lines more in [source]."""
    return CSV + "\n".join(lines) + CASE + ACTIVITIES


def of_text(folder: Path, text: str, mapping: str = MAPPING, name: str = "log.csv") -> Outcome:
    """What a file with this text becomes."""
    source = folder / name
    source.write_text(text, encoding="utf-8", newline="")
    return outcome(folder, source, mapping)
