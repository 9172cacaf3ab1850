"""What docs/analysis.md shows is what the program prints of the help desk's log, and what SQL answers."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

from tests.journeys.harness.program import Program

PAGE = Path("docs/analysis.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```console\n\$ casecore ((?:replay|sla) .*)\n([\s\S]*?)```", PAGE)
QUERIES = re.findall(r"```sql\n(select [\s\S]*?)```", PAGE)
_OF_THE_IMPORT = re.compile(r"\b20[2-9]\d-\d\d-\d\d \d\d:\d\d:\d\d")
"""When the test's own import, or that of the page, recorded a row."""


@pytest.mark.parametrize(("command", "shown"), SHOWN, ids=[command for command, _ in SHOWN])
def test_the_page_shows_what_is_printed(imported: Program, command: str, shown: str) -> None:
    printed = imported.run(*command.split(), environment={"COLUMNS": "80", "CASECORE_TIME_ZONE": "UTC"})
    assert plain(printed) == plain(shown)
    assert max(map(len, printed.splitlines())) <= 80


def test_sql_answers_as_the_commands_do(imported: Program) -> None:
    with psycopg.connect(imported.database) as connection:
        counted, one = [connection.execute(query.encode()).fetchall() for query in QUERIES]
    shown = dict(SHOWN)
    by_state = shown["replay --all --at 2013-06-30T22:00:00Z --by state,level"].splitlines()
    assert [line.split()[-1] for line in by_state[-len(counted) :]] == [f"{row[2]:,}" for row in counted]
    [(state, level, organisation, agent, _)] = one
    of_one = shown["replay HD-2300 --at 2013-06-30T22:00:00Z"]
    assert f"stood      {state}, {level}, " in of_one
    assert f"with       {organisation}, {agent or 'nobody assigned'}" in of_one


def plain(text: str) -> str:
    """What is shown, without blanks at the ends of lines, and without when an import recorded it."""
    lines = [line.rstrip() for line in _OF_THE_IMPORT.sub("RECORDED AT INSTANT", text).splitlines()]
    return "\n".join(lines).strip()
