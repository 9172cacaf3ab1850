"""The rejects file: it replaces an earlier one at the end, and never anything else."""

from __future__ import annotations

import csv
import json
import os
import re
from pathlib import Path

import pytest

from casecore.imports.errors import InvalidRejectsPath
from casecore.imports.rejects import CaseRejects
from casecore.imports.source_file import SourceRow
from casecore.postgres.errors import DatabaseUnavailable
from tests.imports.fake_bus import BAD_ROW, HEADER, ROW, AnsweringBus, imported, mapping_file

EARLIER = "line,case,place,reason,row\r\n2,7,1,earlier,{}\r\n"


@pytest.fixture
def source(tmp_path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(HEADER + ROW + BAD_ROW)
    return path


def refuse(folder: Path, path: Path) -> None:
    """The path is refused before a command is given, and every file of the folder is as it was."""
    bus = AnsweringBus()
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    with pytest.raises(InvalidRejectsPath, match="name another path for the rejected rows") as wrong:
        imported(folder / "log.csv", bus, path)
    assert wrong.value.path == path
    assert bus.commands == []
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before


@pytest.mark.parametrize("given", ["log.csv", "map.toml"])
@pytest.mark.parametrize("by", ["itself", "another way", "a symbolic link", "a hard link"])
def test_the_source_and_the_mapping_are_never_overwritten(tmp_path, source, given, by):
    # Given a path that is the source or the mapping, by whatever name, also if it looks like rejects,
    mapping_file(tmp_path, "csv")
    source.write_text(EARLIER)
    file, link = tmp_path / given, tmp_path / "link.csv"
    if by == "a symbolic link":
        link.symlink_to(file)
    elif by == "a hard link":
        os.link(file, link)
    path = {"itself": file, "another way": tmp_path / ".." / tmp_path.name / given}.get(by, link)
    # when rejects are to be listed there, then it is refused, and nothing is lost.
    refuse(tmp_path, path)


@pytest.mark.parametrize("content", [b"", b"my only notes", b"line,case\r\n", EARLIER.encode()[3:]])
def test_what_is_no_rejects_file_is_never_overwritten(tmp_path, source, content):
    mapping_file(tmp_path, "csv")
    path = tmp_path / "notes.csv"
    path.write_bytes(content)
    refuse(tmp_path, path)


def test_a_folder_and_what_cannot_be_written_are_refused(tmp_path, source):
    mapping_file(tmp_path, "csv")
    refuse(tmp_path, tmp_path)
    refuse(tmp_path, tmp_path / "no folder" / "rejects.csv")
    refuse(tmp_path, source / "rejects.csv")
    refuse(tmp_path, Path("/dev/null"))


def test_an_earlier_rejects_file_is_replaced_at_the_end_only(tmp_path, source, monkeypatch):
    # Given the rejects of an earlier import,
    monkeypatch.setattr("casecore.imports.summary.PROGRESS_EVERY_SECONDS", 0)
    path = tmp_path / "log.csv.rejects.csv"
    path.write_text(EARLIER, newline="")
    during = []
    # when the file is imported again, then they stand until it ends, and the new ones after it;
    imported(source, on_progress=lambda progress: during.append((progress.rejected, path.read_bytes())))
    assert during[-1] == (1, EARLIER.encode())
    assert "yesterday" in path.read_text()
    assert "earlier" not in path.read_text()
    # and when nothing is rejected any more, then there is no such file.
    source.write_text(HEADER + ROW)
    assert imported(source).rejects is None
    assert sorted(file.name for file in tmp_path.iterdir()) == ["log.csv", "map.toml"]


def test_an_import_that_fails_leaves_an_earlier_rejects_file(tmp_path, source):
    path = tmp_path / "log.csv.rejects.csv"
    path.write_text(EARLIER, newline="")
    with pytest.raises(DatabaseUnavailable):
        imported(source, AnsweringBus({1: DatabaseUnavailable("unavailable")}))
    assert path.read_bytes() == EARLIER.encode()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["log.csv", path.name, "map.toml"]


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", " =", "x;=", "x|-"])
def test_no_cell_is_a_formula_for_a_spreadsheet(tmp_path, begins):
    # Given a row that is rejected, all of whose texts are formulas, or are once they are split elsewhere
    formula = f'{begins}cmd|"/c calc"!A1'
    row = SourceRow(formula, 1, 7, {formula: formula}, None)
    # When it is listed
    with CaseRejects(tmp_path / "rejects.csv") as rejects:
        rejects.add(row, formula)
    # Then no cell is one, and the row's own texts are as they were
    with (tmp_path / "rejects.csv").open(newline="") as file:
        (listed,) = csv.DictReader(file)
    assert not [text for text in listed.values() if re.search(r"(^|[;|\t])\s*[=+\-@]", text)]
    assert json.loads(listed["row"]) == {formula: formula}
