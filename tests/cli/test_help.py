"""Every command explains itself, with an example that the program itself understands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperGroup
from typer.main import get_command

from casecore.cli.exits import MEANINGS, Exit
from casecore.cli.main import app

CASE = (
    "open take assign escalate hand-back wait resume message priority reclassify effort resolve reopen close "
    "policy cancel show list topics"
).split()
BILLING = (
    "run close-year invoice correct-document price vat terms release document explain ledger unbilled "
    "charges held statement documents owed fees fee-statement"
).split()
GIVEN = [
    *"up down wipe status relay project import submit generate workload replay".split(),
    *"rebuild audit trace demo subscribe".split(),
    *("serve", "export"),
    *("topics create", "topics forget", "topics acls", "database migrate"),
    *("identity add", "identity list", "identity revoke"),
    *(f"mine {word}" for word in "dfg variants handovers ping-pong waits".split()),
    *(f"calendar {word}" for word in "check publish list show between add".split()),
    *(f"policy {word}" for word in "check publish list show pin".split()),
    *(f"sla {word}" for word in "case due report unmatched watch evaluate explain whatif".split()),
    *(f"party {word}" for word in "register change show list import".split()),
    *(
        f"licence {word}"
        for word in "activate change assign cancel uncancel correct transfer void show import".split()
    ),
    *(f"billing {word}" for word in BILLING),
    *(f"billing fee-agreement {word}" for word in "set end withdraw list".split()),
    *("quarantine list", "quarantine retry", "quarantine skip"),
    *(f"case {word}" for word in CASE),
]


def commands() -> Iterator[tuple[str, object]]:
    """Every command with its full name."""

    def below(command: object, name: str) -> Iterator[tuple[str, object]]:
        if not isinstance(command, TyperGroup):
            yield name.strip(), command
            return
        context = typer.Context(command)
        for word in command.list_commands(context):
            yield from below(command.get_command(context, word), f"{name} {word}")

    yield from below(get_command(app), "")


COMMANDS = dict(commands())


def test_the_commands_are_those_that_are_promised() -> None:
    assert sorted(COMMANDS) == sorted(GIVEN)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_its_help_has_a_sentence_and_an_example_that_can_be_parsed(name: str) -> None:
    command = COMMANDS[name]
    text = " ".join((command.help or "").split())  # type: ignore[attr-defined]
    sentence, found, example = text.partition(" Example: ")
    assert found, f"{name} has no example"
    assert re.match(r"[A-Z].*[.]$", sentence), f"{name}: {sentence!r} is no sentence"
    words = shlex.split(example)
    assert words[: len(name.split()) + 1] == ["casecore", *name.split()]
    arguments = words[len(name.split()) + 1 :]
    command.make_context(name, arguments, resilient_parsing=False)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_option_is_explained(name: str) -> None:
    for parameter in COMMANDS[name].params:  # type: ignore[attr-defined]
        if parameter.name != "help":
            assert getattr(parameter, "help", None), f"{name}: {parameter.name} has no help"


def test_every_exit_code_has_a_meaning_and_is_documented() -> None:
    from pathlib import Path

    page = Path("docs/operating.md").read_text(encoding="utf-8")
    assert set(MEANINGS) == set(Exit)
    for code, meaning in MEANINGS.items():
        assert f"| {code.value} | {meaning} |" in page


def test_typer_does_not_dress_up_errors() -> None:
    assert isinstance(app, typer.Typer)
    assert app.pretty_exceptions_enable is False
