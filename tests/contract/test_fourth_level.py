"""What a fourth level costs those who read: a word in the schemas, and not one break."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from casecore.contract.streams import CASES
from casecore.contract.types import names_of
from devtools.compatibility import breaking_changes
from tests.newer_program import LEVEL, ROOT, STATE, sources_with_a_fourth_level


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources with a fourth level, and what is generated from them."""
    root = sources_with_a_fourth_level(tmp_path_factory.mktemp("newer"))
    done = subprocess.run(
        [sys.executable, "-m", "devtools.generate"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def schemas(root: Path) -> dict[str, Any]:
    return {
        path.name: msgspec.json.decode(path.read_bytes())
        for path in sorted((root / "schemas" / "events").iterdir())
    }


def test_a_fourth_level_breaks_no_schema_and_makes_no_new_version(newer: Path) -> None:
    today, then = schemas(ROOT), schemas(newer)
    # Every type keeps its name and version
    assert list(then) == list(today)
    # and no schema is broken
    breaks = {name: breaking_changes(today[name], then[name]) for name in today}
    assert {name: found for name, found in breaks.items() if found} == {}
    # although all events of cases, and two of service levels, may hold the new words.
    changed = [name for name in today if today[name] != then[name]]
    assert {name.rpartition(".v")[0] for name in changed} >= names_of(CASES)
    opened = then["casecore.case.opened.v1.json"]["$defs"]
    assert STATE in opened["State"]["x-extensible-enum"]
    assert LEVEL in opened["Level"]["x-extensible-enum"]


def test_taking_the_level_away_again_would_be_a_break_in_each_of_them(newer: Path) -> None:
    today, then = schemas(ROOT), schemas(newer)
    broken = [name for name in today if breaking_changes(then[name], today[name])]
    assert broken == [name for name in today if today[name] != then[name]]


def test_golden_examples_are_as_they_were(newer: Path) -> None:
    for path in (ROOT / "schemas" / "golden").iterdir():
        assert (newer / "schemas" / "golden" / path.name).read_bytes() == path.read_bytes()
