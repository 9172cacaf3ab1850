"""What the README says of the project is so: its promises have their tests, its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUARANTEES = ROOT / "docs" / "guarantees.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "data").glob("*.md"))]


def promises() -> list[tuple[str, str]]:
    """Test and file of each promise in the README's table, and of each guarantee."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.split("## What the system promises")[1].split("##")[0]
    guaranteed = re.findall(r"\[(test_\w+)\]\(\.\./(\S+)\)", GUARANTEES.read_text(encoding="utf-8"))
    return re.findall(r"\| \[(\w+)\]\((\S+)\) \|", table) + guaranteed


def test_there_are_promises() -> None:
    assert len(promises()) > 20


@pytest.mark.parametrize(("test", "file"), promises())
def test_the_test_of_a_promise_exists(test: str, file: str) -> None:
    assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
