"""The commands by the part that has them; a part is imported when one of its commands is called."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

_GROUPS = {
    "case": ("look",),
    "calendar": (),
    "policy": ("pinning",),
    "sla": (),
    "billing": (
        "billing_run",
        "billing_terms",
        "billing_look",
        "billing_statements",
        "billing_explain",
        "fee_agreements",
        "fees",
    ),
    "party": (),
    "licence": (),
    "quarantine": (),
}
"""Groups of commands: a module with an `app`, and those whose `add_to` adds to it."""

_OTHERS = {
    "operations": ("up", "down", "status", "relay", "project", "topics", "database"),
    "calls": ("import", "submit"),
    "synthetic": ("generate",),
    "look": ("workload",),
    "demo": ("demo",),
    "views": ("rebuild", "audit"),
}
"""Modules whose `add_to_program` adds these commands and groups to the program itself."""

_ORDER = (*_GROUPS, *(name for names in _OTHERS.values() for name in names))


class Parts(TyperGroup):
    """The program's commands. To import all of them takes a second, and most calls need one."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002  # the library's name for it
        """All, in the order in which help shows them."""
        return list(_ORDER)

    def get_command(self, ctx: object, cmd_name: str) -> Any:  # noqa: ARG002  # as above
        """The command of that name, or None; its part is imported. Its type has no public name."""
        if cmd_name in _GROUPS:
            return _group(cmd_name)
        return next((_others(part)[cmd_name] for part, names in _OTHERS.items() if cmd_name in names), None)


@cache
def _group(name: str) -> Any:
    part: typer.Typer = _module(name).app
    for other in _GROUPS[name]:
        _module(other).add_to(part)
    program = _program()
    program.add_typer(part, name=name)
    return get_group(program).commands[name]


@cache
def _others(part: str) -> dict[str, Any]:
    program = _program()
    _module(part).add_to_program(program)
    return dict(get_group(program).commands)


def _program() -> typer.Typer:
    return typer.Typer(rich_markup_mode=None)


def _module(name: str) -> ModuleType:
    return import_module(f"casecore.cli.{name}")
