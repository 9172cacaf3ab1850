"""Prometheus itself, with the configuration and the rules of ops/prometheus, beside the program at work."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.journeys.harness.scraped import HOST, Scraped
from tests.ops.promtool import can_be_found, find_promtool
from tests.ops.rules import FOLDER, read_rules
from tests.waiting import LIMIT_SECONDS, wait_until

pytestmark = pytest.mark.skipif(
    not can_be_found(), reason="there is no Prometheus on this machine, and no apt to fetch Debian's with"
)
RULES = read_rules()


class Prometheus:
    """A Prometheus that asks every second."""

    def __init__(self, scraped: Scraped, folder: Path, port: int) -> None:
        self.log = folder / "prometheus.log"
        self._address = f"{HOST}:{port}"
        configuration = folder / "prometheus.yml"
        configuration.write_text(yaml.safe_dump(_beside(scraped)), encoding="utf-8")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                (
                    find_promtool().with_name("prometheus"),
                    f"--config.file={configuration}",
                    f"--storage.tsdb.path={folder / 'tsdb'}",
                    f"--web.listen-address={self._address}",
                ),
                stdout=log,
                stderr=log,
            )

    def targets(self) -> dict[str, str]:
        """How each process is by its last answer: up, down or unknown."""
        found = self._ask("targets?state=active").get("activeTargets", ())
        return {one["labels"]["process"]: one["health"] for one in found}

    def rules(self) -> dict[str, tuple[str, str]]:
        """Of each alert, how its rule fares (ok), and whether it is inactive, pending or firing."""
        groups = self._ask("rules").get("groups", ())
        return {one["name"]: (one["health"], one["state"]) for group in groups for one in group["rules"]}

    def alerts(self) -> dict[str, dict[str, Any]]:
        """The alerts that are pending or firing; of several of a kind, one."""
        return {one["labels"]["alertname"]: one for one in self._ask("alerts").get("alerts", ())}

    def _ask(self, what: str) -> dict[str, Any]:
        try:
            address = f"http://{self._address}/api/v1/{what}"
            with urllib.request.urlopen(address, timeout=LIMIT_SECONDS) as answer:
                found: dict[str, Any] = json.loads(answer.read())["data"]
                return found
        except OSError:
            return {}


def _beside(scraped: Scraped) -> dict[str, Any]:
    """The configuration, with the ports of these processes."""
    read: dict[str, Any] = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    read["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    read["rule_files"] = [str(FOLDER / "alerts.yml")]
    for one in read["scrape_configs"][0]["static_configs"]:
        one["targets"] = [f"{HOST}:{scraped.ports[one['labels']['process']]}"]
    return read


@pytest.fixture
def prometheus(scraped: Scraped, tmp_path: Path, free_port: int) -> Iterator[Prometheus]:
    scraped.start_all()
    started = Prometheus(scraped, tmp_path, free_port)
    yield started
    started.process.terminate()
    started.process.wait(LIMIT_SECONDS)


def test_what_goes_wrong_becomes_an_alert_with_its_runbook(scraped: Scraped, prometheus: Prometheus) -> None:
    # Given all processes but the API, which is not asked for anything here
    up = {name: "down" if name == "api" else "up" for name in scraped.ports}
    wait_until(lambda: prometheus.targets() == up, f"all answer\n{scraped.program.complaints()}")
    scraped.program.run(
        *("case", "open", "--customer", "praxis", "--seller", "nord", "--topic", "activation"),
        *("--reference", "A-1", "--as", "seller:nord:ida"),
    )
    scraped.program.wait_until_folded()
    well = dict.fromkeys(RULES, ("ok", "inactive"))
    wait_until(lambda: prometheus.rules() == well, f"all is well, by {prometheus.log}")
    # When a row of a view is lost, that is an alert at once, which says where and what helps
    scraped.run("delete from workload.cases where reference = 'A-1'")
    wait_until(lambda: "CasecoreAuditDifference" in prometheus.alerts(), "the difference is an alert")
    alert = prometheus.alerts()["CasecoreAuditDifference"]
    assert (alert["state"], alert["labels"]["where"]) == ("firing", "workload")
    assert alert["annotations"] == {
        "summary": "Differences between the store and workload that the audit has found: 1.",
        "runbook": "docs/runbooks/audit-difference.md",
    }
    # When the relay has ended, that becomes one if nothing starts it again
    scraped.program.kill("relay")
    wait_until(lambda: "CasecoreRelayNotPublishing" in prometheus.alerts(), "it is noticed")
    assert prometheus.alerts()["CasecoreRelayNotPublishing"]["state"] == "pending"
