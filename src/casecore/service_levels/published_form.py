"""The published form of a policy, as JSON: read strictly, so that a misspelt key is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import inspect

from casecore.contract.service_levels import Policy
from casecore.service_levels.errors import InvalidServiceLevelFile
from casecore.service_levels.tables import read_bounded

PUBLISHED_SUFFIX = ".json"
_POLICY = inspect.type_info(Policy)


def read_published(path: Path) -> Policy:
    """The policy in this JSON file; raises InvalidServiceLevelFile, or OSError. Only its form is checked."""
    raw = read_bounded(path)
    try:
        policy = msgspec.json.decode(raw, type=Policy)
        faults = list(_unknown_keys(msgspec.json.decode(raw), _POLICY, ""))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        fault = f"is not a policy in its published form: {error}"
        raise InvalidServiceLevelFile(path.name, [fault]) from None
    if faults:
        raise InvalidServiceLevelFile(path.name, faults)
    return policy


def _unknown_keys(value: object, kind: inspect.Type, path: str) -> Iterator[str]:
    """A fault for every key that the type does not have; the value is of the type otherwise."""
    if isinstance(kind, inspect.StructType) and isinstance(value, dict):
        fields = {field.encode_name: field.type for field in kind.fields}
        for key, item in value.items():
            place = f"{path}.{key}" if path else str(key)
            if key in fields:
                yield from _unknown_keys(item, fields[key], place)
            else:
                yield f"{place}: is not a key here; the keys here are: {', '.join(fields)}"
    elif isinstance(kind, inspect.VarTupleType) and isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield from _unknown_keys(item, kind.item_type, f"{path} {number}")
