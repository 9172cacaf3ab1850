"""The dry run of an import: what would become of each row, without a store, and with nothing stored."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from uuid import UUID

import msgspec

from casecore.cases.decider import CASES
from casecore.cases.state import Case
from casecore.commands.admission import Admission
from casecore.commands.batch import NEW_STREAM, Answer, StreamState, decide_batch
from casecore.decider.command import Command
from casecore.imports.importer import run_import
from casecore.imports.mapping import Mapping
from casecore.imports.places import ValuesOnDisk
from casecore.imports.rejects import FirstRejects, RejectedRow
from casecore.imports.summary import ImportProgress, ImportSummary
from casecore.imports.translation import Translator
from casecore.store.records import Loaded

MOST_REJECTS_LISTED = 1_000
"""Rejected rows of a check that are listed; further ones are only counted."""
RECENT_CASES = 2_000
"""Cases whose state is kept in memory before all are written to the disk; a few MB."""


class ImportCheck(NamedTuple):
    """What an import into an empty store would do, and its first rejected rows."""

    summary: ImportSummary
    rejects: list[RejectedRow]


class DryRun:
    """Answers commands on cases as a bus on an empty store does, and stores nothing; a context manager.

    The cases that the commands make are kept on disk, so that memory is constant for any number.
    """

    def __init__(self, vendor: str, now: datetime) -> None:
        """`vendor` is the vendor's organisation; nothing happens later than `now`."""
        self._vendor = vendor
        self._loaded = Loaded([], {}, now)
        self._admission = Admission([CASES])
        self._recent: dict[UUID, StreamState] = {}
        self._states = ValuesOnDisk()
        self._decode = msgspec.msgpack.Decoder(tuple[Case, int]).decode

    def submit(self, command: Command) -> Future[Answer]:
        """Decide a command at once; raises CommandMalformed, and answers with other refusals."""
        admitted = self._admission.admit(command)
        stream_id = admitted.stream_id
        decided = decide_batch([admitted], self._loaded, {stream_id: self._state(stream_id)}, self._vendor)
        self._recent[stream_id] = decided.streams[stream_id]
        if len(self._recent) >= RECENT_CASES:
            self._keep()
        future: Future[Answer] = Future()
        [answer] = decided.answers
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
        return future

    def _state(self, stream_id: UUID) -> StreamState:
        recent = self._recent.get(stream_id)
        if recent is not None:
            return recent
        raw = self._states.get(stream_id.bytes)
        return NEW_STREAM if raw is None else StreamState(*self._decode(raw))

    def _keep(self) -> None:
        for stream_id, stream in self._recent.items():
            if stream.state is not None:  # its opening was refused
                self._states.put(stream_id.bytes, msgspec.msgpack.encode((stream.state, stream.version)))
        self._recent.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._states.__exit__(kind, error, trace)


def check_file(
    path: Path,
    mapping: Mapping,
    vendor: str,
    *,
    mapping_file: str = "the mapping",
    on_progress: Callable[[ImportProgress], None] | None = None,
) -> ImportCheck:
    """What importing a file into an empty store would do; nothing is stored, and no file is written.

    Raises InvalidMapping, SourceBroken, ImportIncomplete and OSError, as the import does.
    """
    translator = Translator(mapping, vendor, mapping_file)
    rejected = FirstRejects(MOST_REJECTS_LISTED)
    with DryRun(vendor, datetime.now(UTC)) as bus:
        summary = run_import(path, mapping, translator, bus, rejected, on_progress)
    return ImportCheck(summary, rejected.first)
