"""A group of commands, such as `casecore case …`, put together from what its modules have."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

import typer

Commands: TypeAlias = Mapping[str, Callable[..., None]]
"""By the name that is typed, in the order in which help shows them."""


def group_of(says: str, *parts: Commands, of_numbers: Collection[str] = ()) -> typer.Typer:
    """The group; `says` is its help. The commands `of_numbers` take -5 as a number, not as an option."""
    group = typer.Typer(no_args_is_help=True, help=says)
    for commands in parts:
        for name, command in commands.items():
            settings = {"ignore_unknown_options": True} if name in of_numbers else None
            group.command(name, context_settings=settings)(command)
    return group
