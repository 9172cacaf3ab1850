"""A refusal is read at every door: its text is in the words of the business, and names no door's commands."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any, get_args

import msgspec
import pytest

import casecore
from casecore.decider.command import Action, Command
from casecore.decider.refusal import Refusal


def descendants(kind: type) -> Iterator[type]:
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


def all_of(kind: type) -> list[type]:
    """Every subclass in the program, in the order of their names."""
    for module in pkgutil.walk_packages(casecore.__path__, "casecore."):
        if module.name.rpartition(".")[2] in ("refusal", "refusals", "command", "commands"):
            importlib.import_module(module.name)
    found = {one for one in descendants(kind) if one.__module__.startswith("casecore.")}
    return sorted(found, key=lambda one: (one.__module__, one.__qualname__))


def structs_in(hint: Any) -> Iterator[type[msgspec.Struct]]:
    """The structs that a field's type names."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for argument in get_args(hint):
        yield from structs_in(argument)


def command_words() -> set[str]:
    """The fields of all commands and of what is in them, and the names of all actions."""
    waiting: list[type] = [*all_of(Command), *all_of(Action)]
    seen: set[type] = set()
    words: set[str] = set()
    while waiting:
        struct = waiting.pop()
        if struct in seen:
            continue
        seen.add(struct)
        if issubclass(struct, Action):
            words.add(str(struct.__struct_config__.tag))
        for field in msgspec.structs.fields(struct):
            words.add(field.encode_name)
            waiting.extend(structs_in(field.type))
    return words


WORDS = command_words()
REFUSALS = all_of(Refusal)


def names_of_a_door(text: str) -> list[str]:
    """What in a text names a command or an option of one door."""
    quoted = [word for word in re.findall(r"`([^`]*)`", text) if word not in WORDS]
    return [*re.findall(r"casecore \S+", text), *re.findall(r"--\S*", text), *quoted]


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_a_refusal_names_no_command_and_no_option_of_a_door(kind: type[Refusal]) -> None:
    assert names_of_a_door(cleandoc(kind.__doc__ or "")) == []


def test_there_are_refusals_of_every_room() -> None:
    rooms = {kind.__module__.split(".")[1] for kind in REFUSALS}
    assert rooms >= {"billing", "cases", "decider", "licences", "parties", "service_levels"}
    assert len(REFUSALS) > 90
    assert {"partner", "readers", "escalate", "hand_back", "percent", "net_cents", "occurred_at"} <= WORDS


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("run casecore case take", ["casecore case"]),
        ("give --partner", ["--partner"]),
        ("leave `--to` out", ["--to`", "--to"]),
        ("use `none`", ["none"]),
        ("name it in `partner`, or `escalate` it", []),
    ],
)
def test_what_names_a_door_is_found(text: str, found: list[str]) -> None:
    assert names_of_a_door(text) == found
