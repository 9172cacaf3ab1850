"""What a runbook says to type can be typed: commands, options, addresses of the API, and names in SQL."""

from __future__ import annotations

import re
import shlex

import pytest

from casecore.api.answers.catalogue import QUESTIONS
from tests.cli.test_help import COMMANDS
from tests.ops.rules import ROOT

PAGES = sorted((ROOT / "docs" / "runbooks").glob("*.md"))


def commands_in(text: str) -> list[list[str]]:
    """The words of each command of the program, in a block or in a line."""
    blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    lines = [line.partition(" #")[0] for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`(casecore [^`]*)`", text)
    return [shlex.split(line)[1:] for line in lines if line.startswith("casecore ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_command_of_a_page_can_be_parsed(page) -> None:
    found = commands_in(page.read_text(encoding="utf-8"))
    assert found or page.name == "README.md"
    for words in found:
        count = next((n for n in (3, 2, 1) if " ".join(words[:n]) in COMMANDS), 0)
        assert count, f"{page.name}: casecore {' '.join(words)}"
        name = " ".join(words[:count])
        COMMANDS[name].make_context(name, words[count:], resilient_parsing=False)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_an_address_of_the_api_on_a_page_is_one(page) -> None:
    paths = {one.path for one in QUESTIONS}
    for path in re.findall(r"`GET (/v1/[^`?]*)", page.read_text(encoding="utf-8")):
        assert path in paths, f"{page.name}: {path}"
