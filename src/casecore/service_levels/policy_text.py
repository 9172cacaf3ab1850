"""A policy as text where there are no files: its calendar is one that is published."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, NamedTuple

import msgspec

from casecore.clocks.instants import instant
from casecore.clocks.open_hours import local_midnight
from casecore.contract.service_levels import Calendar, Policy, Targets
from casecore.service_levels.durations import written_duration
from casecore.service_levels.errors import InvalidServiceLevelFile
from casecore.service_levels.policy_file import PolicyDefinition, definition_of
from casecore.service_levels.policy_tables import CalendarTable, PolicyTable
from casecore.service_levels.tables import read_toml

LONGEST_WITH_LINES = 10_000
"""Characters of a text in which lines are looked for: it takes the square of its lines."""
MOST_LINES = 300
_MOST_SQUARES_OF_DOTS = 10_000
"""To read a key takes the square of its parts."""

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)")
_AT_END = " (at end of document)"
_NOT_TOML = "is not TOML: "


class _Tables(PolicyTable, frozen=True, kw_only=True):
    """What a policy's file says; a file that it names as its calendar is not read."""

    calendar: Annotated[  # type: ignore[assignment]
        CalendarTable | str,
        msgspec.Meta(
            description='A calendar is a published version of one, such as { id = "office", version = 1 }'
        ),
    ]


class PolicyText(NamedTuple):
    """A policy that was typed; `calendar` is a published one, or the path of a file, which is not there."""

    definition: PolicyDefinition
    calendar: CalendarTable | str


class PlacedFault(NamedTuple):
    """A fault of a text, and the line in which it is, from 1; None where it is in no line."""

    line: int | None
    text: str


def read_policy_text(text: str, topics: Collection[str]) -> PolicyText:
    """A policy as TOML; raises InvalidServiceLevelFile with all faults."""
    tables = read_toml(text.encode(errors="replace"), _Tables, "policy")
    named = tables.calendar.id if isinstance(tables.calendar, CalendarTable) else tables.calendar
    definition, faults = definition_of(tables, named, topics)
    if faults:
        raise InvalidServiceLevelFile("policy", faults)
    return PolicyText(definition, tables.calendar)


def placed(text: str, faults: Sequence[str]) -> list[PlacedFault]:
    """The faults of a policy's text, each with its line; those of a missing key with that of its table."""
    if len(faults) == 1 and faults[0].startswith(_NOT_TOML):
        return [_not_toml(text, faults[0])]
    paths = [tuple(re.sub(r" \d+$", "", key) for key in one.partition(": ")[0].split(".")) for one in faults]
    lines = _lines_of(text, paths)
    return [PlacedFault(lines.get(path), fault) for path, fault in zip(paths, faults, strict=True)]


def _not_toml(text: str, fault: str) -> PlacedFault:
    at = _AT_LINE.search(fault)
    line = text.rstrip().count("\n") + 1 if _AT_END in fault else int(at[1]) if at else None
    said = _AT_LINE.sub("", fault).replace(_AT_END, "")
    hint = 'a line is KEY = VALUE, with texts in quotes, such as organisation = "nord", or a [table]'
    return PlacedFault(line, f"{said}: {hint}")


def _lines_of(text: str, paths: Collection[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    """The line in which the longest part of each path that is there begins.

    It is the one after the last line up to which the text can be read, and does not have that part yet.
    """
    lines = text.split("\n")
    if len(text) > LONGEST_WITH_LINES or len(lines) > MOST_LINES:
        return {}
    if sum(line.count(".") ** 2 for line in lines) > _MOST_SQUARES_OF_DOTS:
        return {}
    whole = tomllib.loads(text)
    parts = {path: path[: _depth(whole, path)] for path in paths}
    found: dict[tuple[str, ...], int] = {}
    line = 1
    for number in range(1, len(lines) + 1):
        try:
            tables = tomllib.loads("\n".join(lines[:number]))
        except ValueError:  # a value goes on in the next line
            continue
        for path, part in parts.items():
            if part and path not in found and _depth(tables, part) == len(part):
                found[path] = line
        line = number + 1
    return found


def _depth(tables: Mapping[str, Any], path: Sequence[str]) -> int:
    """How many keys of a path are there."""
    here: Any = tables
    for depth, key in enumerate(path):
        if not isinstance(here, dict) or key not in here:
            return depth
        here = here[key]
    return len(path)


def written_policy(policy: Policy) -> str:
    """A published policy as its text, to begin another version with."""
    return "\n".join(_written(policy)) + "\n"


def _written(policy: Policy) -> Iterator[str]:
    yield f"id = {_text(policy.id)}"
    yield f"version = {policy.version + 1}"
    yield f"organisation = {_text(policy.organisation)}"
    yield f"covers = {_text(policy.covers.value)}"
    yield f"in_force_from = {_moment(policy.in_force_from, policy.calendar)}"
    if policy.in_force_until is not None:
        yield f"in_force_until = {_moment(policy.in_force_until, policy.calendar)}"
    yield f"calendar = {{ id = {_text(policy.calendar.id)}, version = {policy.calendar.version} }}"
    yield f"on_change = {_text(policy.on_change.value)}"
    matched = {name: values for name, values in msgspec.structs.asdict(policy.match).items() if values}
    if matched:
        yield from ("", "[match]")
    for name, values in matched.items():
        texts = ", ".join(_text(str(getattr(value, "value", value))) for value in values)
        yield f"{name} = [{texts}]"
    for terms in policy.clocks:
        yield from ("", f"[clocks.{terms.clock.value}]", f"target = {_target(terms.targets)}")
        yield f"pauses = {'true' if terms.pauses else 'false'}"
        yield f"warn_at_percent = {list(terms.warn_at_percent)}"


def _moment(moment: datetime, calendar: Calendar) -> str:
    """A day, if it begins then in the calendar's zone, or else the instant."""
    near = moment.date()
    for day in (near, near + timedelta(days=1)):
        if instant(local_midnight(calendar, day)) == moment:
            return day.isoformat()
    return moment.isoformat()


def _target(targets: Targets) -> str:
    each = {
        name: f'"{written_duration(seconds)}"' for name, seconds in msgspec.structs.asdict(targets).items()
    }
    if len(set(each.values())) == 1:
        return each["normal"]
    return f"{{ {', '.join(f'{name} = {text}' for name, text in each.items())} }}"


def _text(value: str) -> str:
    # A text of JSON is one of TOML, but for DEL, which no id has.
    return json.dumps(value, ensure_ascii=False)
