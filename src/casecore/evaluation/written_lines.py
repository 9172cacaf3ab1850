"""What a line of events may say that was written by hand, and what it has to say."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from casecore.contract.cases import Standing, State

_STANDING = tuple(field.encode_name for field in msgspec.structs.fields(Standing))
_WHOLE = frozenset(field.encode_name for field in msgspec.structs.fields(Standing) if field.required)
_IN_DATA = ("category", "topic", "priority", "agent")
"""What a line may say in its data too, where people look for it first."""
_NEEDED = {"assigned": "agent", "priority_changed": "priority"}
_RESOLVED_BEFORE = frozenset({"reopened", "closed"})


def is_whole(standing: Collection[str]) -> bool:
    """Whether a line says all of how its case stands, as the program prints it."""
    return _WHOLE.issubset(standing)


def told_standing(name: str, data: dict[str, Any], event_type: type[msgspec.Struct]) -> dict[str, Any]:
    """What a line written by hand says of how its case stands, in `data.standing` or in `data` itself.

    Raises ValueError for a key that is none, for what is said twice, and for what is missing.
    """
    standing = data.get("standing", {})
    fields = [field.encode_name for field in msgspec.structs.fields(event_type)]
    _check_keys("data", data, list(dict.fromkeys([*fields, *_IN_DATA])))
    _check_keys("data.standing", standing, _STANDING)
    beside = {key: data[key] for key in _IN_DATA if key in data}
    for key in beside:
        if key in standing:
            raise ValueError(f"data.{key} and data.standing.{key} are the same: give one of them")
    told = {**beside, **standing}
    needed = _NEEDED.get(name)
    if needed is not None and told.get(needed) is None:
        raise ValueError(f"{name} does not say the {needed}: give data.{needed}")
    return told


def without_standing(data: dict[str, Any]) -> dict[str, Any]:
    """The data without what belongs to how the case stands."""
    return {key: value for key, value in data.items() if key not in _IN_DATA}


def check_resolved(name: str, state: str) -> None:
    """Raise ValueError for what only a resolved case can come to, where it is not."""
    if name in _RESOLVED_BEFORE and state != State.RESOLVED.value:
        raise ValueError(f"{name} cannot follow while the case is {state}: give its resolved first")


def _check_keys(where: str, given: Collection[str], known: Collection[str]) -> None:
    for key in given:
        if key not in known:
            raise ValueError(f"{where}.{key[:60]} is no key here; the keys here are: {', '.join(known)}")
