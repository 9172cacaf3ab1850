"""A help desk's random commands from a seed, for the tests that kill processes."""

from __future__ import annotations

import random
import uuid
from typing import Any

CASES = 600
CUSTOMERS = 90
IDA = {"person": "ida", "organisation": "nord", "role": "seller"}
VERA = {"person": "vera", "organisation": "vendor", "role": "vendor"}
_BY_BOTH = ("message", "effort", "wait", "resume", "priority", "resolve", "reopen")
"""What the seller does at level 0, and the vendor at level 1."""


def command(chance: random.Random) -> dict[str, Any]:
    """One command, as a line for `casecore submit`: it opens a case, or tries some action on one."""
    case = f"K-{chance.randrange(CASES)}"
    do = chance.choice(
        [
            {
                "action": "open",
                "customer": f"praxis-{chance.randrange(CUSTOMERS)}",
                "seller": "nord",
                "category": "technical_support",
                "topic": "troubleshooting",
            },
            {"action": "take", "agent": "ida"},
            {"action": "message", "text": f"{chance.random()}"},
            {"action": "message", "text": "noted", "audience": "internal", "readers": ["vendor"]},
            {"action": "effort", "minutes": chance.randrange(1, 60)},
            {"action": "wait"},
            {"action": "resume"},
            {"action": "escalate"},
            {"action": "priority", "priority": chance.choice(["low", "normal", "high", "urgent"])},
            {"action": "resolve", "resolution_code": "solved"},
            {"action": "reopen"},
            {"action": "hand_back"},
        ]
    )
    is_vendors = do["action"] == "hand_back" or (do["action"] in _BY_BOTH and chance.random() < 0.5)
    command_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    return {
        "kind": "case",
        "command_id": command_id,
        "actor": VERA if is_vendors else IDA,
        "case": case,
        "do": do,
    }
