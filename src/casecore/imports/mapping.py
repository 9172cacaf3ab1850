"""The mapping file: which attribute of a foreign log is what here, and which activity is which command."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import msgspec

from casecore.decider.command import EARLIEST_YEAR
from casecore.imports.errors import InvalidMapping

EarliestYear: TypeAlias = Annotated[int, msgspec.Meta(ge=1900, le=EARLIEST_YEAR)]
"""Before 1900 there was no telephone to call a help desk with; and views have a row for each day."""


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the mapping file; an unknown key in it is an error."""


class FromAttribute(_Table, frozen=True, kw_only=True):
    """A value that each row gives: an attribute's text with a prefix, or what a table translates it to.

    `values` has whole texts, `regex` patterns of which the first is taken that is found in the text, if
    `values` does not have it. `default` is for a row whose attribute is missing, blank, or in neither.
    """

    attribute: str
    prefix: str = ""
    values: dict[str, str] | None = None
    regex: dict[str, str] | None = None
    default: str | None = None


class TextPattern(_Table, frozen=True, kw_only=True):
    """A regular expression that is found somewhere in a text."""

    regex: str


Value: TypeAlias = str | FromAttribute
"""A constant, or what an attribute of the row says."""

AttemptTable: TypeAlias = dict[str, str | int | list[str] | FromAttribute]
"""An action, as `action = NAME`, and its fields."""


class SourceTable(_Table, frozen=True, kw_only=True):
    """[source]: what the log is called, how it is written, and which attributes identify and date a row.

    `casecore_export`: the file is one that `casecore export` wrote, and is read as that.
    """

    name: str
    format: Literal["xes", "csv"]
    case: str = "concept:name"
    activity: str | None = None
    time: str | None = None
    resource: str | None = None
    time_format: str | list[str] | None = None
    time_zone: str | None = None
    earliest_year: EarliestYear = EARLIEST_YEAR
    order: Literal["file", "time"] | None = None
    delimiter: str | None = None
    encoding: str | None = None
    organisation: str | None = None
    casecore_export: bool = False

    @property
    def activity_attribute(self) -> str:
        """The attribute that names a row's activity."""
        return self.activity or "concept:name"

    @property
    def time_attribute(self) -> str:
        """The attribute with a row's time."""
        return self.time or "time:timestamp"


class CaseTable(_Table, frozen=True, kw_only=True):
    """[case]: the reference of a case here, and what it is opened with if the log does not say."""

    reference: str
    strip_prefix: str = ""
    customer: Value
    seller: Value
    partner: Value | None = None
    category: Value
    topic: Value
    priority: Value | None = None
    subject: Value | None = None
    licence_package: Value | None = None


class AttributesTable(_Table, frozen=True, kw_only=True):
    """[attributes]: which attributes an event keeps, which of them are not personal data, and how long ones
    are kept.
    """

    keep: Literal["all"] | list[str] = "all"
    plain: list[str] = []
    resource_plain: bool = False
    on_long_text: Literal["reject", "truncate"] = "reject"


class RowTable(_Table, frozen=True, kw_only=True):
    """[[row]]: one of the events of each row: its activity, and the column with its time."""

    activity: str
    time: str
    resource: str | None = None


class ActivityTable(_Table, frozen=True, kw_only=True):
    """[[activity]]: what one activity means, for rows whose attributes are as `when` says."""

    name: str
    when: dict[str, str | TextPattern] = {}
    attempts: list[AttemptTable] = []


class Mapping(_Table, frozen=True, kw_only=True):
    """A whole mapping file. `unlisted` says what becomes of an activity that it does not list."""

    source: SourceTable
    case: CaseTable
    attributes: AttributesTable = AttributesTable()
    row: list[RowTable] = []
    activity: list[ActivityTable] = []
    unlisted: Literal["note", "reject"] = "note"


MOST_EVENTS_OF_A_ROW = 50
"""Entries of [[row]]: each is looked for in each row."""
LARGEST_MAPPING_BYTES = 1024 * 1024
"""A mapping is written by a person; a larger file is something else."""

_TABLES: dict[str, type[msgspec.Struct]] = {
    "": Mapping,
    "source": SourceTable,
    "case": CaseTable,
    "attributes": AttributesTable,
    "row[]": RowTable,
    "activity[]": ActivityTable,
}


def read_mapping(path: Path) -> Mapping:
    """The mapping in this file; raises InvalidMapping (file, key, what would be right), or OSError.

    What depends on the actions and on the catalogue of topics is checked by `translation.Translator`.
    """
    file = path.name
    with path.open("rb") as opened:
        raw = opened.read(LARGEST_MAPPING_BYTES + 1)
    if len(raw) > LARGEST_MAPPING_BYTES:
        raise InvalidMapping(
            file, "", f"is longer than {LARGEST_MAPPING_BYTES} bytes, so it is not a mapping"
        )
    try:
        tables = tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise InvalidMapping(file, "", f"is not UTF-8: {error}") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidMapping(file, "", f"is not TOML: {error}") from None
    try:
        mapping = msgspec.convert(tables, Mapping)
    except msgspec.ValidationError as error:
        raise _explained(file, str(error)) from None
    _check(file, mapping)
    return mapping


def _explained(file: str, message: str) -> InvalidMapping:
    """The library's message, with the key as it is in the file and the keys that would be right."""
    what, _, path = message.partition(" - at `")
    key = re.sub(r"^\$\.?", "", path.rstrip("`"))
    unknown = re.search(r"unknown field `(.*)`", what)
    missing = re.search(r"missing required field `(.*)`", what)
    table = _TABLES.get(re.sub(r"\[\d+\]", "[]", re.sub(r"\[\.\.\.\]", "[]", key)), FromAttribute)
    known = ", ".join(field.name for field in msgspec.structs.fields(table))
    if unknown:
        return InvalidMapping(file, _join(key, unknown[1]), f"is not a key here; the keys here are: {known}")
    if missing:
        return InvalidMapping(file, _join(key, missing[1]), f"is missing; the keys here are: {known}")
    return InvalidMapping(file, key, what[:1].lower() + what[1:])


def _join(table: str, key: str) -> str:
    return f"{table}.{key}" if table else key


def _check(file: str, mapping: Mapping) -> None:
    source, reference = mapping.source, mapping.case.reference
    if source.format == "xes":
        for key in ("delimiter", "encoding"):
            if getattr(source, key) is not None:
                raise InvalidMapping(file, f"source.{key}", "is for CSV only; an XES file says so itself")
    elif source.casecore_export:
        raise InvalidMapping(
            file, "source.casecore_export", "is for XES only, as `casecore export` writes it"
        )
    if source.delimiter is not None and (len(source.delimiter) != 1 or source.delimiter in '"\r\n'):
        raise InvalidMapping(file, "source.delimiter", 'takes one character, such as ";" or "\\t"')
    _check_encoding(file, source.encoding)
    if reference.count("{case}") != 1 or set("{}") & set(reference.replace("{case}", "")):
        raise InvalidMapping(
            file, "case.reference", 'has {case} once and no other brace, such as "HD-{case}"'
        )
    _check_rows(file, mapping)
    always: set[str] = set()
    for number, activity in enumerate(mapping.activity, start=1):
        key = f"activity {number} ({activity.name})"
        if activity.name in always:
            raise InvalidMapping(
                file, key, "is never reached: one before it has no `when`; put that one last"
            )
        if not activity.when:
            always.add(activity.name)


def _check_rows(file: str, mapping: Mapping) -> None:
    if len(mapping.row) > MOST_EVENTS_OF_A_ROW:
        raise InvalidMapping(file, "row", f"has more than {MOST_EVENTS_OF_A_ROW} entries")
    if not mapping.row:
        return
    for key in ("activity", "time"):
        if getattr(mapping.source, key) is not None:
            raise InvalidMapping(file, f"source.{key}", f"does not go with [[row]], which has its own {key}")


def _check_encoding(file: str, encoding: str | None) -> None:
    try:
        "".encode(encoding or "utf-8")
    except LookupError:
        raise InvalidMapping(
            file, "source.encoding", f"{encoding!r} is not an encoding; usual ones are utf-8, cp1252, utf-16"
        ) from None
