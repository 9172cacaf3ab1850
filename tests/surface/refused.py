"""Lines for `casecore submit` that are refused, each for another reason, and some that are accepted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.surface.refused_business import BUSINESS, documents
from tests.surface.refused_cases import CASES
from tests.surface.refused_service_levels import service_levels

_UNREADABLE = {
    "a line that is no JSON": '{"kind":"case"',
    "a line of another kind": '{"kind":"weather"}',
    "a line that is nested too deep": "[" * 9_000,
    "a line that is too long": json.dumps({"kind": "case", "case": "x" * 300_000}),
}


def refused_lines(calendar: dict[str, Any], policy: dict[str, Any], next_number: str) -> dict[str, str]:
    """The lines by what is wrong with them.

    The calendar and the policy are published ones; `next_number` is that of the next document.
    """
    today = datetime.now(ZoneInfo("Europe/Berlin")).date()
    commands = {**CASES, **BUSINESS, **documents(next_number, today), **service_levels(calendar, policy)}
    lines = {
        name: json.dumps({"command_id": str(UUID(int=number, version=4)), **command})
        for number, (name, command) in enumerate(commands.items(), start=1_000)
    }
    return {**_UNREADABLE, **lines}


def answers_to(lines: Mapping[str, str], printed: str) -> dict[str, dict[str, Any]]:
    """The answer to each line."""
    answers = [json.loads(answer) for answer in printed.splitlines()]
    assert [answer["line"] for answer in answers] == list(range(1, len(lines) + 1))
    return dict(zip(lines, answers, strict=True))
