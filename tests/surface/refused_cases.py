"""Commands on cases that are refused, for every reason that a caller can bring about."""

from __future__ import annotations

from typing import Any

Line = dict[str, Any]

IDA = {"person": "ida", "organisation": "nord", "role": "seller"}
UDO = {"person": "udo", "organisation": "sued", "role": "seller"}
VERA = {"person": "vera", "organisation": "vendor", "role": "vendor"}
OEHLER = {"person": "oehler", "organisation": "praxis-ost", "role": "customer"}
KARL = {"person": "karl", "organisation": "klinik-west", "role": "customer"}
PAUL = {"person": "paul", "organisation": "sued", "role": "partner"}
SYSTEM = {"person": "import", "organisation": "vendor", "role": "system"}

_TECHNICAL = {"category": "technical_support", "topic": "activation"}
_OPEN = {"action": "open", "customer": "praxis-ost", "seller": "nord", **_TECHNICAL}
_PIN = {"action": "policy", "reason": "tried"}
_TWICE = "00000000-0000-4000-8000-00000000c001"
_NOTE = {
    "what": "missed",
    "clock": "resolution",
    "number": 1,
    "policy_id": "vendor-end-to-end",
    "policy_version": 1,
    "organisation": "vendor",
    "target_seconds": 60,
    "due_at": "2026-03-02T10:00:00Z",
}


def _on(case: str, actor: Line, do: Line, at: str = "", **more: Any) -> Line:
    when = {"occurred_at": at} if at else {}
    return {"kind": "case", "actor": actor, "case": case, "do": do, **when, **more}


# C-1 is closed, C-3 opened, C-4 at work and waiting, C-5 user support and resolved, C-6 resolved.
CASES: dict[str, Line] = {
    "a case that is not there": _on("C-99", IDA, {"action": "take"}),
    "a case that is there already": _on("C-1", IDA, _OPEN),
    "an illegal move": _on("C-3", VERA, {"action": "close"}),
    "assigned before it is at work": _on("C-3", VERA, {"action": "assign", "agent": "vera"}),
    "reclassified after it is resolved": _on("C-6", IDA, {"action": "reclassify", **_TECHNICAL}),
    "another priority after the end": _on("C-1", IDA, {"action": "priority", "priority": "low"}),
    "a customer who takes a case": _on("C-3", KARL, {"action": "take"}),
    "another seller's case": _on("C-4", UDO, {"action": "resume"}),
    "before the last change": _on("C-4", IDA, {"action": "resume"}, "2026-03-02T08:01:00Z"),
    "before the opening": _on("C-4", IDA, {"action": "message", "text": "x"}, "2026-03-01T08:00:00Z"),
    "a message after the end": _on("C-1", IDA, {"action": "message", "text": "x"}, "2026-03-03T08:00:00Z"),
    "a topic that is none": _on("C-90", IDA, {**_OPEN, "topic": "flying"}),
    "user support without a partner": _on(
        "C-90", IDA, {**_OPEN, "category": "user_support", "topic": "training"}
    ),
    "a reader who has no part": _on(
        "C-4", IDA, {"action": "message", "text": "x", "audience": "internal", "readers": ["sued"]}
    ),
    "an internal message for nobody": _on(
        "C-4", IDA, {"action": "message", "text": "x", "audience": "internal"}
    ),
    "readers of a public message": _on("C-4", IDA, {"action": "message", "text": "x", "readers": ["vendor"]}),
    "written as someone else": _on("C-4", IDA, {"action": "message", "text": "x", "sender": "customer"}),
    "an internal message of a customer": _on(
        "C-4", OEHLER, {"action": "message", "text": "x", "audience": "internal", "readers": ["nord"]}
    ),
    "cancelled without a reason": _on("C-4", IDA, {"action": "cancel"}),
    "a duplicate of itself": _on("C-4", IDA, {"action": "cancel", "duplicate_of": "C-4"}),
    "a policy that is not there": _on("C-4", IDA, {**_PIN, "policy": "none"}),
    "a pin of someone else's policy": _on("C-4", IDA, {**_PIN, "policy": "vendor-end-to-end"}),
    "a policy of a seller who is not the case's": _on("C-3", VERA, {**_PIN, "policy": "nord-level-0"}),
    "accepted: opened in the year before": _on("C-91", IDA, _OPEN, "2025-06-01T08:00:00Z"),
    "a policy before it is in force": _on(
        "C-91", VERA, {**_PIN, "policy": "vendor-end-to-end"}, "2025-06-02T08:00:00Z"
    ),
    "a calendar that does not reach so far": _on(
        "C-91", VERA, {**_PIN, "policy": "vendor-end-to-end", "version": 1}
    ),
    "a note on a case that moved on": _on(
        "C-4", SYSTEM, {"action": "service_level", "after_facts": 1, "note": _NOTE}
    ),
    "a note by a person": _on("C-4", IDA, {"action": "service_level", "after_facts": 1, "note": _NOTE}),
    "in the future": _on("C-4", IDA, {"action": "resume"}, "2199-01-01T00:00:00Z"),
    "before anything happened": _on("C-4", IDA, {"action": "resume"}, "1950-01-01T00:00:00Z"),
    "no instant": _on("C-4", IDA, {"action": "resume"}, "yesterday"),
    "an action that is none": _on("C-4", IDA, {"action": "fly"}),
    "a field that is none": _on("C-4", IDA, {"action": "resume", "colour": "red"}),
    "an id with a control character": _on("C-\u0007", IDA, {"action": "resume"}),
    "a text with a NUL": _on("C-4", IDA, {"action": "message", "text": "a\u0000b"}),
    "a role that is none": _on("C-4", {**IDA, "role": "king"}, {"action": "resume"}),
    "accepted: a message": _on("C-4", IDA, {"action": "message", "text": "x"}, command_id=_TWICE),
    "accepted: the same again": _on("C-4", IDA, {"action": "message", "text": "x"}, command_id=_TWICE),
    "the same id with another content": _on(
        "C-4", IDA, {"action": "message", "text": "y"}, command_id=_TWICE
    ),
}
