"""The program's commands, each imported from the module or folder of its name when it is called."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from casecore.cli import commands
from casecore.cli.command_line import ending_with_output, refuse_bytes

_FIRST = (
    *("case", "calendar", "policy", "sla", "billing", "party", "licence", "quarantine"),
    *("up", "down", "wipe", "status", "serve", "identity", "relay", "project", "topics", "database"),
    *("import", "submit", "export", "mine", "generate", "workload", "replay", "demo", "rebuild"),
    *("audit", "trace", "subscribe"),
)
"""The order in which help shows them; one that is not named here comes after these."""


@cache
def names() -> tuple[str, ...]:
    """All commands: one for each module and folder of casecore.cli.commands, in the order of help."""
    modules = {module.name for module in iter_modules(commands.__path__)}
    found = sorted("import" if name == module_name("import") else name for name in modules)
    return tuple(sorted(found, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST)))


class LazyGroup(TyperGroup):
    """The program's commands, imported on demand: all take a second, and most calls need only one."""

    def make_context(self, *given: Any, **named: Any) -> Any:
        """What was typed, understood; --help and --version print already here."""
        with ending_with_output():
            return super().make_context(*given, **named)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with ending_with_output():
            return super().invoke(ctx)

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002  # the library's name for it
        """All, in the order in which help shows them."""
        return list(names())

    def get_command(self, ctx: object, cmd_name: str) -> Any:  # noqa: ARG002  # as above
        """The command of that name, or None; its module is imported. Its type has no public name."""
        return _command(cmd_name) if cmd_name in names() else None


def module_name(command: str) -> str:
    """The module of casecore.cli.commands that has a command; `import` is a keyword of Python."""
    return "import_log" if command == "import" else command


@cache
def _command(name: str) -> Any:
    """The group that a module has as `app`, else the function that has the module's name."""
    module = import_module(f"casecore.cli.commands.{module_name(name)}")
    program = typer.Typer(rich_markup_mode=None)
    group = getattr(module, "app", None)
    if isinstance(group, typer.Typer):
        program.add_typer(group, name=name)
    else:
        program.command(name)(getattr(module, module_name(name)))
        program.callback()(_nothing)  # else Typer turns a program of one command into that command
    command = get_group(program).commands[name]
    refuse_bytes(command)
    _show_whole_sentences(command)
    return command


def _show_whole_sentences(command: Any) -> None:
    """Let the parent's list show the first sentence of a command's help, however long, and not cut it."""
    first = " ".join((command.help or "").split("\n\n", 1)[0].split())
    command.short_help = f"{first.split('. ', 1)[0].rstrip('.')}." if first else None
    if isinstance(command, TyperGroup):
        for one in command.commands.values():
            _show_whole_sentences(one)


def _nothing() -> None:
    return None
