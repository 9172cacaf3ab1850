"""A log or a table that comes through a pipe, which cannot be measured and is read once. No server."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.imports.errors import InvalidRejectsPath
from casecore.imports.registers.party_rows import PARTY_TABLE
from casecore.imports.registers.table_importer import import_table
from casecore.imports.sketch.writing import sketch
from casecore.imports.summary import ImportProgress
from tests.imports.fake_bus import BAD_ROW, HEADER, ROW, AnsweringBus, imported
from tests.waiting import LIMIT_SECONDS

LOG = (HEADER + ROW + BAD_ROW).encode()


@pytest.fixture
def piped(tmp_path: Path) -> Callable[..., Path]:
    """A named pipe, into which somebody writes these pieces, one after the other."""
    feeders = []

    def pipe(*pieces: bytes) -> Path:
        path = tmp_path / "log.csv"
        path.unlink(missing_ok=True)
        os.mkfifo(path)

        def feed() -> None:
            with path.open("wb", buffering=0) as file:
                for piece in pieces:
                    file.write(piece)

        feeders.append(Thread(target=feed, daemon=True))
        feeders[-1].start()
        return path

    return pipe


@pytest.mark.timeout(LIMIT_SECONDS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_log_is_imported_from_a_pipe(piped, tmp_path, monkeypatch, pack):
    monkeypatch.setattr("casecore.imports.summary.PROGRESS_EVERY_SECONDS", 0)
    heard: list[ImportProgress] = []
    rejects = tmp_path / "rejects.csv"
    # Given a log that comes byte by byte, so that the first piece does not say what it is,
    source = piped(*(bytes([byte]) for byte in pack(LOG)))
    summary = imported(source, rejects=rejects, on_progress=heard.append)
    assert (summary.rows, summary.stored, summary.rejected) == (2, 1, 1)
    assert "yesterday" in rejects.read_text()
    assert heard[-1].fraction == 1.0


@pytest.mark.timeout(LIMIT_SECONDS)
def test_a_first_mapping_is_made_of_a_pipe(piped, tmp_path):
    file = tmp_path / "same.csv"
    file.write_bytes(LOG)
    of_file = sketch(file).replace("same", "log")
    assert sketch(piped(*(bytes([byte]) for byte in LOG))) == of_file


@pytest.mark.timeout(LIMIT_SECONDS)
def test_a_table_is_imported_from_a_pipe(piped, tmp_path):
    # Given a table of parties with one row, which has too few cells,
    header = ",".join(dict.fromkeys((PARTY_TABLE.key, *PARTY_TABLE.needed)))
    source = piped(header.encode(), b"\nnord\n")
    actor = GivenActor("vera", "vendor", Role.VENDOR)
    heard: list[ImportProgress] = []
    rejects = tmp_path / "rejects.csv"
    done = import_table(source, PARTY_TABLE, AnsweringBus(), actor, rejects=rejects, on_progress=heard.append)
    assert (done.rows, done.rejected, heard[-1].fraction) == (1, 1, 1.0)


@pytest.mark.timeout(LIMIT_SECONDS)
@pytest.mark.parametrize("of", ["a pipe", "/dev/stdin"])
def test_rejected_rows_of_a_pipe_need_a_path(tmp_path, of):
    # Given a pipe, into which nobody writes, and no path for what is rejected,
    source = Path(of)
    if of == "a pipe":
        source = tmp_path / "log.csv"
        os.mkfifo(source)
    refused = "would stand beside a pipe or a device: name another path for the rejected rows"
    # then that is said before anything is read.
    with pytest.raises(InvalidRejectsPath, match=refused):
        imported(source, mapping_in=tmp_path)
    actor = GivenActor("vera", "vendor", Role.VENDOR)
    with pytest.raises(InvalidRejectsPath, match=refused):
        import_table(source, PARTY_TABLE, AnsweringBus(), actor)
