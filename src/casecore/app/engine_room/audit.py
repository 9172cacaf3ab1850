"""The running audit's last word: what it has compared up to now, and what differs, as its own metrics say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from casecore.app.running.installation import AUDIT, health_port
from casecore.app.settings import Settings
from casecore.health.client import Sample, ask_health, ask_metrics


class ViewCompared(NamedTuple):
    """How many keys of a view were compared with the log, and how many differences were found in it."""

    view: str
    keys: int
    differences: int


class AuditWord(NamedTuple):
    """What the audit that runs beside production says, counted since its process began.

    It compared `events` of the log with the topics, up to `position`, which lacks `lag_events` positions of
    the log's end; and keys of each view, all of the log `rounds` times over. `turned_at` is when it last
    compared something, null where the audit is one that does not say so. `differences` is how many were found
    in all, those in the topics included, and `says` names the first.
    """

    well: bool
    says: str
    turned_at: datetime | None
    position: int
    lag_events: int
    events: int
    rounds: int
    views: list[ViewCompared]
    differences: int


def audit_word(settings: Settings) -> AuditWord | None:
    """The running audit's last word; None where none answers."""
    host, port = settings.health_host, health_port(settings, AUDIT)
    samples = ask_metrics(host, port)
    if samples is None:
        return None
    well, says = ask_health(host, port)
    one = {sample.name: sample.value for sample in samples if not sample.labels}
    keys = _by_label(samples, "casecore_audit_keys_total", "view")
    differences = _by_label(samples, "casecore_audit_differences", "where")
    turned = one.get("casecore_audit_turned_at_seconds", 0.0)
    return AuditWord(
        well=well,
        says=says,
        turned_at=datetime.fromtimestamp(turned, UTC).replace(microsecond=0) if turned else None,
        position=int(one.get("casecore_audit_position", 0)),
        lag_events=int(one.get("casecore_audit_lag_events", 0)),
        events=int(one.get("casecore_audit_events_total", 0)),
        rounds=int(one.get("casecore_audit_rounds", 0)),
        views=[ViewCompared(view, keys[view], differences.get(view, 0)) for view in sorted(keys)],
        differences=sum(differences.values()),
    )


def _by_label(samples: list[Sample], name: str, label: str) -> Mapping[str, int]:
    return {one.labels[label]: int(one.value) for one in samples if one.name == name and label in one.labels}
