"""Alerts name what there is: metrics, processes and pages; and promtool is told when each of them fires."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml
from prometheus_client import CollectorRegistry

from casecore.app.engine_room.lag_metrics import LagMetrics
from casecore.app.running.installation import HEALTH_PORT_OFFSETS
from casecore.app.settings import read_settings
from casecore.audit.health import AuditHealth
from casecore.evaluation.watch_health import DUE_SOON, WatchHealth
from casecore.health.client import Sample
from casecore.http.serving.metrics import ApiMetrics
from casecore.relay.health import RelayHealth
from projections.kit.runner.health import RunnerMetrics
from tests.ops.rules import FOLDER, ROOT, Rule, read_rules

RULES = read_rules()
RUNBOOKS = ROOT / "docs" / "runbooks"
SECTIONS = ["What it means", "How to look", "What to do"]


def metrics() -> Iterator[str]:
    """The name of every metric that a process of the program has."""
    registry = CollectorRegistry()
    RelayHealth(registry)
    RunnerMetrics(registry)
    AuditHealth(registry)
    LagMetrics(registry)
    WatchHealth(10, registry)
    ApiMetrics(registry)
    for family in registry.collect():
        yield f"{family.name}_total" if family.type == "counter" else family.name


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_names_only_metrics_that_there_are(rule: Rule) -> None:
    assert rule.metrics
    assert rule.metrics <= set(metrics())


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_an_alert_leads_to_its_page_which_names_it(rule: Rule) -> None:
    page = ROOT / rule.runbook
    assert page.parent == RUNBOOKS
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert f"`{rule.alert}`" in text
    assert rule.metrics <= set(re.findall(r"casecore_\w+", text))
    listed = (RUNBOOKS / "README.md").read_text(encoding="utf-8")
    assert f"| `{rule.alert}` | [{page.name}]({page.name}) | {rule.severity} |" in listed


def test_every_page_is_of_an_alert() -> None:
    assert {page.name for page in RUNBOOKS.glob("*.md")} - {"README.md"} == {
        rule.runbook.rpartition("/")[2] for rule in RULES.values()
    }


def test_the_window_of_the_page_is_that_of_the_program() -> None:
    minutes = int(DUE_SOON.total_seconds() // 60)
    assert f"within {minutes} minutes" in (RUNBOOKS / "due-soon-unassigned.md").read_text(encoding="utf-8")
    assert minutes == 30  # the summary calls it half an hour


def test_every_process_is_scraped_where_it_answers() -> None:
    read = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    [job] = read["scrape_configs"]
    scraped = {one["labels"]["process"]: one["targets"] for one in job["static_configs"]}
    settings = read_settings({})
    assert scraped == {
        name: [f"{settings.health_host}:{settings.health_port + offset}"]
        for name, offset in HEALTH_PORT_OFFSETS.items()
    }
    assert read["rule_files"] == ["alerts.yml"]


def test_promtool_sees_each_alert_fire_and_not_fire() -> None:
    read = yaml.safe_load((FOLDER / "alerts_test.yml").read_text(encoding="utf-8"))
    asked = [one for test in read["tests"] for one in test["alert_rule_test"]]
    assert {one["alertname"] for one in asked if one["exp_alerts"]} == set(RULES)
    assert {one["alertname"] for one in asked if not one["exp_alerts"]} == set(RULES)


@pytest.mark.parametrize(
    ("expression", "values", "holds"),
    [
        ("absent(a)", [], True),
        ("absent(a)", [0], False),
        ("absent(a == 1)", [0, 0], True),
        ("absent(a == 1)", [0, 1], False),
        ("a > 5", [], False),
        ("a > 5", [5], False),
        ("a > 5", [1, 6], True),
        ("max by (b) (a) > 0", [0, 1], True),
        ("max(a) > 0", [0], False),
        ("time() - a > 300", [600, 999], True),
        ("time() - max(a) > 300", [600, 999], False),
        ("time() - max(a) > 300 or absent(a)", [], True),
    ],
)
def test_what_tests_with_real_processes_ask_is_as_prometheus_would_answer(
    expression: str, values: list[float], holds: bool
) -> None:
    rule = Rule("A", expression, "0s", "", "", "")
    assert rule.metrics == {"a"}
    assert rule.holds([Sample("a", {}, value) for value in values], now=1_000) is holds


@pytest.mark.parametrize("expression", ["a < 5", "rate(a[5m]) > 1", "a > 5 and b > 5", "sum(a) > 1"])
def test_a_rule_in_other_words_is_not_taken_for_one_that_is_tested(expression: str) -> None:
    with pytest.raises(AssertionError, match="cannot read"):
        Rule("A", expression, "0s", "", "", "").holds([], now=0)
