"""Tables fit a terminal of 80 columns; data for programs is JSON with field names."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import pytest
from rich.console import Console

from casecore.app.service_levels import words
from casecore.cli import output
from casecore.cli.exits import print_error
from casecore.cli.left_out import print_left_out
from casecore.cli.screens import Screen
from casecore.errors.kinds import InvalidInput
from tests.surface.command_line import CommandLine


class Pair(NamedTuple):
    left: int
    right: object


def test_named_tuples_become_objects_all_the_way_down(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json([Pair(1, Pair(2, datetime(2026, 3, 2, tzinfo=UTC))), (3, None)])
    printed = json.loads(capsys.readouterr().out)
    assert printed == [{"left": 1, "right": {"left": 2, "right": "2026-03-02T00:00:00Z"}}, [3, None]]


def test_a_table_is_at_most_80_wide_and_shows_what_was_typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "screen", Console(width=80))
    rows = [("C-1", "[bold]not markup[/]", "x" * 300, None, True, 1.25)]
    columns = [output.PrintedColumn("c", itemgetter(place)) for place in range(6)]
    output.print_table("Cases", columns, rows)
    printed = capsys.readouterr().out
    assert max(len(line) for line in printed.splitlines()) <= 80
    assert "not markup" in printed.replace("\n", "")
    assert printed.count("x") == 300


def test_an_empty_table_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table("Cases", [output.PrintedColumn("case", str)], [])
    assert "nothing" in capsys.readouterr().out


def test_totals_are_a_last_row_also_of_a_table_without_others(capsys: pytest.CaptureFixture[str]) -> None:
    columns = (output.PrintedColumn[int]("of", str), output.number("sum", lambda cents: cents))
    output.print_table("Sums", columns, [7], ("all", 7))
    assert capsys.readouterr().out.split() == ["Sums", "of", "sum", "7", "7", "all", "7"]
    output.print_table("Sums", columns, [], ("all", 0))
    assert capsys.readouterr().out.split() == ["Sums", "of", "sum", "all", "0"]


@pytest.mark.parametrize("hostile", ["[/x]", "a\\[/b]", ":key:", "[red]", "[link=x]", "\\"])
def test_what_people_wrote_is_shown_as_they_wrote_it(
    hostile: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "screen", Console(width=80, highlight=False, emoji=False))
    output.print_table(f"Timeline of {hostile}", [output.PrintedColumn("case", str)], [hostile])
    printed = capsys.readouterr().out.splitlines()
    assert printed[1].strip() == f"Timeline of {hostile}"
    assert printed[3].strip() == hostile


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0:00:00"),
        (45_296, "12:34:56"),
        (Decimal("415.5"), "0:06:55.5"),
        (Decimal("0.000001"), "0:00:00.000001"),
        (-300, "-0:05:00"),
        (Decimal("-0.25"), "-0:00:00.25"),
        (Decimal("3600.0"), "1:00:00"),
    ],
)
def test_a_duration_is_shown_whole_so_that_a_column_adds_up(seconds: int | Decimal, shown: str) -> None:
    assert words.hours_text(seconds) == shown


@pytest.mark.parametrize(
    ("zone", "at", "heading", "shown"),
    [
        (None, ["2026-03-02T09:30:15.12Z"], "at (CET)", ["2026-03-02 10:30:15"]),
        ("UTC", ["2026-03-02T09:30:15Z"], "at (UTC)", ["2026-03-02 09:30:15"]),
        ("America/Sao_Paulo", ["2026-03-02T09:30:15Z"], "at (-03)", ["2026-03-02 06:30:15"]),
        (
            "Europe/Berlin",
            ["2026-07-01T22:00:00Z", "2026-01-01T00:00:00Z"],
            "at (CET/CEST)",
            ["2026-07-02 00:00:00", "2026-01-01 01:00:00"],
        ),
        # the last hour that there is
        (None, ["9999-12-31T23:30:00Z"], "at (UTC)", ["9999-12-31 23:30:00"]),
        # in autumn an hour comes twice
        (
            "Europe/Berlin",
            ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"],
            "at (CEST/CET)",
            ["2026-10-25 02:30:00 CEST", "2026-10-25 02:30:00 CET"],
        ),
    ],
)
def test_people_are_shown_instants_in_their_zone_and_programs_in_utc(
    zone: str | None,
    at: list[str],
    heading: str,
    shown: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Given a zone, or none, which is that of Berlin
    if zone is None:
        monkeypatch.delenv("CASECORE_TIME_ZONE", raising=False)
    else:
        monkeypatch.setenv("CASECORE_TIME_ZONE", zone)
    rows = [datetime.fromisoformat(text) for text in at]
    columns = (output.short("at", lambda row: row), output.short("again", lambda row: row))
    # When instants are printed
    output.print_table("Instants", columns, rows)
    # Then each is to the second by the clock there, and the heading says once which zone that is
    _, _, headings, *lines = capsys.readouterr().out.splitlines()
    assert " ".join(headings.split()) == f"{heading} again"
    assert [line.split("  ")[0].strip() for line in lines] == shown
    output.print_json(rows)
    assert json.loads(capsys.readouterr().out) == [row.isoformat().replace("+00:00", "Z") for row in rows]


def test_no_command_writes_the_time_of_day_by_itself() -> None:
    # One place knows the zone of people; a calendar shows its own beside UTC
    folder = Path("src/casecore/cli")
    allowed = {folder / "zone.py", folder / "commands/calendar/tables.py"}
    found = [path for path in folder.rglob("*.py") if re.search("%H|[0-9}] UTC", path.read_text())]
    assert set(found) == allowed


def test_a_fraction_is_a_number_for_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json({"elapsed_seconds": Decimal("0.5")})
    assert capsys.readouterr().out == '{"elapsed_seconds":0.5}\n'


HOSTILE = "A\x1b]0;title\x07\x1b[31mB\x9b31m\u202eC\x7f"
"""What sets a terminal's title and colour, and turns the direction of writing."""

SHOWN = r"A\x1b]0;title\x07\x1b[31mB\x9b31m\u202eC\x7f"


def test_control_characters_are_shown_and_not_sent_whatever_prints_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # When something with control characters is printed, in each of the ways that there are
    output.screen.print(HOSTILE, markup=False)
    output.screen.print(f"[bold]{HOSTILE.replace('[', '(')}[/]")
    output.print_lines([HOSTILE])
    output.print_table(HOSTILE, [output.PrintedColumn(HOSTILE, str)], [HOSTILE])
    print_left_out([HOSTILE])
    output.complaints.print(HOSTILE, markup=False)
    print_error(InvalidInput(HOSTILE))
    with output.bar_of_share(HOSTILE, quiet=False) as bar:
        bar(0.5, HOSTILE)
    with output.line_of_progress(HOSTILE, quiet=False) as line:
        line(HOSTILE)
    # Then none of them is sent
    printed, complained = capsys.readouterr()
    assert not re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", printed + complained)
    assert printed.count(SHOWN) > 3
    assert SHOWN in complained


def test_a_case_of_a_file_cannot_change_the_terminal(tmp_path: Path) -> None:
    # Given a case whose reference holds what sets the title and the colour
    events = tmp_path / "escapes.jsonl"
    opened = {"type": "opened", "occurred_at": "2026-03-06T16:20:00+01:00", "data": {"reference": HOSTILE}}
    events.write_text(json.dumps(opened))
    policy = "docs/service-levels/vendor-end-to-end.toml"
    # When its clocks are evaluated, for a person and for a program
    for at in ("2026-03-07T00:00:00Z", "2025-03-07T00:00:00Z"):
        for form in ((), ("--json",)):
            done = CommandLine().run("sla", "evaluate", str(events), "--policy", policy, "--at", at, *form)
            # Then what reaches the terminal is seen
            said = done.printed + done.complained
            assert not re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f]", said), (at, form)
            assert form or SHOWN in said
            assert not (form and done.code == 0) or json.loads(done.printed)["case"] == HOSTILE


def test_json_is_the_same_to_a_program_and_nothing_in_it_steers_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output.print_json({HOSTILE: HOSTILE})
    printed = capsys.readouterr().out
    assert not re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f]", printed)
    assert json.loads(printed) == {HOSTILE: HOSTILE}


def test_a_table_of_hostile_texts_still_fits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "screen", Screen(width=80, highlight=False, emoji=False))
    output.print_table(
        "Cases", [output.PrintedColumn("a", str), output.PrintedColumn("b", str)], ["\x1b" * 60]
    )
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_bytes_that_are_not_text_are_shown_too(capsys: pytest.CaptureFixture[str]) -> None:
    output.screen.print("a file called \udcff.csv", markup=False)
    assert capsys.readouterr().out == "a file called \\xff.csv\n"
