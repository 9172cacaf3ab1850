"""The program with processes that answer where Prometheus asks, and what the alert rules say of them."""

from __future__ import annotations

import os
import socket
import time

import psycopg

from casecore.app.running.installation import HEALTH_PORT_OFFSETS
from casecore.contract.streams import case_stream_id
from casecore.health.client import Sample, ask_metrics
from tests.journeys.harness.program import VIEWS, Program
from tests.ops.rules import read_rules
from tests.waiting import wait_until

RULES = read_rules()
HOST = "127.0.0.1"


class Scraped:
    """A program whose processes answer where a scrape configuration would have them."""

    def __init__(self, program: Program, first_port: int) -> None:
        self.program = program
        self.ports = {name: first_port + offset for name, offset in HEALTH_PORT_OFFSETS.items()}

    def start(self, *names: str) -> None:
        """Start these processes, unless they run."""
        for name in names:
            self.program.start(name, *self._command(name), "--health-port", str(self.ports[name]))

    def start_all(self) -> None:
        """Start relay, runners, audit and watch."""
        self.start("relay", *VIEWS, "audit", "watch")

    def samples(self) -> list[Sample]:
        """What all processes answer now."""
        return [one for port in self.ports.values() for one in ask_metrics(HOST, port) or ()]

    def alerts(self) -> set[str]:
        """The alerts whose expressions hold now."""
        samples, now = self.samples(), time.time()
        return {name for name, rule in RULES.items() if rule.holds(samples, now)}

    def wait_for(self, *alerts: str) -> None:
        """Wait until these alerts hold, and no other one."""
        found: list[set[str]] = [set()]

        def they_hold() -> bool:
            found[0] = self.alerts()
            return found[0] == set(alerts)

        try:
            wait_until(they_hold, f"{alerts} hold")
        except AssertionError as late:
            raise AssertionError(f"{late}, but {found[0]}\n{self.program.complaints()}") from None

    def behind(self) -> set[str]:
        """Who is behind for longer than the rule allows."""
        rule = RULES["CasecoreLag"]
        lags = [one for one in self.samples() if one.name == "casecore_lag_seconds"]
        return {one.labels["part"] for one in lags if rule.holds([one], time.time())}

    def give_two_minutes_ago(self, case: str, version: int, *command: str) -> None:
        """Give a command as if its event had been stored two minutes ago; no relay may publish meanwhile.

        The audit begins again, since it could have read the event as it was at first.
        """
        self.program.kill("audit")
        self.program.run(*command)
        self.run(
            "update casecore.stored_events set recorded_at = recorded_at - interval '2 minutes' "
            f"where originator_id = '{case_stream_id(case)}' and originator_version = {version}"
        )
        self.start("audit")

    def run(self, sql: str) -> None:
        """Change the database behind everybody's back."""
        with psycopg.connect(self.program.database, autocommit=True) as connection:
            connection.execute(sql.encode())

    @staticmethod
    def _command(name: str) -> tuple[str, ...]:
        match name:
            case "relay":
                return ("relay",)
            case "audit":
                return ("audit", "--follow", "--share", "50", "--keys", "40")
            case "watch":
                return ("sla", "watch", "--every", "0.2")
            case _:
                return ("project", name)


def first_free_port(count: int) -> int:
    """The first of so many free ports in a row; those that other processes of this run look at are others."""
    for first in range(29_000 + 16 * (os.getpid() % 200), 32_700, count):
        if all(is_free(port) for port in range(first, first + count)):
            return first
    raise AssertionError("no free ports")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0
