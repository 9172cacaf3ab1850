"""The command line as somebody types it, in this process or another: what it ends with, and prints."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from casecore.cli import main as program
from casecore.cli.main import app
from tests import forked
from tests.forked import Command, Ended

ROOT = Path(__file__).parents[2]
COLUMNS = 100
NOTHING: Mapping[str, str] = MappingProxyType({})


class CommandLine:
    """The program with these settings and no others."""

    def __init__(self, settings: Mapping[str, str] = NOTHING) -> None:
        # Of another checkout, the surface would be compared with itself.
        assert Path(program.__file__).is_relative_to(ROOT), f"{program.__file__} is not of {ROOT}"
        self._settings = {"COLUMNS": str(COLUMNS), "NO_COLOR": "1", **settings}
        self._foreign = [name for name in os.environ if name.startswith("CASECORE_")]
        self._kept = {name: value for name, value in os.environ.items() if name not in self._foreign}

    def run(self, *arguments: str, given: bytes = b"", settings: Mapping[str, str] = NOTHING) -> Ended:
        """Run a command in this process, with `settings` besides; a defect ends with 1, as outside."""
        done = CliRunner().invoke(
            app,
            list(arguments),
            input=given,
            env={**dict.fromkeys(self._foreign), **self._settings, **settings},
            terminal_width=COLUMNS,
            prog_name="casecore",
        )
        complained = done.stderr
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            complained += "".join(traceback.format_exception(done.exception))
        return Ended(done.exit_code, done.stdout, complained)

    def run_outside(self, *arguments: str, settings: Mapping[str, str] = NOTHING) -> Ended:
        """Run a command in a process of its own; may be called from any thread."""
        return forked.run(Command(arguments), {**self._kept, **self._settings, **settings})


def commands_below(group: Any = None, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every group and every command, in the order of help; the first is the program itself."""
    command = get_command(app) if group is None else group
    yield words
    if isinstance(command, TyperGroup):
        context = typer.Context(command)
        for word in command.list_commands(context):
            yield from commands_below(command.get_command(context, word), (*words, word))
