"""Reading CSV: places do not depend on how cases are interleaved; odd rows are rejected, never dropped."""

from __future__ import annotations

import csv
import gzip
import io
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from casecore.imports import csv_rows
from casecore.imports import places as places_module
from casecore.imports.csv_rows import read_csv
from casecore.imports.errors import SourceBroken
from casecore.imports.places import PlaceCounter
from casecore.imports.source_file import SourceRow, open_source
from tests.profiles import scaled

COLUMNS = ("case", "activity", "time")
CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=10)


def read(path: Path, delimiter: str = ",", encoding: str = "utf-8") -> list[SourceRow]:
    with open_source(path) as source, PlaceCounter() as places:
        return list(read_csv(source, COLUMNS, delimiter, encoding, places))


def written(rows: list[list[str]], delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([[*COLUMNS, "note"], *rows])
    return text.getvalue()


def drain(reading: Iterator[SourceRow], into: list[SourceRow]) -> None:
    for row in reading:  # one by one, so that those before an error are kept
        into.append(row)


@scaled(1, suppressed=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.sampled_from("ABCDE"), CELL), max_size=30),
    shuffled=st.randoms(use_true_random=False),
    recent_cases=st.integers(1, 6),
)
def test_any_interleaving_of_cases_gives_each_row_the_same_place(tmp_path, rows, shuffled, recent_cases):
    # Given the same rows in two orders that agree within each case,
    by_case = {case: [note for c, note in rows if c == case] for case in "ABCDE"}
    order = [case for case, _ in rows]
    shuffled.shuffle(order)
    left = {case: iter(notes) for case, notes in by_case.items()}
    other = [(case, next(left[case])) for case in order]
    # when both are read, also with fewer places in memory than there are cases,
    found = []
    held, places_module.RECENT_CASES = places_module.RECENT_CASES, recent_cases
    try:
        for name, given_rows in (("one.csv", rows), ("other.csv", other)):
            (tmp_path / name).write_text(written([[c, "a", "t", n] for c, n in given_rows]), newline="")
            found.append(sorted((r.case, r.place, r.attributes["note"]) for r in read(tmp_path / name)))
    finally:
        places_module.RECENT_CASES = held
    # then each row has its place among its case's own.
    expected = sorted((c, place, n) for c, notes in by_case.items() for place, n in enumerate(notes, start=1))
    assert found == [expected, expected]


@pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8"), (";", "cp1252"), ("\t", "utf-16")])
def test_delimiter_and_encoding_are_the_mapping_s(tmp_path, delimiter, encoding):
    path = tmp_path / "log.csv"
    path.write_bytes(written([["1", "Öffnen", "t", 'a, "b"; c']], delimiter).encode(encoding))
    [row] = read(path, delimiter, encoding)
    assert row.attributes == {"activity": "Öffnen", "time": "t", "note": 'a, "b"; c'}


def test_a_spreadsheet_s_byte_order_mark_is_no_part_of_the_first_column(tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes(b"\xef\xbb\xbf" + written([["1", "a", "t", "n"]]).encode())
    assert read(path)[0].case == "1"


def test_gzip_is_known_by_its_content(tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes(gzip.compress(written([["1", "a", "t", "n"]]).encode()))
    assert read(path) == [SourceRow("1", 1, 2, {"activity": "a", "time": "t", "note": "n"})]


def test_rows_too_long_or_too_short_carry_their_problem_and_keep_their_place(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("case,activity,time\n1,a,t\n1,a\n1,a,t,more\n1,a,t\n")
    rows = read(path)
    assert [(row.line, row.place, row.problem) for row in rows] == [
        (2, 1, None),
        (3, 2, "the row has 2 fields, the header 3"),
        (4, 3, "the row has 4 fields, the header 3"),
        (5, 4, None),
    ]


def test_the_line_of_a_row_is_where_it_begins_also_after_one_of_several_lines(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text('case,activity,time\n1,"a\nb\nc",t\n\n1,a,t\n')
    assert [row.line for row in read(path)] == [2, 5 + 1]


def test_a_row_without_a_case_has_no_place(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("case,activity,time\n ,a,t\n")
    assert read(path) == [SourceRow(None, 0, 2, {"activity": "a", "time": "t"})]


def test_bytes_of_another_encoding_reject_their_row_only(tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes("case,activity,time\n1,Öffnen,t\n1,a,t\n".encode("cp1252"))
    first, second = read(path)
    assert first.problem is not None
    assert first.problem == "the row holds bytes that are not of the encoding utf-8"
    assert (second.place, second.problem) == (2, None)


def test_a_field_or_line_beyond_its_bound_rejects_its_row_only(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(f"case,activity,time\n1,{'x' * 200_000},t\n1,{'x' * 10_000_000},t\n1,a,t\n")
    rows = read(path)
    assert [(row.line, row.problem is None) for row in rows] == [(2, False), (3, False), (4, True)]
    assert "field larger than field limit" in str(rows[0].problem)
    assert "longer than 1048576 characters" in str(rows[1].problem)


def test_a_quote_that_is_never_closed_is_reported_with_its_lines(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text('case,activity,time\n1,"a,t\n1,a,t\n')
    [row] = read(path)
    assert row.line == 2
    assert str(row.problem).startswith("lines 2 to 3 cannot be read")


def test_a_row_of_many_long_fields_is_rejected_and_memory_stays_flat(tmp_path):
    # Given a row of 50 MB, each of its fields and lines within its bound,
    path = tmp_path / "log.csv"
    field = '"' + ("x" * 1_000 + "\n") * 100 + '"'
    path.write_text(f"case,activity,time\n7,{','.join([field] * 500)}\n7,a,t\n")
    tracemalloc.start()
    try:
        rows = read(path)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    # when it is read, then it is one row, in its place, and the row after it is read.
    assert [(row.case, row.place, row.problem is None) for row in rows] == [("7", 1, False), ("7", 2, True)]
    assert "lines 2 to 50002" in str(rows[0].problem)
    assert "the row is longer than 1048576 characters" in str(rows[0].problem)


def test_what_stands_in_a_field_that_is_too_long_is_never_read_as_rows(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text('case,activity,time\n1,"' + "2,Closed,2024-05-01\n" * 10_000 + '",t\n1,a,t\n')
    assert [(row.case, row.place, row.line) for row in read(path)] == [("1", 1, 2), ("1", 2, 10_003)]


@given(
    cells=st.lists(st.text('a",\n', max_size=6), min_size=3, max_size=6),
    index=st.integers(0, 2),
    bound=st.integers(1, 30),
)
def test_a_row_that_is_too_long_ends_where_its_quotes_say(tmp_path_factory, cells, index, bound):
    # Given a row of any cells, beyond the bound or not, and another row after it,
    path = tmp_path_factory.mktemp("csv") / "log.csv"
    text = written([cells, ["b", "b", "b"]]).split("\r\n", 1)[1]
    path.write_bytes(text.encode())
    with path.open(newline="", encoding="utf-8") as file, pytest.MonkeyPatch.context() as patch:
        lines = csv_rows._Lines(file, ",")
        reader = csv.reader(lines, strict=True)
        patch.setattr(csv_rows, "LARGEST_ROW_CHARACTERS", bound)
        try:
            assert next(reader) == cells
            assert lines.cell(index) == cells[index]
        except csv_rows._RowTooLong:
            lines.skip_row()
            assert lines.cell(index) in (cells[index], None)
        # when the first was read or passed over, then the second is the next, on its line.
        patch.setattr(csv_rows, "LARGEST_ROW_CHARACTERS", 100)
        lines.begin_row()
        assert next(filter(None, reader)) == ["b", "b", "b"]
        assert lines.number == text.count("\n")


@pytest.mark.parametrize(
    ("row", "case"),
    [
        ('1,"5" monitor",t', "1"),
        ('"a ""b"", c","5" monitor",t', 'a "b", c'),
        ('5" x,"5" monitor",t', '5" x'),
        ('"1" x,a,t', None),
        ('" ","5" monitor",t', None),
    ],
)
def test_a_row_with_wrong_quotes_keeps_its_place_where_its_case_is_known(tmp_path, row, case):
    path = tmp_path / "log.csv"
    path.write_text(f"case,activity,time\n{row}\n1,a,t\n")
    first, second = read(path)
    assert (first.case, first.place) == (case, 1 if case else 0)
    assert "',' expected after '\"'" in str(first.problem)
    assert (second.case, second.place, second.problem) == ("1", 2 if case == "1" else 1, None)


def test_a_case_of_any_length_is_counted_and_not_held(tmp_path):
    long = "x" * 100_000
    tracemalloc.start()
    try:
        with PlaceCounter() as places:
            found = [places.take(f"{long}{n % 300}") for n in range(600)]
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert found == [1] * 300 + [2] * 300


def test_a_header_of_too_many_columns_is_refused_at_once(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(",".join([*COLUMNS, *map(str, range(50_000))]) + "\n")
    began_at = time.process_time()
    with pytest.raises(SourceBroken, match="has 50003 columns, and may have 1000: is the delimiter right"):
        read(path)
    assert time.process_time() - began_at < 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no header"),
        ("case,activity\n", "no column 'time'"),
        ("case,activity,time,time\n", "two columns are named 'time'"),
        ('case,"activity\n', "header cannot be read"),
    ],
)
def test_a_header_that_cannot_be_used_is_refused(tmp_path, text, reason):
    path = tmp_path / "log.csv"
    path.write_text(text)
    with pytest.raises(SourceBroken, match=reason):
        read(path)


def test_a_gzip_file_that_was_cut_off_gives_the_rows_before_the_cut(tmp_path):
    whole = gzip.compress(written([[str(n), "a", "t", str(hash(("x", n)))] for n in range(20_000)]).encode())
    path = tmp_path / "log.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    rows = []
    with (
        open_source(path) as source,
        PlaceCounter() as places,
        pytest.raises(SourceBroken, match="cut off") as broken,
    ):
        drain(read_csv(source, COLUMNS, ",", "utf-8", places), rows)
    assert broken.value.line == rows[-1].line + 1
    assert len(rows) > 5_000
    assert Counter(row.problem for row in rows) == {None: len(rows)}
