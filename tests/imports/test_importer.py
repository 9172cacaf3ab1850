"""The importer's own duties: it stops at a failure, holds little, and says what a broken file is."""

from __future__ import annotations

import csv
import errno
import gzip
import re
from concurrent.futures import Future

import msgspec
import pytest

from casecore.commands import window
from casecore.commands.batch import Answer
from casecore.commands.errors import SequenceBroken
from casecore.imports import importer
from casecore.imports.errors import SourceBroken
from casecore.imports.source_file import SourceFile
from casecore.imports.summary import ImportIncomplete, ImportProgress
from casecore.postgres.errors import DatabaseUnavailable
from tests.imports.fake_bus import BAD_ROW, HEADER, ROW, AnsweringBus, imported


class LateBus(AnsweringBus):
    """Answers all that waits, in order, when it is asked, or when `most_waiting` commands wait."""

    def __init__(self, most_waiting: int, failures: dict[int, Exception] | None = None) -> None:
        super().__init__(failures)
        self.waiting: list[tuple[int, Future[Answer]]] = []
        self.most_bytes = 0
        self._most_waiting = most_waiting

    def answer(self, number: int, future: Future[Answer]) -> None:
        self.waiting.append((number, future))
        if len(self.waiting) == self._most_waiting:
            self.answer_all()

    def answer_all(self) -> None:
        waits = [self.commands[number - 1] for number, _ in self.waiting]
        self.most_bytes = max(self.most_bytes, sum(len(msgspec.json.encode(command)) for command in waits))
        for number, future in self.waiting:
            super().answer(number, future)
        self.waiting.clear()


def test_a_failure_stops_the_reading_at_once(tmp_path):
    # Given a store that becomes unavailable at the tenth of many rows,
    source = tmp_path / "log.csv"
    source.write_text(HEADER + ROW * 5_000)
    bus = AnsweringBus({10: DatabaseUnavailable("unavailable")})
    # when they are imported, then that is said, and no row after it is given to the store.
    with pytest.raises(DatabaseUnavailable, match="unavailable"):
        imported(source, bus)
    assert len(bus.commands) == 10


def test_a_failure_that_is_known_late_stops_the_reading_and_counts_nothing_after_it(tmp_path, monkeypatch):
    # Given a bus that answers sixty rows together: thirty are stored, one fails, and so all after it,
    monkeypatch.setattr("casecore.imports.summary.PROGRESS_EVERY_SECONDS", 0)
    source = tmp_path / "log.csv"
    source.write_text(HEADER + ROW * 5_000)
    after = {number: SequenceBroken() for number in range(32, 10_000)}
    bus = LateBus(60, {31: DatabaseUnavailable("unavailable"), **after})
    reports: list[ImportProgress] = []
    # when they are imported, then the first failure is the one that is raised, and reading has stopped.
    with pytest.raises(DatabaseUnavailable, match="unavailable"):
        imported(source, bus, on_progress=reports.append)
    assert len(bus.commands) == 60
    assert max(progress.stored for progress in reports) <= 30


def test_rows_under_way_are_bounded_by_their_size(tmp_path, monkeypatch):
    # Given rows of 2 KB each and a bus that answers only when it must,
    source = tmp_path / "log.csv"
    source.write_text(HEADER + ROW.replace(",\n", f",{'x' * 2_000}\n") * 1_000)
    bus = LateBus(1_001)
    monkeypatch.setattr(importer, "WINDOW_BYTES", 100_000)
    monkeypatch.setattr(window, "wait", lambda _: bus.answer_all())
    # when they are imported, then never more than the bound is under way, and all arrive.
    assert imported(source, bus).stored == 1_000
    assert 40_000 < bus.most_bytes <= 100_000


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00", "has no column 'id'"),
        ("empty.csv", b"", "has no header"),
        ("page.xes", b"<html><event/></html>", "begins with <html>"),
        ("text.xes", b"dear all", "is not well-formed XML"),
        ("cut.xes.gz", gzip.compress(b"<log><trace><event/></trace></log>" * 9, mtime=0)[:15], "cut off"),
    ],
    ids=["picture", "nothing", "page", "text", "cut"],
)
def test_a_file_without_a_row_before_it_breaks_is_no_log(tmp_path, name, content, reason):
    # Given a file that is something else, and the rejects of an earlier import,
    source = tmp_path / name
    source.write_bytes(content)
    earlier = tmp_path / f"{name}.rejects.csv"
    earlier.write_text("line,case,place,reason,row\r\n", newline="")
    # when it is imported, then it is broken, not incomplete, and nothing was done.
    with pytest.raises(SourceBroken, match=reason):
        imported(source)
    assert earlier.exists()


def test_a_file_of_which_a_row_was_read_is_incomplete_also_if_that_row_was_rejected(tmp_path):
    source = tmp_path / "log.xes"
    source.write_text("<log><trace><event></event>")
    with pytest.raises(ImportIncomplete) as incomplete:
        imported(source)
    assert incomplete.value.summary.rejected == 1


@pytest.mark.parametrize("name", ["log.csv", "log.xes"])
def test_a_disk_that_fails_is_not_taken_for_a_broken_file(tmp_path, monkeypatch, name):
    source = tmp_path / name
    source.write_text(HEADER + ROW)

    def fail(*_: object) -> bytes:
        raise OSError(errno.EIO, "the disk fails")

    monkeypatch.setattr(SourceFile, "read", fail)
    monkeypatch.setattr("casecore.imports.csv_rows._Lines._read", fail)
    with pytest.raises(OSError, match="the disk fails"):
        imported(source)
    assert not list(tmp_path.glob(".rejects*"))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("7\u200b,Start,2024-05-01T10:00:00Z,", r"case is 'D-7\\u200b', .* U\+200B \(ZERO WIDTH SPACE\)"),
        ("7 ,Start,2024-05-01T10:00:00Z,", "case is 'D-7 ', with a space at one of its ends"),
        ("7,Sta\u202ert,2024-05-01T10:00:00Z,", r"activity is 'Sta\\u202ert', .* nobody sees: U\+202E .*"),
        ('7,"Sta\nrt",2024-05-01T10:00:00Z,', r"activity is 'Sta\\nrt', .* nobody sees: U\+000A .*"),
    ],
)
def test_a_row_with_a_character_that_nobody_sees_is_rejected_with_that_character(tmp_path, row, reason):
    # Given a row whose case or activity has such a character, and another row of many lines of free text,
    source = tmp_path / "log.csv"
    source.write_text(HEADER + row + "\n" + ROW.replace(",\n", ',"free\ntext\u200b"\n') + BAD_ROW)
    rejects = tmp_path / "rejects.csv"
    # when they are imported, then the first is listed with the character, and the second is stored.
    assert imported(source, rejects=rejects).stored == 1
    with rejects.open(newline="", encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert re.fullmatch(reason, first["reason"])
    assert "yesterday" in second["reason"]


def test_correcting_a_csv_row_with_wrong_quotes_leaves_the_others_of_its_case_as_they_are(tmp_path):
    # Given a file whose second row has a stray quote, imported, and then corrected,
    source = tmp_path / "log.csv"
    ids = []
    for note in ('"5" monitor"', '"5"" monitor"'):
        source.write_text(HEADER + ROW + ROW.replace(",\n", f",{note}\n") + ROW)
        bus = AnsweringBus()
        imported(source, bus)
        ids.append([command.command_id for command in bus.commands])
    # when it is imported again, then the rows before and after it are the same as before.
    assert ids[0] == [ids[1][0], ids[1][2]]
