"""Imports through the real bus into a real store: stopped, repeated, changed, with rows that are wrong."""

from __future__ import annotations

import csv
import json
from collections import Counter
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree

import pytest

from casecore.cases.decider import CASES
from casecore.commands.bus import CommandBus
from casecore.contract.cases import MessagePosted, Sender
from casecore.contract.types import EVENT_TYPES
from casecore.imports.importer import import_file
from casecore.imports.mapping import Mapping, read_mapping
from casecore.imports.summary import ImportIncomplete, ImportProgress, ImportSummary
from casecore.store.log import LogReader
from casecore.store.migrations import migrate
from tests.imports import reference

HELPDESK = Path(__file__).parents[2] / "data" / "helpdesk.toml"
CASES_TAKEN = 150

CSV_MAPPING = """
[source]
name = "desk"
format = "csv"
case = "id"
activity = "activity"
time = "at"

[case]
reference = "D-{case}"
customer = { attribute = "client" }
seller = "reseller"
category = "technical_support"
topic = "troubleshooting"

[[activity]]
name = "Start"
attempts = [{ action = "take" }]
"""


@pytest.fixture
def store(database):
    migrate(database)
    return database


@pytest.fixture
def part(tmp_path) -> tuple[Path, list[list[reference.Row]]]:
    """The first cases of the help-desk log, as a file of their own."""
    log = ElementTree.Element("log")
    taken = []
    for name, rows in islice(reference.cases(), CASES_TAKEN):
        trace = ElementTree.SubElement(log, "trace")
        ElementTree.SubElement(trace, "string", key="concept:name", value=name)
        for row in rows:
            event = ElementTree.SubElement(trace, "event")
            for key, value in row.attributes.items():
                ElementTree.SubElement(event, "string", key=key, value=value)
            event.tail = "\n"
        taken.append(rows)
    path = tmp_path / "part.xes"
    path.write_bytes(ElementTree.tostring(log))
    return path, taken


def imported(store: str, path: Path, mapping: Mapping | None = None, on_progress=None) -> ImportSummary:
    with CommandBus(store, [CASES], "vendor") as bus:
        chosen = mapping or read_mapping(HELPDESK)
        return import_file(path, chosen, bus.sequence(), "vendor", on_progress=on_progress)


def stored(store: str) -> Counter[tuple[bool, str]]:
    """How many events of each type there are, and whether they are implied."""
    with LogReader(store) as log:
        found = [(e, EVENT_TYPES.decode(e.type, e.body)) for e in log.read(0, 100_000)]
    return Counter((fact.implied, event.type) for event, fact in found)


def rejects(path: Path) -> list[dict[str, str]]:
    with path.with_name(path.name + ".rejects.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def csv_file(tmp_path) -> tuple[Path, Mapping]:
    (tmp_path / "map.toml").write_text(CSV_MAPPING)
    return tmp_path / "log.csv", read_mapping(tmp_path / "map.toml")


def test_an_import_stores_each_row_once_and_a_second_one_nothing(store, part):
    # Given a part of the log, when it is imported,
    path, cases = part
    rows = sum(len(case) for case in cases)
    outcomes = [outcome for case in cases for outcome in reference.play(case)[1]]
    first = imported(store, path)
    # then its summary and the store hold what the reference says,
    implied = sum(len(outcome.implied) for outcome in outcomes)
    noted = sum(outcome.event == "note" for outcome in outcomes)
    assert (first.rows, first.stored, first.repeated, first.rejected) == (rows, rows, 0, 0)
    assert (first.implied, first.noted, first.cases) == (implied, noted, CASES_TAKEN)
    events = stored(store)
    assert sum(count for (is_implied, _), count in events.items() if is_implied) == implied
    assert events[False, "casecore.case.activity_noted.v1"] == noted
    assert events.total() == rows + implied
    # and a second import of the same file stores nothing and says so.
    second = imported(store, path)
    assert (second.rows, second.stored, second.repeated) == (rows, 0, rows)
    assert (second.implied, second.noted) == (0, 0)
    assert stored(store) == events


def test_an_interrupted_import_goes_on_where_it_stopped(store, part, monkeypatch):
    path, cases = part
    rows = sum(len(case) for case in cases)
    monkeypatch.setattr("casecore.imports.summary.PROGRESS_EVERY_SECONDS", 0)

    def interrupt(progress: ImportProgress) -> None:
        if progress.rows == rows // 2:
            raise KeyboardInterrupt

    # Given an import that its user interrupts half-way,
    with pytest.raises(KeyboardInterrupt):
        imported(store, path, on_progress=interrupt)
    # when it is started again, then it stores what is missing, and no row twice.
    again = imported(store, path)
    assert again.repeated == rows // 2
    assert again.stored == rows - rows // 2
    implied = sum(len(outcome.implied) for case in cases for outcome in reference.play(case)[1])
    assert stored(store).total() == rows + implied


def test_a_file_that_breaks_off_is_imported_up_to_there_and_then_completed(store, part):
    path, cases = part
    rows = sum(len(case) for case in cases)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImportIncomplete, match=r"part.xes, line .* is not well-formed") as incomplete:
        imported(store, path)
    before = incomplete.value.summary
    assert 0 < before.stored == before.rows < rows
    path.write_bytes(whole)
    assert imported(store, path).stored == rows - before.stored


def test_a_row_that_changed_since_it_was_imported_is_rejected_and_named(store, part):
    # Given an imported file of which the third row was changed afterwards,
    path, _ = part
    imported(store, path)
    before = stored(store)
    lines = path.read_text().split("<event>")
    lines[3] = lines[3].replace('key="workgroup" value="', 'key="workgroup" value="Another ')
    path.write_text("<event>".join(lines))
    # when it is imported again, then that row is listed, and nothing is stored.
    again = imported(store, path)
    assert (again.stored, again.rejected, again.repeated) == (0, 1, again.rows - 1)
    [reject] = rejects(path)
    assert (reject["case"], reject["place"]) == ("Case 1", "3")
    assert "imported before with another content" in reject["reason"]
    assert json.loads(reject["row"])["workgroup"].startswith("Another ")
    assert stored(store) == before


def test_rows_that_cannot_be_imported_are_listed_with_line_and_reason(store, csv_file):
    # Given a file in which most rows have something wrong,
    path, mapping = csv_file
    path.write_text(
        "id,activity,at,client,note\n"
        "1,Start,2024-05-01T10:00:00Z,C,fine\n"
        "1,Start,,C,no time\n"
        ",Start,2024-05-01T10:00:00Z,C,no case\n"
        "1,Start,2024-05-01T10:00:00Z,C\n"
        "1,Start,2024-05-01T10:00:00,C,no offset\n"
        "1,Start,2224-05-01T10:00:00Z,C,in the future\n"
        "1,Start,2024-05-01T10:00:00Z,C,a NUL \x00\n"
        f"1,Start,2024-05-01T10:00:00Z,C,{'x' * 2_001}\n"
        f"1,Start,2024-05-01T10:00:00Z,{'c' * 101},too long an id\n"
        "2,Unheard of,2024-05-01T10:00:00Z,C,fine\n"
    )
    # when it is imported, then each of them is listed, and the others are stored.
    summary = imported(store, path, mapping)
    assert (summary.rows, summary.stored, summary.rejected) == (10, 2, 8)
    assert summary.unlisted["Unheard of"] == 1
    assert summary.rejects == str(path) + ".rejects.csv"
    found = rejects(path)
    assert [row["line"] for row in found] == ["3", "4", "5", "6", "8", "9", "10", "7"]
    for reject, reason in zip(
        found,
        [
            "no time",
            "no case",
            "4 fields, the header 5",
            "no offset",
            "NUL",
            "length <= 2000",
            "length <= 100",
            "lies after now",
        ],
        strict=True,
    ):
        assert reason in reject["reason"]
    # And when the file is corrected, then the rows that were missing come in, and the rejects file goes.
    path.write_text(
        "id,activity,at,client,note\n"
        "1,Start,2024-05-01T10:00:00Z,C,fine\n"
        "1,Start,2024-05-01T10:00:00Z,C,no time\n"
    )
    corrected = imported(store, path, mapping)
    assert (corrected.stored, corrected.repeated, corrected.rejected) == (1, 1, 0)
    assert not path.with_name("log.csv.rejects.csv").exists()


def test_a_message_from_the_customer_ends_the_waiting_and_one_from_an_agent_does_not(store, tmp_path):
    # Given two cases that wait for the customer, and in each a message, from another side,
    (tmp_path / "map.toml").write_text(
        CSV_MAPPING
        + """
        [[activity]]
        name = "Wait"
        attempts = [{ action = "wait" }]

        [[activity]]
        name = "Mail"
        attempts = [{ action = "message", text = { attribute = "note" },
                      sender = { attribute = "from", values = { client = "customer" }, default = "agent" } }]
        """.replace("\n                      ", " ")
    )
    path = tmp_path / "log.csv"
    path.write_text(
        "id,activity,at,client,from,note\n"
        "1,Wait,2024-05-01T10:00:00Z,C,,\n"
        "1,Mail,2024-05-01T11:00:00Z,C,client,Here it is\n"
        "2,Wait,2024-05-01T10:00:00Z,C,,\n"
        "2,Mail,2024-05-01T11:00:00Z,C,,We still wait\n"
    )
    # when they are imported,
    summary = imported(store, path, read_mapping(tmp_path / "map.toml"))
    assert (summary.stored, summary.noted) == (4, 0)
    # then only the case to which its customer wrote waits no more.
    with LogReader(store) as log:
        facts = [EVENT_TYPES.decode(event.type, event.body) for event in log.read(0, 100)]
    messages = [fact.data for fact in facts if isinstance(fact.data, MessagePosted)]
    assert [(m.sender, m.standing.waiting_since is None) for m in messages] == [
        (Sender.CUSTOMER, True),
        (Sender.AGENT, False),
    ]


def test_progress_is_reported_up_to_the_end(store, part):
    path, _ = part
    reports: list[ImportProgress] = []
    summary = imported(store, path, on_progress=reports.append)
    last = reports[-1]
    assert (last.rows, last.stored, last.fraction) == (summary.rows, summary.stored, 1.0)
    assert [progress.rows for progress in reports] == sorted(progress.rows for progress in reports)
