"""Results of use cases as plain data, in the form that programs get at every door."""

from __future__ import annotations


def as_plain(value: object) -> object:
    """A result as JSON takes it: a named tuple is an object with its field names."""
    match value:
        case tuple() if hasattr(value, "_asdict"):
            return {name: as_plain(item) for name, item in value._asdict().items()}
        case dict():
            return {str(key): as_plain(item) for key, item in value.items()}
        case list() | tuple():
            return [as_plain(item) for item in value]
        case _:
            return value
