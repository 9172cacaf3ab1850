"""An import without a store: a bus that admits commands as the real one does, and answers as a test says."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

from casecore.cases.commands import CaseCommand
from casecore.cases.decider import CASES
from casecore.commands.admission import Admission
from casecore.commands.batch import Answer
from casecore.imports.importer import import_file
from casecore.imports.mapping import read_mapping
from casecore.imports.summary import ImportSummary

MAPPING = """
[source]
name = "desk"
format = "{format}"
case = "{case}"
activity = "activity"
time = "at"

[case]
reference = "D-{{case}}"
customer = "customer"
seller = "reseller"
category = "technical_support"
topic = "troubleshooting"
"""
HEADER = "id,activity,at,note\n"
ROW = "7,Start,2024-05-01T10:00:00Z,\n"
BAD_ROW = "7,Start,yesterday,\n"


class AnsweringBus:
    """Answers at once; a failure, from the command with this number on."""

    def __init__(self, failures: dict[int, Exception] | None = None) -> None:
        self.commands: list[CaseCommand] = []
        self.failures = failures or {}
        self._admission = Admission([CASES])

    def submit(self, command: CaseCommand) -> Future[Answer]:
        self._admission.admit(command)
        self.commands.append(command)
        future: Future[Answer] = Future()
        self.answer(len(self.commands), future)
        return future

    def answer(self, number: int, future: Future[Answer]) -> None:
        command_id = self.commands[number - 1].command_id
        if number in self.failures:
            future.set_exception(self.failures[number])
        else:
            future.set_result(Answer(command_id, command_id, number, 1, ("casecore.case.taken.v1",)))


def mapping_file(folder: Path, kind: str) -> Path:
    """A mapping for CSV or XES in this folder."""
    path = folder / "map.toml"
    path.write_text(MAPPING.format(format=kind, case="id" if kind == "csv" else "concept:name"))
    return path


def imported(
    source: Path,
    bus: object = None,
    rejects: Path | None = None,
    mapping_in: Path | None = None,
    **more: object,
) -> ImportSummary:
    """Import a file with the mapping that stands beside it, or in another folder."""
    mapping = mapping_file(mapping_in or source.parent, "xes" if ".xes" in source.name else "csv")
    return import_file(
        source,
        read_mapping(mapping),
        bus or AnsweringBus(),
        "vendor",
        mapping_file=str(mapping),
        rejects=rejects,
        **more,
    )
