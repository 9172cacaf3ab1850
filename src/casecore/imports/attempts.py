"""The actions that a mapping asks for, checked once against the commands and then filled in row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias, get_args

import msgspec

from casecore.cases.commands import OpenCase, PlainAction
from casecore.imports.errors import InvalidMapping, RowRejected
from casecore.imports.mapping import FromAttribute

FieldValue: TypeAlias = str | int | list[str] | FromAttribute
"""A field's value, as a mapping gives it."""

Filler: TypeAlias = Callable[[Mapping[str, str]], object]
"""The value of a field for a row with these attributes; None if the row does not say."""

ACTIONS: dict[str, type[PlainAction]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(PlainAction)
}


class Template(NamedTuple):
    """An action whose fields are filled in from a row."""

    make: Callable[..., PlainAction]
    constants: dict[str, object]
    fillers: tuple[tuple[str, Filler, bool], ...]
    """Name, value, and whether the action needs it."""

    def fill(self, attributes: Mapping[str, str]) -> PlainAction | str:
        """The action for a row; or the name of a needed field that the row does not give.

        Raises RowRejected for a value that the field cannot take.
        """
        if not self.fillers:
            return self.make(**self.constants)
        fields = dict(self.constants)
        for name, filler, needed in self.fillers:
            value = filler(attributes)
            if value is not None:
                fields[name] = value
            elif needed:
                return name
        return self.make(**fields)


def compile_action(
    file: str, key: str, kind: type[PlainAction], given: Mapping[str, FieldValue | None]
) -> Template:
    """The template of an action from its fields in the mapping; raises InvalidMapping at `key`.FIELD."""
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
            fillers.append((name, _filler(file, at, value, known[name].type), needed))
        elif value is not None:
            constants[name] = _checked(file, at, value, known[name].type)
    for name, field in known.items():
        if field.required and given.get(name) is None:
            raise InvalidMapping(file, f"{key}.{name}", f"is missing; {kind.__struct_config__.tag} needs it")
    return Template(kind, constants, tuple(fillers))


def compile_attempt(file: str, key: str, given: Mapping[str, FieldValue], opening: Template) -> Template:
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
    return compile_action(file, key, kind, fields)


def _filler(file: str, key: str, value: FromAttribute, kind: Any) -> Filler:
    attribute, prefix = value.attribute, value.prefix
    if prefix and value.values is not None:
        raise InvalidMapping(file, f"{key}.prefix", "does not go with `values`: write it into them")
    default = None if value.default is None else _checked(file, f"{key}.default", value.default, kind)
    if value.values is not None:
        table = {k: _checked(file, f"{key}.values.{k}", v, kind) for k, v in value.values.items()}
        return _from_table(attribute, table, default)
    if not _is_text(kind):
        return _converted(attribute, prefix, default, kind)

    def from_text(attributes: Mapping[str, str]) -> object:
        text = attributes.get(attribute)
        # The bus checks the text's length and form.
        return default if text is None or not text.strip() else prefix + text

    return from_text


def _from_table(attribute: str, table: dict[str, object], default: object) -> Filler:
    def from_table(attributes: Mapping[str, str]) -> object:
        text = attributes.get(attribute)
        found = default if text is None else table.get(text, default)
        if found is None and text is not None and text.strip():
            raise RowRejected(f"{attribute} is {text[:100]!r}; the mapping lists {', '.join(table)}")
        return found

    return from_table


def _converted(attribute: str, prefix: str, default: object, kind: Any) -> Filler:
    def converted(attributes: Mapping[str, str]) -> object:
        text = attributes.get(attribute)
        if text is None or not text.strip():
            return default
        try:
            value: object = msgspec.convert(prefix + text, kind, strict=False)
        except msgspec.ValidationError as error:
            raise RowRejected(f"{attribute} is {text[:100]!r}: {error}") from None
        return value

    return converted


def _is_text(kind: Any) -> bool:
    """Whether a field takes any text within its bounds, which the bus checks."""
    try:
        return bool(msgspec.convert("any text", kind) == "any text")
    except msgspec.ValidationError:
        return False


def _checked(file: str, key: str, value: FieldValue, kind: Any) -> object:
    try:
        checked: object = msgspec.convert(value, kind, strict=not isinstance(value, str))
    except msgspec.ValidationError as error:
        raise InvalidMapping(file, key, f"cannot be {value!r}: {error}") from None
    return checked
