"""A log tried before it is imported: the dry run, and the first mapping that is made from it. No server."""

from __future__ import annotations

import json
import tracemalloc
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from casecore.cli.main import app
from casecore.commands.window import Window
from casecore.imports import check as check_module
from casecore.imports import importer
from casecore.imports.check import check_file
from casecore.imports.mapping import read_mapping
from casecore.imports.sketch.writing import sketch
from tests.imports.dry_run import MAPPING, STRANGERS, in_source, of_text

DATA = Path(__file__).parents[2] / "data"
SECRET = "postgresql://nobody@127.0.0.1:1/none"


@pytest.fixture
def casecore(monkeypatch, tmp_path):
    """The program, with a database that is not there."""
    monkeypatch.setenv("CASECORE_DATABASE", SECRET)
    monkeypatch.setenv("CASECORE_HOME", str(tmp_path / "home"))

    def run(*arguments: object):
        return CliRunner().invoke(app, [str(one) for one in arguments])

    return run


def mapping_of(folder: Path, text: str) -> Path:
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return path


# The dry run.


def test_a_check_says_what_an_import_would_do_and_needs_no_server(casecore, tmp_path):
    mapping = mapping_of(tmp_path, in_source('order = "time"'))
    source = tmp_path / "log.csv"
    source.write_bytes((STRANGERS / "newest_first.csv").read_bytes() + b"T-3,Odd,2024-05-06T15:00:00Z,Bea\n")
    ended = casecore("import", source, "--mapping", mapping, "--check", "--json")
    assert ended.exit_code == 0, ended.output
    found = json.loads(ended.stdout)
    assert found["actions"] == {"close": 1, "note": 1, "open": 1, "resolve": 2, "take": 2}
    assert (found["stored"], found["implied"], found["rejected"]) == (7, 2, 0)
    assert found["unlisted"] == {"Odd": 1}
    assert found["first_rejects"] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.csv", "map.toml"]


def test_a_check_lists_what_would_be_rejected_and_needs_a_look(casecore, tmp_path):
    mapping = mapping_of(tmp_path, MAPPING)
    ended = casecore("import", STRANGERS / "case_ids.csv", "--mapping", mapping, "--check")
    assert ended.exit_code == 5
    assert "case is ' 1', with a space at one of its" in ended.stdout
    assert "Nothing was stored." in ended.stdout
    ended = casecore("import", STRANGERS / "newest_first.csv", "--mapping", mapping, "--check")
    assert ended.exit_code == 5
    assert "4 rows are from before an earlier row of their case" in " ".join(ended.stdout.split())
    assert 'order = "time"' in " ".join(ended.stdout.split())


@pytest.mark.parametrize(
    "options",
    [
        ["--check", "--rejects", "x.csv"],
        ["--check", "--on-behalf-of", "seller:nord:ida"],
        ["--sketch", "--on-behalf-of", "seller:nord:ida"],
        ["--sketch", "--check"],
        ["--sketch", "--json"],
    ],
)
def test_options_that_do_not_go_together_are_refused(casecore, tmp_path, options):
    mapping = mapping_of(tmp_path, MAPPING)
    ended = casecore("import", STRANGERS / "times.csv", "--mapping", mapping, *options)
    assert ended.exit_code == 2


def test_an_import_without_a_mapping_is_refused(casecore):
    ended = casecore("import", STRANGERS / "times.csv")
    assert ended.exit_code == 2
    assert "--mapping" in ended.output


def test_cases_of_a_check_are_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(check_module, "RECENT_CASES", 3)
    rows = [
        f"{n % 7},{what},2024-05-0{day}T09:00:00Z,"
        for day, what in ((1, "Opened"), (2, "Taken"))
        for n in range(7)
    ]
    found = of_text(tmp_path, "\n".join(["case,activity,time,person", *rows]))
    assert [event.event for event in found.events] == ["opened"] * 7 + ["taken"] * 7
    assert found.summary.implied == 0


def test_memory_stays_flat_where_rows_are_sorted(tmp_path, monkeypatch):
    # Given a window of 200 rows, and as many cases in memory
    monkeypatch.setattr(importer, "Window", partial(Window, size=200))
    monkeypatch.setattr(check_module, "RECENT_CASES", 200)

    def peak(rows: int) -> int:
        source = tmp_path / "log.csv"
        with source.open("w") as file:
            file.write("case,activity,time,person,text\n")
            for n in range(rows):
                day = 1 + (rows - n) % 28
                file.write(f"{n},Taken,2024-05-{day:02}T09:00:00Z,Ann,{'x' * 1_000}\n")
        mapping = mapping_of(tmp_path, in_source('order = "time"'))
        tracemalloc.start()
        try:
            check_file(source, read_mapping(mapping), "vendor")
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    # Then of twice as many rows no more is held.
    assert peak(400) < 1.3 * peak(200)


# The first mapping.


@pytest.mark.parametrize(
    "name",
    [
        "newest_first.csv",
        "unnamed_column.csv",
        "repeated_columns.csv",
        "times.csv",
        "long_text.csv",
        "wide.csv",
    ],
)
def test_a_sketch_can_be_used_as_it_is(tmp_path, name):
    mapping = mapping_of(tmp_path, sketch(STRANGERS / name))
    found = check_file(STRANGERS / name, read_mapping(mapping), "vendor").summary
    assert found.rejected == 0
    assert found.unlisted == {}
    assert not found.needs_a_look


def test_a_sketch_of_an_xes_log_lists_its_activities_and_attributes(casecore, tmp_path):
    ended = casecore("import", DATA / "helpdesk.xes.gz", "--sketch")
    assert ended.exit_code == 0
    mapping = read_mapping(mapping_of(tmp_path, ended.stdout))
    activities = {activity.name for activity in mapping.activity}
    assert activities == {activity.name for activity in read_mapping(DATA / "helpdesk.toml").activity}
    assert (mapping.source.format, mapping.source.resource) == ("xes", "org:resource")
    assert '#   "service_level": in 21,348 rows' in ended.stdout
    assert '# attempts = [{ action = "resolve", resolution_code = "solved" }]' in ended.stdout


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        (
            "ticket;status;when;größe\n1;Neu;06.05.2024 09:00;3\n",
            "cp1252",
            (";", "cp1252", ["%d.%m.%Y %H:%M"]),
        ),
        ("ticket\tstatus\twhen\n1\tnew\t2024-05-06T09:00:00Z\n", "utf-16", ("\t", "utf-16", None)),
        ("ticket,status,when\n1,new,06/May/24 9:00 AM\n", "utf-8", (",", "utf-8", ["%d/%b/%y %I:%M %p"])),
        ("ticket|status|when\n1|new|1714978800\n", "utf-8-sig", ("|", "utf-8", ["unix"])),
    ],
)
def test_a_sketch_has_the_delimiter_the_encoding_and_the_form_of_the_times(
    tmp_path, text, encoding, expected
):
    source = tmp_path / "log.csv"
    source.write_bytes(text.encode(encoding))
    mapping = read_mapping(mapping_of(tmp_path, sketch(source)))
    given = mapping.source
    assert (given.delimiter, given.encoding, given.time_format) == expected
    assert (given.case, given.activity, given.time) == ("ticket", "status", "when")
    assert check_file(source, mapping, "vendor").summary.rejected == 0


def test_a_name_of_any_characters_is_written_so_that_it_can_be_read(tmp_path):
    source = tmp_path / "log.csv"
    source.write_text('case,activity,time\n1,"say ""hi"" \\ # there",2024-05-06T09:00:00Z\n')
    mapping = read_mapping(mapping_of(tmp_path, sketch(source)))
    assert [activity.name for activity in mapping.activity] == ['say "hi" \\ # there']


def test_what_is_no_log_has_no_sketch(casecore):
    ended = casecore("import", STRANGERS / "page.xes", "--sketch")
    assert ended.exit_code == 2
    assert "it is a web page" in " ".join(ended.output.split())
