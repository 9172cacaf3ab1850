"""Imports: another system's log, and tables of parties and licence packages, into commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from casecore.app.application import Application
from casecore.commands.on_behalf import submitter_for
from casecore.decider.command import GivenActor
from casecore.imports.check import ImportCheck, check_file
from casecore.imports.importer import import_file
from casecore.imports.mapping import read_mapping
from casecore.imports.registers.licence_rows import LICENCE_TABLE as LICENCE_TABLE
from casecore.imports.registers.party_rows import PARTY_TABLE as PARTY_TABLE
from casecore.imports.registers.table_importer import TableSummary, import_table
from casecore.imports.registers.tables import ImportTable
from casecore.imports.sketch.writing import sketch
from casecore.imports.summary import ImportProgress, ImportSummary


def import_log(
    app: Application,
    file: Path,
    mapping: Path,
    rejects: Path | None = None,
    on_progress: Callable[[ImportProgress], None] | None = None,
    on_behalf_of: GivenActor | None = None,
) -> ImportSummary:
    """Import another system's log; what was imported before is not stored again, whoever asked then.

    The system does it; `on_behalf_of` is who asked for it, which each event says that is stored.
    Raises InvalidMapping, InvalidRejectsPath, SourceBroken, ImportIncomplete, OSError, DatabaseUnavailable.
    """
    return import_file(
        file,
        read_mapping(mapping),
        submitter_for(app.bus.sequence(), on_behalf_of),
        app.settings.vendor,
        mapping_file=str(mapping),
        rejects=rejects,
        on_progress=on_progress,
    )


def check_log(
    vendor: str, file: Path, mapping: Path, on_progress: Callable[[ImportProgress], None] | None = None
) -> ImportCheck:
    """What importing a log into an empty store would do; needs no server, and stores nothing.

    Raises InvalidMapping, SourceBroken, ImportIncomplete and OSError.
    """
    return check_file(file, read_mapping(mapping), vendor, mapping_file=str(mapping), on_progress=on_progress)


def sketch_mapping(file: Path) -> str:
    """The text of a first mapping for a log; raises SourceBroken and OSError."""
    return sketch(file)


def import_rows(
    app: Application,
    table: ImportTable,
    file: Path,
    actor: GivenActor,
    delimiter: str = ",",
    rejects: Path | None = None,
    on_progress: Callable[[ImportProgress], None] | None = None,
) -> TableSummary:
    """Import a table of parties or licence packages; what was imported before is not stored again.

    Raises InvalidRejectsPath, SourceBroken, OSError and DatabaseUnavailable.
    """
    return import_table(
        file,
        table,
        app.bus.sequence(),
        actor,
        delimiter=delimiter,
        rejects=rejects,
        on_progress=on_progress,
    )
