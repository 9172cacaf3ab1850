"""Tables that people keep in a spreadsheet: what their columns mean, and the command that a row asks for.

The columns have the names of the commands' fields; the column `action` names a row's action.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID, uuid5

import msgspec

from casecore.decider.command import Action, Command, CommandHeader, GivenActor
from casecore.imports.errors import RowRejected
from casecore.imports.places import PlaceCounter

ACTION, OCCURRED_AT = "action", "occurred_at"

_ROWS = UUID("b2b1b7a5-2d5c-4f0f-9c53-6d1b0a4d7c11")

ReadCell: TypeAlias = Callable[[str], object]
"""From a cell's text to a field's value; raises ValueError, which says what would be right."""


class InvalidCell(RowRejected):
    """One cell of a row cannot be used: which column, and what would be right."""

    def __init__(self, column: str, what: str) -> None:
        super().__init__(f"{column} {what}", column)


class ImportTable(NamedTuple):
    """One kind of table: the column that says what a row is about, and the actions, the usual one first.

    `cells` reads the cells that are not plain text. `needed` are the columns that the file must have.
    """

    name: str
    key: str
    needed: tuple[str, ...]
    actions: tuple[type[Action], ...]
    cells: Mapping[str, ReadCell]
    command: Callable[[str, Any, CommandHeader], Command]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that a file may have, each once."""
        fields = (field.name for kind in self.actions for field in msgspec.structs.fields(kind))
        return tuple(dict.fromkeys((ACTION, self.key, *fields, OCCURRED_AT)))

    def kind_of(self, action: str) -> type[Action]:
        """The action that a row's cell names, the usual one where it is empty; raises InvalidCell."""
        named = {str(kind.__struct_config__.tag): kind for kind in self.actions}
        if not action:
            return self.actions[0]
        if action not in named:
            raise InvalidCell(ACTION, f"is {action[:100]!r}; the actions are {', '.join(named)}")
        return named[action]


def row_command(
    table: ImportTable, cells: Mapping[str, str], actor: GivenActor, counter: PlaceCounter
) -> Command:
    """The command that a row asks for; raises InvalidCell. `cells` are those of the row, by column.

    Its id follows from the actor, from the row's content, and from how many rows of the file had the same
    content before: imported again, it is the same command.
    """
    filled = {column: text.strip() for column, text in cells.items() if text.strip()}
    kind = table.kind_of(filled.get(ACTION, ""))
    key = filled.get(table.key)
    if key is None:
        raise InvalidCell(table.key, "is empty: each row names one")
    fields = _fields(table, kind, filled)
    occurred_at = _instant(filled[OCCURRED_AT]) if OCCURRED_AT in filled else None
    content = {**filled, ACTION: str(kind.__struct_config__.tag)}
    header: CommandHeader = {
        "command_id": _command_id(table.name, content, actor, counter),
        "actor": actor,
        "occurred_at": occurred_at,
    }
    return table.command(key, kind(**fields), header)


def whole_number(text: str) -> int:
    """A cell that counts something."""
    if not re.fullmatch("[0-9]{1,9}", text):
        raise ValueError("give a whole number")
    return int(text)


def day(text: str) -> date:
    """A cell that holds a date."""
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("give a date as YEAR-MONTH-DAY, such as 2026-03-02")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day: give a date such as 2026-03-02") from None


def yes(text: str) -> bool:
    """A cell that is a flag."""
    if text != "yes":
        raise ValueError("write yes, or leave it empty")
    return True


def _fields(table: ImportTable, kind: type[Action], filled: Mapping[str, str]) -> dict[str, object]:
    known = {field.name: field for field in msgspec.structs.fields(kind)}
    for column, text in filled.items():
        if column not in known and column not in (ACTION, table.key, OCCURRED_AT):
            tag = kind.__struct_config__.tag
            raise InvalidCell(column, f"is {text[:100]!r}, and does not go with {tag}: leave it empty")
    for name, field in known.items():
        if field.required and name not in filled:
            raise InvalidCell(name, f"is empty; {kind.__struct_config__.tag} needs it")
    return {name: _value(table, name, filled[name]) for name in known if name in filled}


def _value(table: ImportTable, column: str, text: str) -> object:
    try:
        return table.cells[column](text) if column in table.cells else text
    except ValueError as wrong:
        raise InvalidCell(column, f"is {text[:100]!r}: {wrong}") from None


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise ValueError
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        what = "give an instant with its offset from UTC, such as 2026-03-02T09:30:00Z"
        raise InvalidCell(OCCURRED_AT, f"is {text[:100]!r}: {what}") from None


def _command_id(table: str, content: Mapping[str, str], actor: GivenActor, counter: PlaceCounter) -> UUID:
    by = (actor.role.value, actor.organisation, actor.person)
    digest = sha256(json.dumps([table, by, sorted(content.items())]).encode()).hexdigest()
    return uuid5(_ROWS, f"{digest} {counter.take(digest)}")
