"""`casecore generate`: prints or stores a made-up business, and says what would be right where it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from casecore.synthetic.plan import plan
from tests.cli.asking import asked, error_of, run, use

WISH = ("generate", "--cases", "30", "--seed", "7", "--start", "2025-01-01")


def test_it_is_stored_once_however_often_it_is_generated(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an empty store
    use(database, monkeypatch)

    # When a business is generated, and again
    first, again = asked(*WISH), asked(*WISH)

    # Then all of it is stored, and nothing the second time
    cases = first["kinds"]["case"]
    assert cases["commands"] == cases["stored"] == cases["events"] > 150
    assert again["kinds"]["case"] == {**cases, "stored": 0, "events": 0, "repeated": cases["commands"]}
    assert first["refusals"] == again["refusals"] == []
    assert first["mark"] == again["mark"] == plan(30, 7, date(2025, 1, 1)).mark
    assert "party" in run(*WISH)


def test_what_is_printed_is_what_submit_reads(
    database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Given the commands as lines, printed where no server is
    monkeypatch.setenv("CASECORE_DATABASE", "postgresql://127.0.0.1:1/nowhere")
    lines = tmp_path / "business.jsonl"
    lines.write_text(run(*WISH, "--print"))

    # When they are submitted
    use(database, monkeypatch)
    answers = run("submit", str(lines)).splitlines()

    # Then each is accepted, and there is nothing left to generate
    assert len(answers) == len(lines.read_text().splitlines()) > 200
    assert all('"accepted":true' in answer for answer in answers)
    assert all(kind["stored"] == 0 for kind in asked(*WISH)["kinds"].values())


def test_the_order_of_hashes_changes_nothing() -> None:
    def printed(seed: str) -> bytes:
        command = [sys.executable, "-m", "casecore.cli", *WISH, "--print"]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run(command, env=environment, capture_output=True, check=True).stdout

    assert printed("1") == printed("2") == run(*WISH, "--print").encode()


def test_a_start_that_is_too_late_is_refused_with_the_latest_that_works() -> None:
    # Given that the cases of some days lie before today only if they began in time
    late = (datetime.now(UTC) - timedelta(days=30)).date()

    said = error_of("generate", "--cases", "30", "--seed", "7", "--start", str(late), "--print")
    latest = said.partition("Give ")[2].partition(" ")[0]

    # Then that start is refused, and the one that is named works
    assert f"the start {late}" in said
    works = ("generate", "--cases", "30", "--seed", "7", "--start", latest, "--print")
    assert len(run(*works).splitlines()) > 200
    next_day = date.fromisoformat(latest) + timedelta(days=1)
    assert "reach past today" in error_of(*works[:-2], str(next_day), "--print")


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (("--cases", "0", "--start", "2025-01-01"), "cases: 0 was asked for; give 1 to 100000000"),
        (("--cases", "5", "--start", "spring"), "--start 'spring' is not a date; one is 2026-03-02"),
        (("--cases", "5", "--start", "2025-01-01", "--seed", "-1"), "the seed: -1 was asked for"),
        (("--cases", "5", "--start", "2025-01-01", "--customers", "0"), "customers: 0 was asked for"),
        (("--cases", "5", "--start", "2025-01-01", "--cases-a-day", "0"), "cases a day: 0 was asked for"),
    ],
)
def test_what_cannot_be_made_is_refused(wish: tuple[str, ...], says: str) -> None:
    assert says in error_of("generate", *wish)
