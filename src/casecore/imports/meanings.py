"""What an activity means: the attempts of the first entry of the mapping that is met."""

from __future__ import annotations

import re
from collections.abc import Mapping as Attributes
from typing import NamedTuple

from casecore.imports.attempts import Template, compile_attempt
from casecore.imports.errors import InvalidMapping
from casecore.imports.fillers import compile_pattern, found_in
from casecore.imports.mapping import ActivityTable, FromAttribute, Mapping

MOST_ATTEMPTS = 8
"""As many as `ImportActivity` takes."""


class Meaning(NamedTuple):
    """What an activity means for rows whose attributes are as `when` says."""

    when: tuple[tuple[str, str | re.Pattern[str]], ...]
    attempts: tuple[Template, ...]

    def is_met_by(self, attributes: Attributes[str, str]) -> bool:
        """Whether a row has what `when` asks for."""
        return all(_is_as(attributes.get(name), wanted) for name, wanted in self.when)


def compile_meaning(
    file: str,
    number: int,
    activity: ActivityTable,
    opening: Template,
    plain: frozenset[str],
    *,
    truncates: bool,
) -> Meaning:
    """One [[activity]] of a mapping, whose number is counted from 1; raises InvalidMapping."""
    key = f"activity {number} ({activity.name})"
    if len(activity.attempts) > MOST_ATTEMPTS:
        raise InvalidMapping(file, f"{key}.attempts", f"has more than {MOST_ATTEMPTS}")
    for place, given in enumerate(activity.attempts):
        _check_agent(file, f"{key}.attempts[{place}].agent", given.get("agent"), plain)
    attempts = tuple(
        compile_attempt(file, f"{key}.attempts[{place}]", given, opening, truncates=truncates)
        for place, given in enumerate(activity.attempts)
    )
    when = tuple(
        (name, text if isinstance(text, str) else compile_pattern(file, f"{key}.when.{name}", text.regex))
        for name, text in activity.when.items()
    )
    return Meaning(when, attempts)


def _check_agent(file: str, key: str, agent: object, plain: frozenset[str]) -> None:
    """Raise InvalidMapping if a person's name would become an id: ids are stored as they are, for good."""
    if not isinstance(agent, FromAttribute) or translates(agent) or agent.attribute in plain:
        return
    name = agent.attribute
    raise InvalidMapping(
        file,
        key,
        f"an id is stored as it is, and {name!r} is personal data: if it is none, declare so (attributes."
        f"resource_plain = true for the resource, else {name!r} in attributes.plain); if it is, give "
        "`values`, with an id for each person",
    )


def plain_attributes(mapping: Mapping) -> frozenset[str]:
    """The attributes that are declared as not personal, with the resource."""
    attributes, resource = mapping.attributes, mapping.source.resource
    plain = frozenset(attributes.plain) - {resource}
    return plain | {resource} if resource is not None and attributes.resource_plain else plain


def _is_as(text: str | None, wanted: str | re.Pattern[str]) -> bool:
    if isinstance(wanted, str):
        return text == wanted
    return text is not None and found_in(wanted, text)


def translates(value: FromAttribute) -> bool:
    """Whether the mapping states all texts that a value can take."""
    return value.values is not None or value.regex is not None
