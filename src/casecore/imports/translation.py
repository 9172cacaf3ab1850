"""From a row to the command that imports it, as a mapping says."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID, uuid5

import msgspec

from casecore.cases.commands import (
    CaseCommand,
    GivenSource,
    ImportActivity,
    OpenCase,
    PlainAction,
)
from casecore.cases.topics import topics_of_category
from casecore.contract.cases import Category
from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.imports.attempts import Template, compile_action, compile_attempt
from casecore.imports.errors import InvalidMapping, RowRejected
from casecore.imports.instants import Times
from casecore.imports.mapping import ActivityTable, FromAttribute, Mapping, Value
from casecore.imports.source_file import SourceRow

IMPORT_NAMESPACE = UUID("0b7c9d54-3f0e-5d0c-8a0a-5a3c1be7f6d1")
"""Never changed: the ids of all imported rows are derived from it."""

MOST_ATTEMPTS = 8
"""As many as `ImportActivity` takes."""


class _Meaning(NamedTuple):
    """What an activity means for rows whose attributes are as `when` says."""

    when: tuple[tuple[str, str], ...]
    attempts: tuple[Template, ...]


class Translation(NamedTuple):
    """A row's command, and its activity if the mapping does not list it for such a row."""

    command: CaseCommand
    unlisted: str | None


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
        self._times = Times(file, source.time_format, source.time_zone)
        self._actor = _actor(file, source.name, source.organisation or vendor)
        opening = {f: getattr(mapping.case, f) for f in mapping.case.__struct_fields__ if f in _OPENING}
        self._opening = compile_action(file, "case", OpenCase, opening)
        _check_topics(file, mapping)
        attributes = mapping.attributes
        ids_may_be = _plain_attributes(mapping)
        self._meanings: dict[str, list[_Meaning]] = {}
        for number, activity in enumerate(mapping.activity, start=1):
            meaning = _meaning(file, number, activity, self._opening, ids_may_be)
            self._meanings.setdefault(activity.name, []).append(meaning)
        self._kept = None if attributes.keep == "all" else frozenset(attributes.keep)
        self._plain = frozenset(attributes.plain)
        self._not_kept = {source.activity, source.time, source.resource or source.time}

    def command_for(self, row: SourceRow) -> Translation:
        """The command that imports this row; raises RowRejected if it cannot be read."""
        if row.problem is not None:
            raise RowRejected(row.problem)
        if row.case is None:
            raise RowRejected(f"the row has no case: {self._mapping.source.case!r} is missing or blank")
        attributes = row.attributes
        activity = self._needed(attributes, self._mapping.source.activity, "activity")
        occurred_at = self._times.read(self._needed(attributes, self._mapping.source.time, "time"))
        meaning = self._meaning_of(activity, attributes)
        if meaning is None and self._mapping.unlisted == "reject":
            raise RowRejected(f"the mapping does not list the activity {activity[:100]!r} for such a row")
        opening = self._opening.fill(attributes)
        if not isinstance(opening, OpenCase):
            raise RowRejected(f"the row does not say what case.{opening} needs, and it has no default")
        do = ImportActivity(
            source=self._source(row, row.case, activity),
            opening=opening,
            attempts=_filled(meaning, attributes) if meaning else (),
        )
        command = CaseCommand(
            command_id=self._row_id(row.case, row.place),
            actor=self._actor,
            occurred_at=occurred_at,
            case=self._reference_of(row.case),
            do=do,
        )
        return Translation(command, activity if meaning is None else None)

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
        return before + case.removeprefix(self._prefix) + after

    def _meaning_of(self, activity: str, attributes: dict[str, str]) -> _Meaning | None:
        for meaning in self._meanings.get(activity, ()):
            if all(attributes.get(name) == value for name, value in meaning.when):
                return meaning
        return None

    def _source(self, row: SourceRow, case: str, activity: str) -> GivenSource:
        kept = {
            name: text
            for name, text in row.attributes.items()
            if text and name not in self._not_kept and (self._kept is None or name in self._kept)
        }
        resource_attribute = self._mapping.source.resource
        return GivenSource(
            name=self._mapping.source.name,
            case=case,
            place=row.place,
            activity=activity,
            resource=(row.attributes.get(resource_attribute) or None) if resource_attribute else None,
            resource_is_personal=not self._mapping.attributes.resource_plain,
            attributes=kept,
            personal=tuple(name for name in kept if name not in self._plain),
        )


_OPENING = frozenset(OpenCase.__struct_fields__)


def _plain_attributes(mapping: Mapping) -> frozenset[str]:
    """The attributes that are declared as not personal, with the resource."""
    attributes, resource = mapping.attributes, mapping.source.resource
    plain = frozenset(attributes.plain) - {resource}
    return plain | {resource} if resource is not None and attributes.resource_plain else plain


def _filled(meaning: _Meaning, attributes: dict[str, str]) -> tuple[PlainAction, ...]:
    # An attempt that needs what this row does not say is left out; the others, or a note, remain.
    filled = (template.fill(attributes) for template in meaning.attempts)
    return tuple(attempt for attempt in filled if not isinstance(attempt, str))


def _meaning(
    file: str, number: int, activity: ActivityTable, opening: Template, plain: frozenset[str]
) -> _Meaning:
    key = f"activity {number} ({activity.name})"
    if len(activity.attempts) > MOST_ATTEMPTS:
        raise InvalidMapping(file, f"{key}.attempts", f"has more than {MOST_ATTEMPTS}")
    for place, given in enumerate(activity.attempts):
        _check_agent(file, f"{key}.attempts[{place}].agent", given.get("agent"), plain)
    attempts = tuple(
        compile_attempt(file, f"{key}.attempts[{place}]", given, opening)
        for place, given in enumerate(activity.attempts)
    )
    return _Meaning(tuple(activity.when.items()), attempts)


def _check_agent(file: str, key: str, agent: object, plain: frozenset[str]) -> None:
    """Raise InvalidMapping if a person's name would become an id: ids are stored as they are, for good."""
    if not isinstance(agent, FromAttribute) or agent.values is not None or agent.attribute in plain:
        return
    name = agent.attribute
    raise InvalidMapping(
        file,
        key,
        f"an id is stored as it is, and {name!r} is personal data: if it is none, declare so (attributes."
        f"resource_plain = true for the resource, else {name!r} in attributes.plain); if it is, give "
        "`values`, with an id for each person",
    )


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
    if value.values is None:
        return ()
    return (*value.values.values(), *((value.default,) if value.default is not None else ()))
