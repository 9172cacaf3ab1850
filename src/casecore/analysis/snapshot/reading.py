"""Reading an export: what there is, whether all of it is there, and its tables."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from casecore.analysis.errors import ExportUnreadable
from casecore.analysis.snapshot.files import read_facts, read_file
from casecore.analysis.snapshot.folder import latest_in
from casecore.analysis.snapshot.layout import FileFacts
from casecore.analysis.tables.catalogue import EVENTS, TABLES


class ExportFile(NamedTuple):
    """A file of an export, and what it says of itself."""

    path: Path
    facts: FileFacts


class Snapshot(NamedTuple):
    """An export at a position, of which every file is there; `files` are by table and bucket, in order."""

    folder: Path
    facts: FileFacts
    files: dict[str, list[list[ExportFile]]]

    @property
    def left_out(self) -> tuple[str, ...]:
        """The cases that are not in it, since only a newer program can read them."""
        return tuple(
            sorted(case for number in range(self.facts.buckets) for case in self.left_out_of(number))
        )

    def left_out_of(self, number: int) -> tuple[str, ...]:
        """Those of one bucket."""
        files = (file for buckets in self.files.values() for file in buckets[number])
        return tuple(sorted({case for file in files for case in file.facts.left_out}))

    def paths(self, name: str) -> list[Path]:
        """A table's files; raises ExportUnreadable for one that is not there."""
        return [file.path for files in self._buckets(name) for file in files]

    def table(self, name: str) -> pa.Table:
        """A whole table; raises ExportUnreadable for one that is not there."""
        return pa.concat_tables([self.bucket(name, number) for number in range(len(self._buckets(name)))])

    def bucket(self, name: str, number: int) -> pa.Table:
        """A table's rows of one bucket, sorted as the catalogue says. Raises ExportUnreadable."""
        files = self._buckets(name)[number]
        parts = [read_file(file.path) for file in files]
        if len(parts) == 1:
            return parts[0]
        whole = pa.concat_tables(parts).unify_dictionaries()
        return whole.sort_by([(column, "ascending") for column in TABLES[name].order])

    def events_of(self, case: str, number: int) -> pa.Table:
        """The events of one case, which is in this bucket; only what may have it is read."""
        only = [("case", "==", case)]
        parts = [read_file(file.path, only) for file in self._buckets(EVENTS)[number]]
        return pa.concat_tables(parts).unify_dictionaries().sort_by("version")

    def _buckets(self, name: str) -> list[list[ExportFile]]:
        if name not in self.files:
            raise ExportUnreadable(
                f"{self.folder} has no table {name}, it was exported with {', '.join(self.files)}: "
                "export it, too"
            )
        return self.files[name]


def open_snapshot(folder: Path) -> Snapshot:
    """The latest snapshot in a folder of exports, or the one that the folder is.

    Looks at every file, and raises ExportUnreadable if one is missing or cut, or it is no export.
    """
    place = latest_in(folder) or folder
    if not place.is_dir():
        raise ExportUnreadable(f"{folder} is no folder: name one that `casecore export` made")
    found: dict[str, list[ExportFile]] = {}
    for name in TABLES:
        paths = sorted((place / name).glob("*.parquet"))
        if paths:
            found[name] = [ExportFile(path, read_facts(path)) for path in paths]
    if not found:
        raise ExportUnreadable(f"{folder} is no export: name a folder that `casecore export` made")
    facts = max((file.facts for files in found.values() for file in files), key=lambda one: one.position)
    missing = [name for name in facts.tables if name not in found]
    if missing:
        raise ExportUnreadable(f"{place / missing[0]} is missing: export again")
    return Snapshot(
        place, facts, {name: _complete(place, name, files, facts) for name, files in found.items()}
    )


def _complete(place: Path, name: str, files: list[ExportFile], of: FileFacts) -> list[list[ExportFile]]:
    """A table's files by bucket; raises ExportUnreadable unless every event's place is in one of them."""
    buckets: dict[int, list[ExportFile]] = defaultdict(list)
    for file in sorted(files, key=lambda one: (one.facts.bucket, one.facts.after)):
        if file.facts.table != name or file.facts.buckets != of.buckets:
            raise ExportUnreadable(f"{file.path} is of another export: take it away, or export again")
        buckets[file.facts.bucket].append(file)
    for number in range(of.buckets):
        after = 0
        for file in buckets[number]:
            if file.facts.after != after:
                break
            after = file.facts.position
        if after != of.position:
            whole = of.named(name)
            raise ExportUnreadable(
                f"{place / name}: bucket {number} of {of.buckets} is missing from position {after:,} to "
                f"{whole.position:,}: export again"
            )
    return [buckets[number] for number in range(of.buckets)]
