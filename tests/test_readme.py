"""What the README says of the project is so, in the space that it has; test_docs.py checks its links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUARANTEES = ROOT / "docs" / "guarantees.md"
LAWS = ROOT / "docs" / "laws.md"
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROWS, COLUMNS = 120, 110
"""Three screens."""


def promises() -> list[tuple[str, str]]:
    """Test and file of each promise in the README's table, of each guarantee, and of each law."""
    table = README.split("## What the system promises")[1].split("##")[0]
    pages = GUARANTEES.read_text(encoding="utf-8") + LAWS.read_text(encoding="utf-8")
    return re.findall(r"\| \[(\w+)\]\((\S+)\) \|", table) + re.findall(r"\[(test_\w+)\]\(\.\./(\S+)\)", pages)


def test_there_are_promises() -> None:
    assert len(promises()) > 20


def test_the_readme_has_the_eight_that_matter_most() -> None:
    table = README.split("## What the system promises")[1].split("##")[0]
    assert len(re.findall(r"\]\(tests/", table)) == 8


@pytest.mark.parametrize(("test", "file"), promises())
def test_the_test_of_a_promise_exists(test: str, file: str) -> None:
    assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8")


def test_the_tour_fits_on_three_screens() -> None:
    tour = README.split("\n## A tour\n")[1].splitlines()
    assert sum(max(1, -(-len(line) // COLUMNS)) for line in tour) <= ROWS
