"""What a line of events that a person wrote may say, and what it has to say."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from casecore.contract.cases import Standing, State

_STANDING = tuple(field.encode_name for field in msgspec.structs.fields(Standing))
_WHOLE = frozenset(field.encode_name for field in msgspec.structs.fields(Standing) if field.required)
_IN_DATA = ("category", "topic", "priority", "agent")
"""What a line may say in its data too, where people expect it."""
_NEEDED = {"assigned": "agent", "priority_changed": "priority"}
_RESOLVED_BEFORE = frozenset({"reopened", "closed"})


def is_whole(standing: Collection[str]) -> bool:
    """Whether a line has a case's whole standing, as the program prints it."""
    return _WHOLE.issubset(standing)


def stated_standing(name: str, data: dict[str, Any], event_type: type[msgspec.Struct]) -> dict[str, Any]:
    """What a line that a person wrote says of its case's standing, in `data.standing` or in `data` itself.

    Raises ValueError for an unknown key, for what is said twice, and for what is missing.
    """
    standing = data.get("standing", {})
    fields = [field.encode_name for field in msgspec.structs.fields(event_type)]
    _check_keys("data", data, list(dict.fromkeys([*fields, *_IN_DATA])))
    _check_keys("data.standing", standing, _STANDING)
    in_data = {key: data[key] for key in _IN_DATA if key in data}
    for key in in_data:
        if key in standing:
            raise ValueError(f"data.{key} and data.standing.{key} are the same: give one of them")
    stated = {**in_data, **standing}
    needed = _NEEDED.get(name)
    if needed is not None and stated.get(needed) is None:
        raise ValueError(f"{name} does not say the {needed}: give data.{needed}")
    return stated


def without_standing(data: dict[str, Any]) -> dict[str, Any]:
    """The data without what belongs to the case's standing."""
    return {key: value for key, value in data.items() if key not in _IN_DATA}


def check_resolved(name: str, state: str) -> None:
    """Raise ValueError for an event that only a resolved case can have, if the case is not resolved."""
    if name in _RESOLVED_BEFORE and state != State.RESOLVED.value:
        raise ValueError(f"{name} cannot follow while the case is {state}: give its resolved first")


def _check_keys(where: str, given: Collection[str], known: Collection[str]) -> None:
    for key in given:
        if key not in known:
            raise ValueError(f"{where}.{key[:60]} is not a key here; the keys here are: {', '.join(known)}")
