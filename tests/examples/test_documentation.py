"""What the examples' page and their lists of packages say is so."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.examples.subscribers import EXAMPLES

ROOT = EXAMPLES.parent
PAGE = (EXAMPLES / "README.md").read_text(encoding="utf-8")
SOURCES = [path for path in EXAMPLES.glob("*/*") if path.suffix in (".py", ".mjs", ".java")]


def test_each_of_python_is_tested_with_the_packages_that_it_names() -> None:
    listed = (EXAMPLES / "python" / "requirements.txt").read_text().splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    known = {*project["dependencies"], *project["optional-dependencies"]["dev"]}
    assert {line.partition("#")[0].strip() for line in listed} <= known


def test_every_variable_that_a_program_reads_is_explained() -> None:
    python = (EXAMPLES / "python" / "settings.py").read_text()
    read = set(re.findall(r'environ(?:\.get\(|\[)"(\w+)"', python))
    explained = set(re.findall(r"`([A-Z_]+)`", PAGE.split("## Running one")[1].split("```")[0]))
    assert read == explained
    for language, source in (("node", "kafka.mjs"), ("java", "Settings.java")):
        text = (EXAMPLES / language / source).read_text() + (EXAMPLES / "java" / "ById.java").read_text()
        assert {name for name in read if name not in text} == set(), language


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_none_imports_anything_of_ours_and_all_are_short(path) -> None:
    text = path.read_text()
    assert not re.search(r"^\s*(from|import)\s+(casecore|projections|tests)\b", text, re.MULTILINE)
    assert len(text.splitlines()) <= 270
