"""Reading XES: rows are what a parser of the whole document finds, and hostile files do no harm."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from casecore.imports.errors import SourceBroken
from casecore.imports.places import PlaceCounter
from casecore.imports.source_file import SourceRow, open_source
from casecore.imports.xes import read_xes
from tests.profiles import scaled

# What XML 1.0 can hold: no control characters, no surrogates.
TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Cn")), max_size=12)
KEYS = st.text("abc:_é ", min_size=1, max_size=5)
ATTRIBUTES = st.dictionaries(KEYS, TEXT, max_size=4)
CASES = st.sampled_from(["Case 1", "Case 2", "Fäll 3", "", None])
TRACES = st.lists(st.tuples(CASES, ATTRIBUTES, st.lists(ATTRIBUTES, max_size=4)), max_size=6)


def read(path: Path) -> list[SourceRow]:
    with open_source(path) as source, PlaceCounter() as places:
        return list(read_xes(source, "concept:name", places))


def drain(reading: Iterator[SourceRow], into: list[SourceRow]) -> None:
    for row in reading:  # one by one, so that those before an error are kept
        into.append(row)


def read_until_broken(path: Path) -> tuple[list[SourceRow], SourceBroken]:
    rows: list[SourceRow] = []
    with open_source(path) as source, PlaceCounter() as places, pytest.raises(SourceBroken) as broken:
        drain(read_xes(source, "concept:name", places), rows)
    return rows, broken.value


def event_text(attributes: dict[str, str]) -> str:
    event = ElementTree.Element("event")
    for key, value in attributes.items():
        ElementTree.SubElement(event, "string", key=key, value=value)
    return ElementTree.tostring(event, encoding="unicode")


def log_text(*events: str, case: str = "Case 1") -> str:
    return (
        f'<log>\n<trace>\n<string key="concept:name" value="{case}"/>\n'
        + "\n".join(events)
        + "\n</trace>\n</log>\n"
    )


@scaled(1, suppressed=[HealthCheck.function_scoped_fixture])
@given(
    traces=TRACES, namespace=st.sampled_from(["", "http://www.xes-standard.org/"]), compressed=st.booleans()
)
def test_any_log_is_read_as_a_parser_of_the_whole_document_finds_it(tmp_path, traces, namespace, compressed):
    # Given a log with nested attributes and globals, which are not to be taken,
    log = ElementTree.Element("log", {"xmlns": namespace} if namespace else {})
    scope = ElementTree.SubElement(log, "global", scope="event")
    ElementTree.SubElement(scope, "string", key="concept:name", value="__INVALID__")
    for case, of_trace, events in traces:
        trace = ElementTree.SubElement(log, "trace")
        if case is not None:
            ElementTree.SubElement(trace, "string", key="concept:name", value=case)
        for key, value in of_trace.items():
            ElementTree.SubElement(trace, "string", key=f"t{key}", value=value)
        for attributes in events:
            event = ElementTree.SubElement(trace, "event")
            for key, value in attributes.items():
                child = ElementTree.SubElement(event, "string", key=key, value=value)
                ElementTree.SubElement(child, "string", key="nested", value="not taken")
    raw = ElementTree.tostring(log, encoding="utf-8")
    path = tmp_path / "log.xes"
    path.write_bytes(gzip.compress(raw) if compressed else raw)
    # when it is read in a stream,
    rows = read(path)
    # then the rows are the events, each with its place among all of its case's.
    expected = []
    seen: dict[str, int] = {}
    for case, of_trace, events in traces:
        for attributes in events:
            known = case if case and case.strip() else None
            if known:
                seen[known] = seen.get(known, 0) + 1
            shared = {f"case:t{key}": value for key, value in of_trace.items()}
            expected.append((known, seen.get(known, 0) if known else 0, {**shared, **attributes}, None))
    assert [(row.case, row.place, row.attributes, row.problem) for row in rows] == expected


def test_a_row_says_on_which_line_its_event_begins(tmp_path):
    path = tmp_path / "log.xes"
    path.write_text(log_text("<event/>", "<event>\n</event>", "<event/>"))
    assert [row.line for row in read(path)] == [4, 5, 7]


def test_two_traces_of_one_case_are_one_case(tmp_path):
    trace = '<trace><string key="concept:name" value="A"/><event/><event/></trace>'
    path = tmp_path / "log.xes"
    path.write_text(f"<log>{trace}{trace}</log>")
    assert [row.place for row in read(path)] == [1, 2, 3, 4]


def test_an_event_outside_of_any_trace_is_a_row_without_a_case(tmp_path):
    path = tmp_path / "log.xes"
    path.write_text('<log><event><string key="concept:name" value="x"/></event></log>')
    assert read(path) == [SourceRow(None, 0, 1, {"concept:name": "x"})]


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE log [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE log [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE log SYSTEM "http://127.0.0.1:9/log.dtd">',
    ],
)
def test_a_file_that_declares_entities_is_refused_before_any_row(tmp_path, declared):
    path = tmp_path / "log.xes"
    path.write_text(declared + log_text('<event><string key="concept:name" value="&b;"/></event>'))
    rows, broken = read_until_broken(path)
    assert rows == []
    assert broken.line == 1
    assert "remove it" in str(broken)


def test_broken_xml_is_named_with_its_line_after_the_rows_before_it(tmp_path):
    path = tmp_path / "log.xes"
    path.write_text(log_text("<event/>", "<event/>", "<event></trace>"))
    rows, broken = read_until_broken(path)
    assert [row.place for row in rows] == [1, 2]
    assert broken.line == 6
    assert "log.xes, line 6" in str(broken)


def test_a_gzip_file_that_was_cut_off_gives_the_rows_before_the_cut(tmp_path):
    # Given a compressed log of 20,000 events that differ, of which the second half was lost,
    events = [event_text({"n": str(n), "x": str(hash(("x", n)))}) for n in range(20_000)]
    whole = gzip.compress(log_text(*events).encode())
    path = tmp_path / "log.xes.gz"
    path.write_bytes(whole[: len(whole) // 2])
    # when it is read, then a good part is there, in order, and the error says where it ends.
    rows, broken = read_until_broken(path)
    assert [row.attributes["n"] for row in rows] == [str(n) for n in range(len(rows))]
    assert len(rows) > 5_000
    assert broken.line >= rows[-1].line
    assert "cut off" in str(broken)


def test_a_gzip_file_with_a_wrong_byte_is_refused_with_its_line(tmp_path):
    whole = bytearray(gzip.compress(log_text(*["<event/>"] * 50_000).encode(), compresslevel=0))
    whole[len(whole) // 2] ^= 0xFF
    path = tmp_path / "log.xes.gz"
    path.write_bytes(bytes(whole))
    rows, broken = read_until_broken(path)
    assert len(rows) > 10_000
    assert broken.line > 10_000


def test_another_encoding_than_declared_is_refused_with_its_line(tmp_path):
    path = tmp_path / "log.xes"
    path.write_bytes(log_text('<event><string key="k" value="Müller"/></event>').encode("cp1252"))
    _, broken = read_until_broken(path)
    assert broken.line == 4


def test_an_event_of_ten_megabytes_carries_its_problem_and_the_rows_after_it_are_read(tmp_path):
    path = tmp_path / "log.xes"
    path.write_text(log_text(event_text({"k": "x" * 10_000_000}), event_text({"k": "y" * 1_000_000})))
    first, second = read(path)
    assert (first.place, first.problem) == (1, "the event has more than 1048576 characters in its attributes")
    assert (second.place, second.problem, len(second.attributes["k"])) == (2, None, 1_000_000)


def test_a_trace_beyond_the_bound_is_the_problem_of_its_own_events_only(tmp_path):
    trace = '<trace><string key="concept:name" value="A"/>{}<event/><event/></trace>'
    large = f'<string key="k" value="{"x" * 2_000_000}"/>'
    path = tmp_path / "log.xes"
    path.write_text(f"<log>{trace.format(large)}{trace.format('')}</log>")
    rows = read(path)
    assert [(row.place, row.problem is None) for row in rows] == [
        (1, False),
        (2, False),
        (3, True),
        (4, True),
    ]


def test_memory_does_not_grow_with_the_size_of_one_event_or_trace(tmp_path):
    # Given an event of 60 MB in its attributes, and a trace of 900 attributes with 8,000 empty events,
    large = event_text({f"k{n}": "x" * 200_000 for n in range(300)})
    trace = "".join(f'<string key="k{n}" value=""/>' for n in range(900))
    path = tmp_path / "log.xes"
    path.write_text(log_text(large) + "\n")
    wide = tmp_path / "wide.xes"
    wide.write_text(f"<log><trace>{trace}{'<event/>' * 8_000}</trace></log>")
    for file, rows in ((path, 1), (wide, 8_000)):
        # when it is read, then what is in memory at a time is one of the bounds, not all of it.
        tracemalloc.start()
        try:
            with open_source(file) as source, PlaceCounter() as places:
                assert sum(1 for _ in read_xes(source, "concept:name", places)) == rows
            assert tracemalloc.get_traced_memory()[1] < 20_000_000
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["Shift_JIS", "GBK", "UTF-32", "klingon", "hex"])
def test_an_encoding_that_cannot_be_read_is_refused_and_those_that_can_are_named(tmp_path, encoding):
    path = tmp_path / "log.xes"
    path.write_text(f'<?xml version="1.0" encoding="{encoding}"?>' + log_text("<event/>"))
    rows, broken = read_until_broken(path)
    assert rows == []
    assert broken.line == 1
    assert "write it in UTF-8, UTF-16, ISO-8859-1 or US-ASCII" in str(broken)


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1", "windows-1252"])
def test_the_usual_encodings_are_read(tmp_path, encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?>' + log_text(event_text({"k": "Ä"}))
    path = tmp_path / "log.xes"
    path.write_bytes(text.encode(encoding))
    assert [row.attributes for row in read(path)] == [{"k": "Ä"}]


def test_a_tag_beyond_the_bound_is_refused_not_held_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("casecore.imports.xes.LONGEST_TAG_BYTES", 200_000)
    path = tmp_path / "log.xes"
    path.write_text(log_text("<event/>", event_text({"k": "x" * 1_000_000})))
    rows, broken = read_until_broken(path)
    assert len(rows) == 1
    assert "longer than 200000 bytes" in str(broken)


def test_elements_nested_thousands_deep_are_refused(tmp_path):
    path = tmp_path / "log.xes"
    path.write_text(log_text("<event>" + "<list>" * 5_000))
    assert "deep" in str(read_until_broken(path)[1])


def test_an_event_with_too_many_attributes_carries_its_problem(tmp_path):
    path = tmp_path / "log.xes"
    path.write_text(log_text(event_text({str(n): "x" for n in range(2_000)}), event_text({"k": "x"})))
    first, second = read(path)
    assert first.problem is not None
    assert len(first.attributes) == 1_000
    assert second.problem is None


def test_another_kind_of_xml_is_refused(tmp_path):
    path = tmp_path / "page.xes"
    path.write_text("<html><body/></html>")
    assert "begins with <html>" in str(read_until_broken(path)[1])


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "log.xes"
    path.write_bytes(b"")
    assert read_until_broken(path)[1].line == 1


def test_memory_does_not_grow_with_the_length_of_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr("casecore.imports.places.RECENT_CASES", 500)

    def peak_bytes(events: int) -> int:
        path = tmp_path / f"{events}.xes"
        with path.open("w") as file:
            file.write("<log>")
            for case in range(events // 5):
                file.write(f'<trace><string key="concept:name" value="Case {case}"/>')
                file.write('<event><string key="k" value="some text of usual length"/></event>' * 5)
                file.write("</trace>")
            file.write("</log>")
        tracemalloc.start()
        try:
            with open_source(path) as source, PlaceCounter() as places:
                assert sum(1 for _ in read_xes(source, "concept:name", places)) == events
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    # Given ten times as many events and cases, then the peak is that of the bounds, not of the file.
    assert peak_bytes(50_000) < 1.5 * peak_bytes(5_000)
