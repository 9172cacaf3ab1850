"""From a row to the command that imports it, as a mapping says."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

import msgspec

from casecore.cases.commands import (
    AttributeType,
    CaseCommand,
    GivenSource,
    ImportActivity,
    OpenCase,
    PlainAction,
    RowDetails,
)
from casecore.cases.topics import topics_of_category
from casecore.contract.cases import Category
from casecore.contract.envelope import Role
from casecore.decider.command import EARLIEST_YEAR, GivenActor, Text
from casecore.imports.attempts import compile_action
from casecore.imports.errors import InvalidMapping, RowRejected
from casecore.imports.fillers import shortened, text_of
from casecore.imports.mapping import FromAttribute, Mapping, Value
from casecore.imports.meanings import Meaning, compile_meaning, plain_attributes, translates
from casecore.imports.source_file import SourceRow
from casecore.imports.times.instants import RowTime, Times

IMPORT_NAMESPACE = UUID("0b7c9d54-3f0e-5d0c-8a0a-5a3c1be7f6d1")
"""Never changed: the ids of all imported rows are derived from it."""


class _Fact(NamedTuple):
    """Where a row says of one of its events what it was, when, and who did it."""

    activity: str | None
    """The same for all rows; None if an attribute names it."""
    activity_attribute: str
    time_attribute: str
    resource_attribute: str | None
    not_kept: frozenset[str]
    """Attributes that are the above, and so no attributes of the event."""


class Translation(NamedTuple):
    """A row's command, and its activity if the mapping does not list it for such a row.

    `is_time_shortened`: digits after the sixth of a second were cut. `is_truncated`: so was a long text.
    """

    command: CaseCommand
    unlisted: str | None
    is_time_shortened: bool = False
    is_truncated: bool = False


def row_id(source: str, case: str, place: int) -> UUID:
    """The command id of a row, by its identity; an array in JSON, so that no two can be written alike."""
    return uuid5(IMPORT_NAMESPACE, msgspec.json.encode((source, case, place)).decode())


class Translator:
    """Makes the command for each row of a source. Pure; the bus checks the bounds of texts."""

    def __init__(self, mapping: Mapping, vendor: str, file: str = "the mapping") -> None:
        """Check what depends on the commands and the topics; raises InvalidMapping."""
        source = mapping.source
        self._mapping = mapping
        self._prefix = mapping.case.strip_prefix
        self._reference = mapping.case.reference.split("{case}")
        self._times = Times(file, source.time_format, source.time_zone, source.earliest_year)
        self._actor = _actor(file, source.name, source.organisation or vendor)
        opening = {f: getattr(mapping.case, f) for f in mapping.case.__struct_fields__ if f in _OPENING}
        self._truncates = mapping.attributes.on_long_text == "truncate"
        self._opening = compile_action(file, "case", OpenCase, opening, truncates=self._truncates)
        _check_topics(file, mapping)
        attributes = mapping.attributes
        ids_may_be = plain_attributes(mapping)
        self._meanings: dict[str, list[Meaning]] = {}
        for number, activity in enumerate(mapping.activity, start=1):
            meaning = compile_meaning(
                file, number, activity, self._opening, ids_may_be, truncates=self._truncates
            )
            self._meanings.setdefault(activity.name, []).append(meaning)
        self._kept = None if attributes.keep == "all" else frozenset(attributes.keep)
        self._plain = frozenset(attributes.plain)
        self._facts = _facts_of(mapping)

    def time_of(self, row: SourceRow) -> datetime:
        """When a row happened; raises RowRejected if that cannot be read."""
        return self._time_of(row, self._facts[row.entry or 0]).at

    def command_for(self, row: SourceRow) -> Translation:
        """The command that imports this row; raises RowRejected if it cannot be read."""
        if row.problem is not None:
            raise RowRejected(row.problem)
        if row.case is None:
            raise RowRejected(f"the row has no case: {self._mapping.source.case!r} is missing or blank")
        attributes, fact = row.attributes, self._facts[row.entry or 0]
        activity = fact.activity or self._needed(attributes, fact.activity_attribute, "activity")
        time = self._time_of(row, fact)
        meaning = self._meaning_of(activity, attributes)
        if meaning is None and self._mapping.unlisted == "reject":
            raise RowRejected(f"the mapping does not list the activity {activity[:100]!r} for such a row")
        cut: list[str] = []
        opening = self._opening.fill(attributes, cut)
        if not isinstance(opening, OpenCase):
            raise RowRejected(f"the row does not say what case.{opening} needs, and it has no default")
        do = ImportActivity(
            source=self._source(row, row.case, activity, fact, cut),
            opening=opening,
            attempts=_filled(meaning, attributes, cut) if meaning else (),
        )
        command = CaseCommand(
            command_id=self._row_id(row.case, row.place),
            actor=self._actor,
            occurred_at=time.at,
            case=self._reference_of(row.case),
            do=do,
            details=self._details(row, do.source, time),
        )
        return Translation(command, activity if meaning is None else None, time.is_shortened, bool(cut))

    def _time_of(self, row: SourceRow, fact: _Fact) -> RowTime:
        return self._times.read(self._needed(row.attributes, fact.time_attribute, "time").strip())

    def _details(self, row: SourceRow, source: GivenSource, time: RowTime) -> RowDetails | None:
        types: dict[str, AttributeType] = {}
        for name, kind in (row.types or {}).items():
            if name in source.attributes:
                types[name] = kind
        earliest_year = self._mapping.source.earliest_year if time.at.year < EARLIEST_YEAR else None
        if not types and time.utc_offset_seconds is None and earliest_year is None:
            return None
        return RowDetails(
            types=types, utc_offset_seconds=time.utc_offset_seconds, earliest_year=earliest_year
        )

    def _needed(self, attributes: dict[str, str], name: str, what: str) -> str:
        text = attributes.get(name)
        if text is None or not text.strip():
            raise RowRejected(f"the row has no {what}: {name!r} is missing or blank")
        return text

    def _row_id(self, case: str, place: int) -> UUID:
        try:
            return row_id(self._mapping.source.name, case, place)
        except UnicodeEncodeError:
            raise RowRejected(f"the case {case[:100]!r} is not text") from None

    def _reference_of(self, case: str) -> str:
        if not case.startswith(self._prefix):
            raise RowRejected(
                f"the case {case[:100]!r} does not begin with {self._prefix!r} (case.strip_prefix)"
            )
        before, after = self._reference
        own = case.removeprefix(self._prefix)
        # The bus refuses a space at an end of the reference; inside of it, it makes a case of its own as
        # well.
        if (before and own[:1].isspace()) or (after and own[-1:].isspace()):
            raise RowRejected(f"case is {case[:200]!a}, with a space at one of its ends")
        return before + own + after

    def _meaning_of(self, activity: str, attributes: dict[str, str]) -> Meaning | None:
        for meaning in self._meanings.get(activity, ()):
            if meaning.is_met_by(attributes):
                return meaning
        return None

    def _source(self, row: SourceRow, case: str, activity: str, fact: _Fact, cut: list[str]) -> GivenSource:
        own, not_kept = (row.attributes, fact.not_kept) if row.kept is None else (row.kept, frozenset())
        kept = {
            name: text
            for name, text in own.items()
            if text and name not in not_kept and (self._kept is None or name in self._kept)
        }
        for name, text in kept.items():
            if len(text) > _LONGEST_TEXT:
                kept[name] = shortened(name, text, _LONGEST_TEXT, self._truncates, cut)
        resource = fact.resource_attribute
        return GivenSource(
            name=self._mapping.source.name,
            case=case,
            place=row.place,
            activity=activity,
            resource=(row.attributes.get(resource) or None) if resource else None,
            resource_is_personal=not self._mapping.attributes.resource_plain,
            attributes=kept,
            personal=tuple(name for name in kept if name not in self._plain),
        )


_OPENING = frozenset(OpenCase.__struct_fields__)
_LONGEST_TEXT = text_of(Text).max_length or 0


def _facts_of(mapping: Mapping) -> tuple[_Fact, ...]:
    """What each event of a row is: one for each [[row]], else one that the row's own columns describe."""
    source = mapping.source
    if not mapping.row:
        taken = {source.activity_attribute, source.time_attribute, source.resource or source.time_attribute}
        activity, time = source.activity_attribute, source.time_attribute
        return (_Fact(None, activity, time, source.resource, frozenset(taken)),)
    # Of none the times of the others: an event says nothing of what came later, or it changed with it.
    times = {entry.time for entry in mapping.row}
    return tuple(
        _Fact(
            entry.activity, "", entry.time, resource, frozenset(times | ({resource} if resource else set()))
        )
        for entry in mapping.row
        for resource in (entry.resource or source.resource,)
    )


def _filled(meaning: Meaning, attributes: dict[str, str], cut: list[str]) -> tuple[PlainAction, ...]:
    # An attempt that needs what this row does not say is left out; the others, or a note, remain.
    filled = (template.fill(attributes, cut) for template in meaning.attempts)
    return tuple(attempt for attempt in filled if not isinstance(attempt, str))


def _actor(file: str, source: str, organisation: str) -> GivenActor:
    actor = GivenActor(f"import:{source}", organisation, Role.SYSTEM)
    try:
        return msgspec.convert(msgspec.to_builtins(actor), GivenActor)
    except msgspec.ValidationError as error:
        raise InvalidMapping(
            file, "source.name", f"or source.organisation does not make an id: {error}"
        ) from None


def _check_topics(file: str, mapping: Mapping) -> None:
    categories = _stated(mapping.case.category) or tuple(category.value for category in Category)
    allowed = [topic for category in categories for topic in topics_of_category(Category(category))]
    for topic in _stated(mapping.case.topic):
        if topic not in allowed:
            raise InvalidMapping(
                file, "case.topic", f"{topic!r} is not a topic; these are: {', '.join(allowed)}"
            )
    if categories == (Category.USER_SUPPORT.value,) and mapping.case.partner is None:
        raise InvalidMapping(file, "case.partner", "is missing; a user-support case needs a support partner")


def _stated(value: Value) -> tuple[str, ...]:
    """The texts that a value can take, as far as the mapping states them."""
    if not isinstance(value, FromAttribute):
        return (value,)
    if not translates(value):
        return ()
    stated = (*(value.values or {}).values(), *(value.regex or {}).values())
    return stated if value.default is None else (*stated, value.default)
