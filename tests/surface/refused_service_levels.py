"""Calendars and policies whose publication is refused, made from published ones."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.surface.refused_cases import IDA, VERA, Line

_SHA256 = "0" * 64


def service_levels(calendar: dict[str, Any], policy: dict[str, Any]) -> dict[str, Line]:
    """The commands; `calendar` and `policy` are of the vendor, and published as version 1."""
    return {
        "a calendar of someone else": _calendar(calendar, actor=IDA),
        "a calendar's id of someone else": _calendar(calendar, organisation="nord", actor=IDA),
        "a calendar that is another": _calendar(calendar),
        "a calendar out of turn": _calendar(calendar, version=5),
        "a faulty calendar": _calendar(calendar, version=2, first_on="2031-01-01"),
        "a policy of someone else": _policy(policy, actor=IDA),
        "a policy that is another": _policy(policy),
        "a policy out of turn": _policy(policy, version=5),
        "a faulty policy": _policy(policy, version=2, clocks=[]),
        "a policy in force too early": _policy(policy, version=2, in_force_from="2025-12-31T23:00:00Z"),
        "a policy by another calendar": _policy(policy, version=2, calendar={**calendar, "id": "other"}),
        "a policy that ties": _policy(policy, id="rival"),
    }


def _calendar(
    calendar: dict[str, Any], actor: Line = VERA, organisation: str = "vendor", **changed: Any
) -> Line:
    do = {
        "action": "publish_calendar",
        "organisation": organisation,
        "calendar": {**deepcopy(calendar), **changed},
        "definition_sha256": _SHA256,
    }
    return {"kind": "service_level", "actor": actor, "do": do}


def _policy(policy: dict[str, Any], actor: Line = VERA, **changed: Any) -> Line:
    do = {
        "action": "publish_policy",
        "policy": {**deepcopy(policy), **changed},
        "definition_sha256": _SHA256,
    }
    return {"kind": "service_level", "actor": actor, "do": do}
