"""What an import counts, and reports while it runs and at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

import msgspec

from casecore.errors.kinds import CasecoreError, Kind
from casecore.imports.errors import RowsDoNotAddUp, SourceBroken
from casecore.imports.rejects import Rejects, RejectsFile
from casecore.imports.source_file import SourceFile

MOST_UNLISTED = 1_000
"""Names of unlisted activities that are counted separately; further ones are counted together."""
PROGRESS_EVERY_SECONDS = 0.2


class ImportProgress(NamedTuple):
    """How far an import is; `fraction` is the share of the file's bytes, from 0 to 1."""

    rows: int
    stored: int
    repeated: int
    rejected: int
    fraction: float


class ImportSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file: `rows` = `stored` + `repeated` + `rejected`.

    Of the rows stored now, `implied` counts the moves added before them, and `noted` the rows kept as a note.
    `actions` counts the events of the rows stored now, by action. `unlisted` counts the rows of each activity
    that the mapping does not list, `went_back` those from before an earlier row of their case, where the
    mapping does not say which order the file has. Of rows with a `shortened_time` the digits after the sixth
    of a second were cut, and `truncated` rows had a text that was cut. `notes` says what was done to the file
    as a whole. `rejects` is the file that lists the rejected rows, if there are any.
    """

    source: str
    rows: int
    stored: int
    repeated: int
    rejected: int
    implied: int
    noted: int
    cases: int
    actions: dict[str, int]
    unlisted: dict[str, int]
    went_back: int
    shortened_time: int
    truncated: int
    notes: list[str]
    rejects: str | None
    seconds: float

    @property
    def needs_a_look(self) -> bool:
        """Whether rows were rejected, or may have come in the wrong order."""
        return self.rejected > 0 or self.went_back > 0


class ImportIncomplete(CasecoreError):
    """The file could be read up to a line only; what came before is imported, as `summary` says."""

    kind = Kind.DIFFERENCE

    def __init__(self, summary: ImportSummary, broken: SourceBroken) -> None:
        super().__init__(f"{broken}. The {summary.rows} rows before it were imported")
        self.summary = summary
        self.broken = broken


@dataclass
class Tally:
    """The counts, as they grow."""

    rows: int = 0
    stored: int = 0
    repeated: int = 0
    implied: int = 0
    noted: int = 0
    went_back: int = 0
    shortened_time: int = 0
    truncated: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    unlisted: dict[str, int] = field(default_factory=dict)

    def count_unlisted(self, activity: str) -> None:
        """Count a row whose activity the mapping does not list."""
        name = activity if activity in self.unlisted or len(self.unlisted) < MOST_UNLISTED else "(others)"
        self.unlisted[name] = self.unlisted.get(name, 0) + 1


def summarise(
    source: str, tally: Tally, rejected: Rejects, cases: int, notes: list[str], seconds: float
) -> ImportSummary:
    """The summary of an import; raises RowsDoNotAddUp if a row was lost."""
    if tally.rows != tally.stored + tally.repeated + rejected.count:
        raise RowsDoNotAddUp(
            f"{tally.rows} rows were read, {tally.stored} stored, "
            f"{tally.repeated} repeated, {rejected.count} rejected"
        )
    return ImportSummary(
        source=source,
        rows=tally.rows,
        stored=tally.stored,
        repeated=tally.repeated,
        rejected=rejected.count,
        implied=tally.implied,
        noted=tally.noted,
        cases=cases,
        actions=dict(sorted(tally.actions.items())),
        unlisted=dict(sorted(tally.unlisted.items())),
        went_back=tally.went_back,
        shortened_time=tally.shortened_time,
        truncated=tally.truncated,
        notes=notes,
        rejects=str(rejected.path) if rejected.count else None,
        seconds=round(seconds, 3),
    )


class ProgressReporter:
    """Reports to the caller how far the import is, a few times a second."""

    def __init__(
        self,
        tally: Tally,
        rejected: Rejects | RejectsFile,
        source: SourceFile,
        on_progress: Callable[[ImportProgress], None] | None,
    ) -> None:
        self._tally = tally
        self._rejected = rejected
        self._source = source
        self._on_progress = on_progress
        self._due_at = 0.0

    def now_and_then(self) -> None:
        """Report if the last report is long enough ago."""
        if self._on_progress is not None and monotonic() >= self._due_at:
            self.now()

    def now(self) -> None:
        """Report."""
        if self._on_progress is None:
            return
        self._due_at = monotonic() + PROGRESS_EVERY_SECONDS
        tally = self._tally
        progress = ImportProgress(
            tally.rows, tally.stored, tally.repeated, self._rejected.count, self._source.fraction_read()
        )
        self._on_progress(progress)
