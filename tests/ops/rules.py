"""The alerts of ops/prometheus, and whether one of them holds for what processes answered at one moment.

Only promtool knows the whole language. Here is the part in which the rules are written, so that tests which
hurt real processes need no Prometheus: a rule that is written otherwise fails them.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import yaml

from casecore.health.client import Sample

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "ops" / "prometheus"

_ABSENT = re.compile(r"absent\((?P<name>\w+)(?: == (?P<value>\d+))?\)")
_ABOVE = re.compile(
    r"(?P<age>time\(\) - )?(?:(?P<max>max)(?: by \(\w+\) )?\((?P<of>\w+)\)|(?P<each>\w+)) > (?P<limit>\d+)"
)


class Rule(NamedTuple):
    """An alert: the expression that must hold, without a break for `holds_for`, and the page that helps."""

    alert: str
    expression: str
    holds_for: str
    severity: str
    summary: str
    runbook: str

    @property
    def metrics(self) -> set[str]:
        """The metrics that it names."""
        return {_metric(clause) for clause in _clauses(self.expression)}

    def holds(self, samples: Collection[Sample], now: float) -> bool:
        """Whether its expression holds for these samples; `now` is in seconds since 1970."""
        return any(_holds(clause, samples, now) for clause in _clauses(self.expression))


def read_rules() -> dict[str, Rule]:
    """All alerts, by name."""
    found = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))
    rules = [_rule(one) for group in found["groups"] for one in group["rules"]]
    assert len({one.alert for one in rules}) == len(rules)
    return {one.alert: one for one in rules}


def _rule(given: dict) -> Rule:  # type: ignore[type-arg]
    annotations = given["annotations"]
    return Rule(
        alert=given["alert"],
        expression=" ".join(given["expr"].split()),
        holds_for=given.get("for", "0s"),
        severity=given["labels"]["severity"],
        summary=annotations["summary"],
        runbook=annotations["runbook"],
    )


def _clauses(expression: str) -> list[re.Match[str]]:
    found = [_ABSENT.fullmatch(one) or _ABOVE.fullmatch(one) for one in expression.split(" or ")]
    assert all(found), f"tests/ops/rules.py cannot read {expression!r}"
    return [one for one in found if one is not None]


def _metric(clause: re.Match[str]) -> str:
    named = clause.groupdict()
    return named.get("name") or named.get("of") or named["each"] or ""


def _holds(clause: re.Match[str], samples: Collection[Sample], now: float) -> bool:
    values = [one.value for one in samples if one.name == _metric(clause)]
    named = clause.groupdict()
    if "limit" not in named:
        return not [one for one in values if named["value"] is None or one == float(named["value"])]
    if named["max"]:  # of labels apart, but one of them is above if their greatest is
        values = [max(values)] if values else []
    return any((now - one if named["age"] else one) > float(named["limit"]) for one in values)
