"""A history as XES: valid by the standard's grammar, as the source had it, and imported again row by row."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from casecore.analysis.exchange.xes import XesExport, write_xes
from casecore.analysis.histories import CaseHistory
from casecore.analysis.selection import Selection
from casecore.contract.envelope import Fact, Source
from casecore.contract.personal import Plain
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from casecore.errors.files import FileUnusable
from casecore.files.xml_text import plain
from tests.analysis.exchange.logs import (
    EVERYTHING,
    NAMES,
    ROWS,
    Written,
    facts,
    histories_of,
    imported,
    read_log,
)
from tests.projections.histories import ACTIONS, history, interleaved

DATA = Path(__file__).parents[3] / "data"
SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).with_name("xes.xsd")))

FILLER = {"concept:name", "org:resource", "org:group", "time:timestamp"}


CASES_TAKEN, ROWS_TAKEN = 1_000, 4_736
"""Of the help desk's log: enough for every kind of row, and in a fifth of the time."""


def first_cases(count: int, path: Path) -> Path:
    """The first cases of the help desk's log as it says them, in a file of their own."""
    with gzip.open(DATA / "helpdesk.xes.gz", "rt", encoding="utf-8") as log:
        before, *traces = log.read().split("<trace>")
    path.write_text("<trace>".join([before, *traces[:count]]) + "</log>", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the help desk's log."""
    return first_cases(CASES_TAKEN, tmp_path_factory.mktemp("original") / "helpdesk.xes")


@pytest.fixture(scope="module")
def helpdesk(original: Path) -> list[list[StoredEvent]]:
    """These cases, imported."""
    return imported(original, DATA / "helpdesk.toml")


@pytest.fixture(scope="module")
def exported(helpdesk: list[list[StoredEvent]], tmp_path_factory: pytest.TempPathFactory) -> XesExport:
    """Its rows as XES, in a file `log.xes` beside the mapping."""
    path = tmp_path_factory.mktemp("helpdesk") / "log.xes"
    return write_xes(path, iter(histories_of(helpdesk, ROWS)), ROWS, 12)


def check_valid(file: Path) -> None:
    SCHEMA.assertValid(etree.parse(file))


def not_ours(written: Written) -> dict[str, tuple[str, str]]:
    return {key: said for key, said in written.attributes.items() if not key.startswith("casecore:")}


def write(tmp_path: Path, streams: Iterable[Iterable[StoredEvent]], selection: Selection) -> list[Written]:
    """The traces of the file that a history becomes; the file is valid."""
    path = tmp_path / "log.xes"
    write_xes(path, histories_of(streams, selection), selection)
    check_valid(path)
    return list(read_log(path))


def test_the_help_desks_log_is_exported_and_imported_again_row_by_row(
    helpdesk: list[list[StoredEvent]], exported: XesExport
) -> None:
    # Given the rows of the log as XES, when the mapping beside it takes them in,
    assert exported.mapping is not None
    assert (exported.traces, exported.events, exported.notes) == (CASES_TAKEN, ROWS_TAKEN, ())
    again = imported(exported.mapping.with_suffix(".xes"), exported.mapping)
    # then every event is as it was: what it says, its row, its time and offset, and what it implied.
    assert facts(again) == facts(helpdesk)


def test_the_file_is_valid_and_says_what_the_original_says(original: Path, exported: XesExport) -> None:
    # Given the file, when any parser reads it and the original,
    assert exported.mapping is not None
    path = exported.mapping.with_suffix(".xes")
    check_valid(path)
    expected = {trace.attributes["concept:name"]: trace for trace in read_log(original)}
    # then both have the same traces, with the same events in order, of the same attributes and types.
    for trace in read_log(path):
        was = expected.pop(trace.attributes["concept:name"])
        assert not_ours(trace) == was.attributes
        assert [not_ours(event) for event in trace.parts] == [event.attributes for event in was.parts]
    assert not expected


# Without NUL, which an import refuses.
TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30).filter(
    str.strip
) | st.sampled_from(
    ["a\x01b", "tab\tand\nline\r", '<&">', "_x0041_", "_x005F_", "x" * 2_000, "ü 客 😀", " spaces "]
)
LINES = st.text(st.characters(exclude_categories=("Cc", "Cf", "Zl", "Zp", "Cs")), min_size=1, max_size=20)
KEYS = LINES | st.sampled_from(
    [
        "concept:name", "time:timestamp", "org:resource", "org:group", "casecore:version", "casecore:place",
        "case:concept:name", "case:casecore:customer", "case:region", "service level", "_x0063_oncept:name",
        "lifecycle:transition", "2nd", "x:_",
    ]
)  # fmt: skip
TYPED = st.one_of(
    st.tuples(st.just("int"), st.integers(-(2**63), 2**63 - 1).map(str)),
    st.tuples(st.just("float"), st.floats(allow_infinity=False).map(lambda x: "NaN" if x != x else repr(x))),
    st.tuples(st.just("boolean"), st.sampled_from(["true", "false"])),
    st.tuples(st.just("date"), st.datetimes().filter(lambda at: at.year > 1).map(lambda at: at.isoformat())),
    st.tuples(st.just("id"), TEXTS),
    st.tuples(st.none(), TEXTS),
)
OFFSETS = st.none() | st.integers(-14 * 60, 14 * 60).map(lambda minutes: minutes * 60)


@st.composite
def rows(draw: st.DrawFn) -> list[list[StoredEvent]]:
    """Histories of cases whose events are rows of one source, with any attributes."""
    personal: dict[str, bool] = {}
    is_resource_personal = draw(st.booleans())
    streams = []
    for number in range(draw(st.integers(1, 3))):
        stream = []
        events = history(f"K-{number}", draw(st.lists(st.sampled_from(ACTIONS), max_size=6)))
        for event in events:
            attributes: dict[str, Any] = {}
            types = {}
            for key, (kind, text) in draw(st.dictionaries(KEYS, TYPED, max_size=6)).items():
                is_personal = personal.setdefault(key, draw(st.booleans()))
                attributes[key] = Plain(text) if is_personal else text
                types.update({key: kind} if kind else {})
            person = draw(st.none() | LINES)
            source = Source(
                name="desk",
                case=f"{number}",
                place=event.version,
                activity=draw(LINES.filter(str.strip)),
                resource=Plain(person) if person and is_resource_personal else person,
                attributes=attributes,
                types=types,
                utc_offset_seconds=draw(OFFSETS),
            )
            fact = msgspec.structs.replace(EVENT_TYPES.decode(event.type, event.body), source=source)
            stream.append(event._replace(body=EVENT_TYPES.encode(fact)))
        streams.append(stream)
    return streams


@given(rows())
def test_rows_with_any_attributes_are_valid_and_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, streams: list[list[StoredEvent]]
) -> None:
    # Given rows with attributes of any names, texts and types, also such as the export has itself,
    path = tmp_path_factory.mktemp("rows") / "log.xes"
    exported = write_xes(path, histories_of(streams, ROWS), ROWS)
    # when they are exported, then the file is valid, and its mapping makes of each row the row that it was.
    check_valid(path)
    assert exported.mapping is not None, exported.notes
    again = imported(path, exported.mapping)
    assert rows_of(again) == rows_of(streams)


def rows_of(streams: Iterable[Iterable[StoredEvent]]) -> list[tuple[Any, Source]]:
    return [
        (fact.occurred_at, fact.source)
        for fact in facts(streams).values()
        if isinstance(fact, Fact) and fact.source is not None
    ]


@given(interleaved())
def test_what_was_recorded_here_is_in_the_file_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, events: list[StoredEvent]
) -> None:
    streams: dict[object, list[StoredEvent]] = {}
    for event in events:
        streams.setdefault(event.stream_id, []).append(event)

    traces = write(tmp_path_factory.mktemp("whole"), streams.values(), EVERYTHING)

    assert len(traces) == len(streams)
    for trace, stream in zip(traces, streams.values(), strict=True):
        assert [said(one) for one in trace.parts] == [stated(event) for event in stream]


def said(event: Written) -> dict[str, str]:
    texts = {key: plain(text) for key, (_, text) in event.attributes.items()}
    return {key.removeprefix("casecore:"): texts.get(key, "") for key in sorted(COLUMNS)}


COLUMNS = {
    "concept:name", "org:resource", "org:group", "time:timestamp", "casecore:version", "casecore:state",
    "casecore:recorded_at", "casecore:agent", "casecore:topic", "casecore:text", "casecore:reason",
    "casecore:minutes", "casecore:readers",
}  # fmt: skip


def stated(event: StoredEvent) -> dict[str, str]:
    """The same of a stored event, by its JSON."""
    fact = msgspec.json.decode(event.body)
    data, standing = fact["data"], fact["data"]["standing"]
    is_message = "message_posted" in event.type
    return {
        "concept:name": event.type.split(".")[2],
        "org:resource": fact["actor"]["person"],
        "org:group": fact["actor"]["organisation"],
        "time:timestamp": fact["occurred_at"],
        "version": str(event.version),
        "recorded_at": event.recorded_at.isoformat().replace("+00:00", "Z"),
        "state": standing["state"],
        "agent": standing.get("agent", ""),
        "topic": standing["topic"],
        "text": data.get("text", {}).get("text", ""),
        "reason": data.get("reason", {}).get("text", ""),
        "minutes": str(data.get("minutes", "")),
        "readers": msgspec.json.encode(data.get("readers", [])).decode() if is_message else "",
    }


def test_the_same_history_gives_the_same_bytes_also_compressed(
    helpdesk: list[list[StoredEvent]], tmp_path: Path
) -> None:
    cases = histories_of(helpdesk[:50], ROWS)
    for name in ("log.xes", "log.xes.gz"):
        written = []
        for folder in ("one", "other"):
            (tmp_path / folder).mkdir(exist_ok=True)
            write_xes(tmp_path / folder / name, cases, ROWS, 7)
            written.append([path.read_bytes() for path in sorted((tmp_path / folder).iterdir())])
        assert written[0] == written[1]
    assert (tmp_path / "one/log.xes.gz").read_bytes()[4:8] == bytes(4), "the time of compressing is in it"
    assert (
        gzip.decompress((tmp_path / "one/log.xes.gz").read_bytes()) == (tmp_path / "one/log.xes").read_bytes()
    )


def test_without_personal_data_there_is_no_name_and_no_text(tmp_path: Path) -> None:
    anonymous = Selection()
    [trace] = write(tmp_path, [history("K-1", ACTIONS)], anonymous)

    texts = {text for event in trace.parts for _, text in event.attributes.values()}
    assert {"anna", "bela", "too hard", "known error", "a mistake"}.isdisjoint(texts)
    assert NAMES.of("anna") in texts


def test_rows_without_an_offset_are_counted_and_come_back_without_one(tmp_path: Path) -> None:
    # Given rows as a program stored them that kept neither offsets nor types,
    [stream] = imported_csv(tmp_path, "2024-05-01 10:00:00", "2024-05-01 11:00:00")
    # when they are exported, then the mapping and the result say so, and they come back so.
    exported = write_xes(tmp_path / "log.xes", histories_of([stream], ROWS), ROWS)
    assert exported.mapping is not None
    [note] = exported.notes
    assert note.startswith("2 rows have no offset")
    assert "# 2 rows have no offset" in exported.mapping.read_text()
    assert facts(imported(tmp_path / "log.xes", exported.mapping)) == facts([stream])


def imported_csv(folder: Path, *times: str) -> list[list[StoredEvent]]:
    (folder / "desk.csv").write_text("id,activity,at\n" + "".join(f"1,Start,{at}\n" for at in times))
    (folder / "desk.toml").write_text(
        '[source]\nname = "desk"\nformat = "csv"\ncase = "id"\nactivity = "activity"\ntime = "at"\n'
        'time_zone = "UTC"\n[case]\nreference = "D-{case}"\ncustomer = "practice"\nseller = "seller"\n'
        'category = "technical_support"\ntopic = "activation"\n'
        '[[activity]]\nname = "Start"\nattempts = [{ action = "take" }]\n'
    )
    return imported(folder / "desk.csv", folder / "desk.toml")


def test_what_xes_cannot_say_is_named(tmp_path: Path) -> None:
    [stream] = imported_csv(tmp_path, "2024-05-01 10:00:00")
    first, row = stream
    fact = EVENT_TYPES.decode(row.type, row.body)
    source = msgspec.structs.replace(
        fact.source,  # type: ignore[arg-type]
        utc_offset_seconds=3208,
        attributes={"count": "many", "on": "2024-13-01T00:00:00Z"},
        types={"count": "int", "on": "date"},
    )
    odd = row._replace(body=EVENT_TYPES.encode(msgspec.structs.replace(fact, source=source)))

    exported = write_xes(tmp_path / "log.xes", histories_of([[first, odd]], ROWS), ROWS)

    check_valid(tmp_path / "log.xes")
    assert [note.split(",")[0] for note in exported.notes] == [
        "1 rows have an offset that XES cannot say",
        "2 attributes are not of the form of their type",
    ]


def test_rows_of_two_sources_have_no_mapping_and_it_says_why(tmp_path: Path) -> None:
    [stream] = imported_csv(tmp_path, "2024-05-01 10:00:00", "2024-05-01 11:00:00")
    last = stream[-1]
    other = last._replace(body=last.body.replace(b'"name":"desk"', b'"name":"other"'))
    before = write_xes(tmp_path / "log.xes", histories_of([stream], ROWS), ROWS)

    exported = write_xes(tmp_path / "log.xes", histories_of([[*stream[:-1], other]], ROWS), ROWS)

    assert exported.traces == 2
    assert exported.mapping is None
    assert "several sources" in exported.notes[-1]
    assert before.mapping is not None
    assert not before.mapping.exists()


def test_a_mapping_that_a_person_wrote_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "helpdesk.toml").write_text("# mine\n")

    with pytest.raises(FileUnusable, match=r"helpdesk\.toml: is there, and is no mapping that an export"):
        write_xes(tmp_path / "helpdesk.xes.gz", [], ROWS)

    assert [path.name for path in tmp_path.iterdir()] == ["helpdesk.toml"]
    write_xes(tmp_path / "helpdesk.xes.gz", [], EVERYTHING)
    assert (tmp_path / "helpdesk.toml").read_text() == "# mine\n"


def test_an_export_that_is_interrupted_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "log.xes"
    path.write_text("earlier")

    def broken() -> Iterator[CaseHistory]:
        yield from histories_of([history("K-1", ACTIONS)])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_xes(path, broken(), EVERYTHING)

    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {"log.xes": "earlier"}
