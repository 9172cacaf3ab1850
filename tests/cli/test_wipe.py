"""`casecore wipe` removes what `up` made, says what, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from casecore.cli.main import app
from tests.cli.asking import run


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `up` left below its home, with what was fetched and a file of somebody's own."""
    monkeypatch.setenv("CASECORE_HOME", str(tmp_path))
    kept = ("cache/kafka-4.2.1/a.jar", "mine.csv", "keys.json")
    for name in ("kafka/data/log", "logs/relay.log", "addresses.json", *kept):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    return tmp_path


def test_it_removes_what_up_made_and_keeps_the_rest(home: Path) -> None:
    said = run("wipe", "--yes").replace("\n", "")
    removed, _, kept = said.partition("This is kept")
    assert all(str(home / name) in removed for name in ("kafka", "logs", "addresses.json"))
    assert str(home / "keys.json") in kept
    left = {str(file.relative_to(home)) for file in home.rglob("*") if file.is_file()}
    assert left - {"run/lock"} == {"cache/kafka-4.2.1/a.jar", "mine.csv", "keys.json"}
    run("wipe", "--yes")


def test_it_asks_and_changes_nothing_unless_the_answer_is_yes(home: Path) -> None:
    for answer, code, says in (("n\n", 0, "Nothing was removed"), ("", 2, "give --yes")):
        done = CliRunner().invoke(app, ["wipe"], input=answer)
        assert done.exit_code == code
        assert says in done.output
    assert (home / "kafka" / "data" / "log").exists()
