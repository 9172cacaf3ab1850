"""The whole command line: an output that nobody reads ends it, and an argument that is no text is refused."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any

import typer
from typer.core import TyperGroup

from casecore.cli.exits import Exit, exit_of, is_of_output, print_error
from casecore.cli.screens import STANDARD_OUTPUT, visible
from casecore.errors.files import naming


@contextmanager
def ending_with_output() -> Iterator[None]:
    """Write out what is printed; an output that is closed, or cannot be written, ends the program."""
    try:
        with naming(STANDARD_OUTPUT):  # all that commands read and write besides has a name
            try:
                yield
            except typer.Exit:
                sys.stdout.flush()
                raise
            sys.stdout.flush()
    except OSError as error:
        if not is_of_output(error):
            raise
        _forget_output()
        if isinstance(error, BrokenPipeError):
            raise typer.Exit(Exit.OUTPUT_CLOSED) from None
        print_error(error)
        raise typer.Exit(exit_of(error)) from None


def refuse_bytes(command: Any) -> None:
    """Let a command, or all commands of a group, refuse arguments that are bytes and no text.

    A path may be any bytes: of those, only what is shown of them has to be text.
    """
    if isinstance(command, TyperGroup):
        for one in command.commands.values():
            refuse_bytes(one)
    elif command.callback is not None:
        command.callback = _refusing_bytes(command)


def _refusing_bytes(command: Any) -> Callable[..., None]:
    callback: Callable[..., None] = command.callback
    parameters = {parameter.name: parameter for parameter in command.params}

    @wraps(callback)
    def checked(**given: Any) -> None:
        for name, value in given.items():
            for one in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(one, str) and not _is_text(one):
                    what = f"'{visible(one)}' is not text in UTF-8."
                    raise typer.BadParameter(what, param=parameters.get(name))
        callback(**given)

    return checked


def _is_text(given: str) -> bool:
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True


def _forget_output() -> None:
    """Let Python write what it still holds to nowhere when it ends, since that would fail again."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
