"""The program as a later version might be: `python -m tests.faults.injection.newer submit -`.

It writes messages as `casecore.case.message_posted.v2` and reads both versions; today's program knows v1.
"""

from __future__ import annotations

import sys
from typing import Any

import msgspec

from casecore.contract.cases import MessagePosted
from casecore.contract.envelope import Fact
from casecore.contract.types import EVENT_TYPES, EventType

NEWER = "casecore.case.message_posted.v2"


def learn() -> None:
    """Put the later version of the type into this process's table."""
    newer = EventType("casecore.case.message_posted", 2, MessagePosted, {1: _as_it_was})
    types: Any = EVENT_TYPES
    types.all = tuple(newer if one.name == newer.name else one for one in types.all)
    types._by_name[newer.name] = newer
    types._by_struct[MessagePosted] = newer.wire_name
    types._decoders[newer.wire_name] = msgspec.json.Decoder(Fact[MessagePosted])
    del types._decoders["casecore.case.message_posted.v1"]  # from now on it is upcast


def _as_it_was(data: dict[str, Any]) -> dict[str, Any]:
    return data


def main() -> None:
    """Run a command of the later program."""
    from casecore.cli.main import main as casecore

    learn()
    sys.argv = ["casecore", *sys.argv[1:]]
    casecore()


if __name__ == "__main__":
    main()
