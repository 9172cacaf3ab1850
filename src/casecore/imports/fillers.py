"""The values that a row gives to the fields of an action: checked once, and then filled in row by row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec
import msgspec.inspect

from casecore.decider.command import Id
from casecore.imports.errors import InvalidMapping, RowRejected
from casecore.imports.mapping import FromAttribute

FieldValue: TypeAlias = str | int | list[str] | FromAttribute
"""A field's value, as a mapping gives it."""

Filler: TypeAlias = Callable[[Mapping[str, str], list[str]], object]
"""The value of a field for a row with these attributes; None if the row does not say.

The names of attributes whose text was cut are appended to the list.
"""

MOST_SEARCHED = 2_000
"""Characters of a text in which a pattern is looked for: as many as an attribute may have."""


def compile_filler(file: str, key: str, value: FromAttribute, kind: Any, truncates: bool) -> Filler:
    """What fills in a field of this type; raises InvalidMapping at `key`."""
    attribute, prefix = value.attribute, value.prefix
    translates = value.values is not None or value.regex is not None
    if prefix and translates:
        which = "values" if value.values is not None else "regex"
        raise InvalidMapping(file, f"{key}.prefix", f"does not go with `{which}`: write it into them")
    default = None if value.default is None else checked(file, f"{key}.default", value.default, kind)
    if translates:
        values = (value.values or {}).items()
        table = {k: checked(file, f"{key}.values.{k}", v, kind) for k, v in values}
        patterns = tuple(
            (compile_pattern(file, f"{key}.regex.{k}", k), checked(file, f"{key}.regex.{k}", v, kind))
            for k, v in (value.regex or {}).items()
        )
        return _from_table(attribute, table, patterns, default)
    if not _is_text(kind):
        return _converted(attribute, prefix, default, kind)
    return _from_text(value, key.rpartition(".")[2], default, text_of(kind), truncates)


def compile_pattern(file: str, key: str, pattern: str) -> re.Pattern[str]:
    """A regular expression of a mapping; raises InvalidMapping."""
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise InvalidMapping(file, key, f"{pattern!r} is not a regular expression: {error}") from None


def found_in(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a pattern is found anywhere in a text."""
    return pattern.search(text, 0, MOST_SEARCHED) is not None


def _from_text(
    value: FromAttribute, field: str, default: object, kind: msgspec.inspect.StrType, truncates: bool
) -> Filler:
    attribute, prefix = value.attribute, value.prefix
    most = kind.max_length
    is_id = kind.pattern == _ID_PATTERN

    def from_text(attributes: Mapping[str, str], cut: list[str]) -> object:
        text = attributes.get(attribute)
        if text is None or not text.strip():
            return default
        if is_id and prefix and text[0].isspace():  # the bus sees the prefix only
            raise RowRejected(f"{attribute} is {text[:200]!a}, with a space at one of its ends", attribute)
        text = prefix + text  # the bus checks its form
        if most is None or len(text) <= most or is_id:
            return text
        return shortened(attribute, text, most, truncates, cut, f" in {field}")

    return from_text


def shortened(attribute: str, text: str, most: int, truncates: bool, cut: list[str], where: str = "") -> str:
    """A text that is too long, cut, and named in `cut`; raises RowRejected if it may not be cut."""
    if not truncates:
        raise RowRejected(
            f"{attribute} has {len(text):,} characters, and may have a length <= {most}{where}: with "
            'attributes.on_long_text = "truncate" it is cut',
            attribute,
        )
    cut.append(attribute)
    return text[: most - 1] + "…"


def _from_table(
    attribute: str,
    table: dict[str, object],
    patterns: tuple[tuple[re.Pattern[str], object], ...],
    default: object,
) -> Filler:
    def translated(text: str) -> object:
        if text in table:
            return table[text]
        return next((value for pattern, value in patterns if found_in(pattern, text)), default)

    def from_table(attributes: Mapping[str, str], _cut: list[str]) -> object:
        text = attributes.get(attribute)
        found = default if text is None else translated(text)
        if found is None and text is not None and text.strip():
            listed = ", ".join((*table, *(pattern.pattern for pattern, _ in patterns)))
            raise RowRejected(f"{attribute} is {text[:100]!r}; the mapping lists {listed}", attribute)
        return found

    return from_table


def _converted(attribute: str, prefix: str, default: object, kind: Any) -> Filler:
    def converted(attributes: Mapping[str, str], _cut: list[str]) -> object:
        text = attributes.get(attribute)
        if text is None or not text.strip():
            return default
        try:
            value: object = msgspec.convert(prefix + text, kind, strict=False)
        except msgspec.ValidationError as error:
            raise RowRejected(f"{attribute} is {text[:100]!r}: {error}", attribute) from None
        return value

    return converted


def text_of(kind: Any) -> msgspec.inspect.StrType:
    """The bounds of a field that takes text."""
    found = _bare(msgspec.inspect.type_info(kind))
    members = found.types if isinstance(found, msgspec.inspect.UnionType) else (found,)
    return next(member for member in map(_bare, members) if isinstance(member, msgspec.inspect.StrType))


def _bare(found: msgspec.inspect.Type) -> msgspec.inspect.Type:
    """A type without what is said of it for people."""
    return found.type if isinstance(found, msgspec.inspect.Metadata) else found


_ID_PATTERN = text_of(Id).pattern


def _is_text(kind: Any) -> bool:
    """Whether a field takes any text within its bounds, which the bus checks."""
    try:
        return bool(msgspec.convert("any text", kind) == "any text")
    except msgspec.ValidationError:
        return False


def checked(file: str, key: str, value: FieldValue, kind: Any) -> object:
    """A constant as the field's own type; raises InvalidMapping at `key`."""
    try:
        converted: object = msgspec.convert(value, kind, strict=not isinstance(value, str))
    except msgspec.ValidationError as error:
        raise InvalidMapping(file, key, f"cannot be {value!r}: {error}") from None
    return converted
