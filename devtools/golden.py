"""Golden examples: released bodies of events, which every later version of the program must read."""

from __future__ import annotations

import msgspec

from casecore.contract.types import EventTypes, split_wire_name


def golden_bytes(body: bytes) -> bytes:
    """A body as its golden file holds it: indented JSON, with an end of line."""
    return msgspec.json.format(body, indent=2) + b"\n"


def golden_faults(types: EventTypes, wire_name: str, body: bytes) -> list[str]:
    """What is wrong with a golden example today; empty if nothing.

    It must decode; and if its version is today's, encode again to the same data. (An older version is
    upcast on reading, so it is written back as another.)
    """
    try:
        fact = types.decode(wire_name, body)
    except ValueError as error:
        return [f"{wire_name} no longer decodes: {error}"]
    name, version = split_wire_name(wire_name)
    current = {event_type.name: event_type.version for event_type in types.all}
    if version == current[name] and msgspec.json.decode(types.encode(fact)) != msgspec.json.decode(body):
        return [f"{wire_name} decodes, but encodes again to other data"]
    return []
