"""The actions that a mapping asks for, checked once against the commands and then filled in row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, get_args

import msgspec

from casecore.cases import commands as c
from casecore.cases.commands import OpenCase, PlainAction
from casecore.contract import cases as e
from casecore.contract.types import EVENT_TYPES
from casecore.imports.errors import InvalidMapping
from casecore.imports.fillers import FieldValue, Filler, checked, compile_filler
from casecore.imports.mapping import FromAttribute

ACTIONS: dict[str, type[PlainAction]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(PlainAction)
}

_ACTION_OF_STRUCT: dict[type[e.CaseEvent], type[PlainAction]] = {
    e.CaseOpened: c.OpenCase,
    e.CaseTaken: c.TakeCase,
    e.CaseAssigned: c.AssignCase,
    e.CaseEscalated: c.EscalateCase,
    e.CaseHandedBack: c.HandBackCase,
    e.WaitingStarted: c.WaitForCustomer,
    e.WaitingEnded: c.ResumeCase,
    e.MessagePosted: c.PostMessage,
    e.PriorityChanged: c.ChangePriority,
    e.CaseReclassified: c.ReclassifyCase,
    e.EffortRecorded: c.RecordEffort,
    e.CaseResolved: c.ResolveCase,
    e.CaseReopened: c.ReopenCase,
    e.CaseClosed: c.CloseCase,
    e.CaseCancelled: c.CancelCase,
}
ACTION_OF_EVENT: dict[str, str] = {
    kind.wire_name: str(_ACTION_OF_STRUCT[kind.struct].__struct_config__.tag)
    for kind in EVENT_TYPES.all
    if kind.struct in _ACTION_OF_STRUCT
}
"""The action that leads to an event, by the event's name on the wire; what is not here is a note."""


class Template(NamedTuple):
    """An action whose fields are filled in from a row."""

    make: Callable[..., PlainAction]
    constants: dict[str, object]
    fillers: tuple[tuple[str, Filler, bool], ...]
    """Name, value, and whether the action needs it."""

    def fill(self, attributes: Mapping[str, str], cut: list[str]) -> PlainAction | str:
        """The action for a row; or the name of a needed field that the row does not give.

        Names attributes whose text was cut in `cut`. Raises RowRejected for a value that the field cannot
        take.
        """
        if not self.fillers:
            return self.make(**self.constants)
        fields = dict(self.constants)
        for name, filler, needed in self.fillers:
            value = filler(attributes, cut)
            if value is not None:
                fields[name] = value
            elif needed:
                return name
        return self.make(**fields)


def compile_action(
    file: str,
    key: str,
    kind: type[PlainAction],
    given: Mapping[str, FieldValue | None],
    *,
    truncates: bool,
) -> Template:
    """The template of an action from its fields in the mapping; raises InvalidMapping at `key`.FIELD.

    `truncates`: a text that is too long for its field is cut, and not rejected.
    """
    known = {field.name: field for field in msgspec.structs.fields(kind)}
    takes = ", ".join(known) or "no fields"
    constants: dict[str, object] = {}
    fillers: list[tuple[str, Filler, bool]] = []
    for name, value in given.items():
        at = f"{key}.{name}"
        if name not in known:
            raise InvalidMapping(
                file, at, f"is not a field of {kind.__struct_config__.tag}, which takes {takes}"
            )
        if isinstance(value, FromAttribute):
            needed = known[name].required
            fillers.append((name, compile_filler(file, at, value, known[name].type, truncates), needed))
        elif value is not None:
            constants[name] = checked(file, at, value, known[name].type)
    for name, field in known.items():
        if field.required and given.get(name) is None:
            raise InvalidMapping(file, f"{key}.{name}", f"is missing; {kind.__struct_config__.tag} needs it")
    return Template(kind, constants, tuple(fillers))


def compile_attempt(
    file: str, key: str, given: Mapping[str, FieldValue], opening: Template, *, truncates: bool
) -> Template:
    """The template of one attempt; `open` takes its fields from [case], which is `opening`."""
    fields = dict(given)
    action = fields.pop("action", None)
    kind = ACTIONS.get(action) if isinstance(action, str) else None
    if kind is None:
        raise InvalidMapping(file, f"{key}.action", f"is {action!r}; the actions are: {', '.join(ACTIONS)}")
    if kind is OpenCase:
        if fields:
            raise InvalidMapping(
                file, f"{key}.{next(iter(fields))}", "is not for `open`: put it under [case]"
            )
        return opening
    return compile_action(file, key, kind, fields, truncates=truncates)
