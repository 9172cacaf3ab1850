"""What goes wrong on real servers is seen by the rules of ops/prometheus, in what the processes answer."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from kafka import KafkaProducer

from casecore.app.running.installation import HEALTH_PORT_OFFSETS
from casecore.contract.streams import case_stream_id
from casecore.health.client import Sample, ask_metrics
from casecore.relay.place import partition_number
from tests.journeys.harness.program import VIEWS, Program
from tests.journeys.watched import publish_policies
from tests.ops.rules import read_rules
from tests.waiting import LIMIT_SECONDS, wait_until

RULES = read_rules()
OPENING = ("case", "open", "--customer", "praxis", "--seller", "nord", "--topic", "activation")
IDA = ("--as", "seller:nord:ida")
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

    def let_two_minutes_pass(self, case: str, version: int) -> None:
        """As if an event that is not published yet had been stored two minutes earlier."""
        self.run(
            "update casecore.stored_events set recorded_at = recorded_at - interval '2 minutes' "
            f"where originator_id = '{case_stream_id(case)}' and originator_version = {version}"
        )

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


@pytest.fixture
def scraped(tmp_path: Path, database: str, kafka_server: str, topic_prefix: str) -> Iterator[Scraped]:
    program = Program(tmp_path, database, kafka_server, topic_prefix)
    program.prepare()
    yield Scraped(program, first_free_port(len(HEALTH_PORT_OFFSETS)))
    program.stop_all()


def first_free_port(count: int) -> int:
    """The first of so many free ports in a row; those that other processes of this run look at are others."""
    for first in range(29_000 + 16 * (os.getpid() % 200), 32_700, count):
        if all(is_free(port) for port in range(first, first + count)):
            return first
    raise AssertionError("no free ports")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0


def test_what_ends_or_falls_behind_is_noticed_until_it_is_back(scraped: Scraped) -> None:
    program = scraped.program
    # Given a watch whose view is not there yet, and nothing else
    scraped.start("watch")
    wait_until(scraped.samples, "the watch answers")
    assert scraped.alerts() == {
        "CasecoreRelayNotPublishing",
        "CasecoreAuditSilent",
        "CasecoreWatchSilent",
    }
    # When everything runs, all is well
    scraped.start_all()
    program.run(*OPENING, "--reference", "A-1", *IDA)
    scraped.wait_for()

    # When the relay has ended, and a command was given two minutes ago
    program.kill("relay")
    scraped.wait_for("CasecoreRelayNotPublishing")
    program.run(*OPENING, "--reference", "A-2", *IDA)
    scraped.let_two_minutes_pass("A-2", version=1)
    scraped.wait_for("CasecoreRelayNotPublishing", "CasecoreLag")
    assert scraped.behind() == {"relay", "workload", "sla", "timeline"}
    # Then it is well again once a relay publishes
    scraped.start("relay")
    scraped.wait_for()

    # When a view's runner has ended, too, and the relay is back, that view alone is behind
    program.kill("relay")
    program.kill("sla")
    program.run("case", "take", "A-2", *IDA)
    scraped.let_two_minutes_pass("A-2", version=2)
    scraped.start("relay")
    scraped.wait_for("CasecoreLag")
    wait_until(lambda: scraped.behind() == {"sla"}, "the other views are not behind")
    scraped.start("sla")
    scraped.wait_for()

    # When those who look have ended, that is noticed, too
    program.kill("watch")
    scraped.wait_for("CasecoreWatchSilent")
    program.kill("audit")
    scraped.wait_for("CasecoreWatchSilent", "CasecoreAuditSilent")


def test_what_is_lost_or_forged_is_noticed_until_somebody_decides(scraped: Scraped) -> None:
    program = scraped.program
    scraped.start_all()
    for number in range(3):
        program.run(*OPENING, "--reference", f"A-{number}", *IDA)
    program.wait_until_folded()
    scraped.wait_for()

    # When a row of a view is lost
    scraped.run("delete from workload.cases where reference = 'A-1'")
    scraped.wait_for("CasecoreAuditDifference")
    program.run("audit", exits=5)
    # Then a rebuild names it and brings it back, and an audit that begins again finds nothing
    program.run("rebuild", "workload", exits=5)
    program.run("audit")
    program.kill("audit")
    scraped.start("audit")
    scraped.wait_for()

    # When somebody else has written into a topic
    key = str(case_stream_id("A-2"))
    producer = KafkaProducer(bootstrap_servers=program.bootstrap)
    place = partition_number(case_stream_id("A-2"))
    producer.send(program.topic, b"\xff no event", key.encode(), [], place).get(LIMIT_SECONDS)
    producer.close()
    scraped.wait_for("CasecoreQuarantine", "CasecoreAuditDifference")
    parked = json.loads(program.run("quarantine", "list", "--json", exits=5))
    assert {one["key"] for one in parked} == {key}
    # Then it is left out for good, view by view
    for view in {one["view"] for one in parked}:
        program.run("quarantine", "skip", view, key, "--because", "forged")
    program.run("quarantine", "list")
    scraped.wait_for("CasecoreAuditDifference")


def test_a_case_that_falls_due_soon_is_noticed_until_somebody_has_it(
    scraped: Scraped, tmp_path: Path
) -> None:
    program = scraped.program
    # Given a policy that asks for an answer within an hour, a case that is overdue, and one that has time
    publish_policies(program, tmp_path)
    now = datetime.now(UTC)
    program.run(*OPENING, "--reference", "OVERDUE", "--at", (now - timedelta(hours=2)).isoformat(), *IDA)
    program.run(*OPENING, "--reference", "NEW", *IDA)
    scraped.start_all()
    scraped.wait_for()
    # When one is due in a quarter of an hour, and nobody has it
    program.run(*OPENING, "--reference", "SOON", "--at", (now - timedelta(minutes=45)).isoformat(), *IDA)
    scraped.wait_for("CasecoreDueSoonUnassigned")
    due = json.loads(program.run("sla", "due", "--within", "30m", "--ahead", "--json"))
    assert {(one["reference"], one["case_agent"]) for one in due} == {("SOON", None)}
    # When somebody of the seller takes it without naming anybody, it is as before; then somebody has it
    program.run("case", "take", "SOON", *IDA)
    program.run("case", "assign", "SOON", "--agent", "ida", *IDA)
    scraped.wait_for()
