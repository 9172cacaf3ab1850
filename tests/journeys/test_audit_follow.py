"""`casecore audit --follow` beside the program at work: silent while all is well, and not for long if not."""

from __future__ import annotations

import json
import signal
import urllib.error
import urllib.request

import psycopg
import pytest
from kafka import KafkaProducer

from casecore.kafka.settings import connection
from tests.journeys.harness.program import FIRST_TERMS, VIEWS, Program
from tests.waiting import LIMIT_SECONDS, wait_until

CASES = 12
QUICK = ("--share", "50", "--keys", "40")


class Watched:
    """The program with everything running and some cases, and the audit that follows."""

    def __init__(self, program: Program, port: int) -> None:
        self.program = program
        self.port = port
        program.start_all()
        program.start("audit", "audit", "--follow", *QUICK, "--health-port", str(port))
        self.give(0)
        self.has_compared(FIRST_TERMS + CASES)

    def give(self, first: int) -> None:
        """Open some cases."""
        actor = {"person": "ida", "organisation": "nord", "role": "seller"}
        opening = {
            "action": "open",
            "customer": "praxis",
            "seller": "nord",
            "category": "technical_support",
            "topic": "activation",
        }
        lines = [
            json.dumps(
                {
                    "kind": "case",
                    "command_id": f"00000000-0000-4000-8000-{n:012}",
                    "actor": actor,
                    "case": f"C-{n}",
                    "do": opening,
                }
            )
            for n in range(first, first + CASES)
        ]
        self.program.run("submit", "-", given="\n".join(lines) + "\n")
        self.program.wait_until_folded()

    def has_compared(self, position: int) -> None:
        """Wait until the log is compared up to a position, and then every view's keys once more."""
        wait_until(
            lambda: self.metric("position") == position,
            f"all is compared\n{self.metrics()}\n{self.program.complaints()}",
        )
        rounds = self.metric("rounds") or 0
        wait_until(lambda: (self.metric("rounds") or 0) >= rounds + 2, "all keys were looked at")

    def metric(self, name: str) -> float | None:
        """The value of one of the audit's metrics."""
        for line in self.metrics().splitlines():
            if line.startswith(f"casecore_audit_{name} "):
                return float(line.split()[-1])
        return None

    def metrics(self) -> str:
        """All that it reports."""
        return self._ask("metrics")

    def health(self) -> str:
        """What its health check says."""
        return self._ask("health")

    def found(self, where: str, count: int) -> None:
        """Wait until it reports so many differences there."""
        wait_until(
            lambda: f'casecore_audit_differences{{where="{where}"}} {count}.0' in self.metrics(),
            f"{count} differences of {where} are reported\n{self.metrics()}",
        )

    def run(self, sql: str) -> None:
        """Change the database behind everybody's back."""
        with psycopg.connect(self.program.database, autocommit=True) as connection:
            connection.execute(sql.encode())

    def _ask(self, what: str) -> str:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/{what}", timeout=LIMIT_SECONDS
            ) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as unwell:
            return f"503 {unwell.read().decode()}"
        except OSError:
            return ""


@pytest.fixture
def watched(program: Program, free_port: int) -> Watched:
    return Watched(program, free_port)


def test_nothing_is_found_while_all_works_also_after_postgresql_ended_every_session(
    watched: Watched, postgres_server: str
) -> None:
    name = watched.program.database.rpartition("/")[2]
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
    for process in ("relay", *VIEWS):  # as a supervisor does
        wait_until(lambda process=process: _again(watched.program, process), f"{process} runs")
    watched.give(CASES)
    # Then the audit has gone on by itself, and all is well
    watched.has_compared(FIRST_TERMS + 2 * CASES)
    assert watched.health() == "no difference\n"
    assert 'differences{where="topics"} 0.0' in watched.metrics()
    for view in VIEWS:
        assert f'differences{{where="{view}"}} 0.0' in watched.metrics()
    assert watched.metric("lag_events") == 0
    # and it ends when it is asked to
    ended = watched.program.end("audit", signal.SIGTERM)
    assert ended == 0


def _again(program: Program, name: str) -> bool:
    arguments = ("relay",) if name == "relay" else ("project", name)
    program.start(name, *arguments, "--health-port", "0")
    return program.ended(name) is None


def test_a_row_an_event_and_a_record_that_somebody_changed_are_named_within_seconds(watched: Watched) -> None:
    # A row of a view, changed by hand
    watched.run("update workload.cases set messages = 7 where reference = 'C-3'")
    watched.found("workload", 1)
    assert "workload.cases, row case_id=" in watched.health()
    assert "messages" in watched.health()
    # a record that no relay wrote
    producer = KafkaProducer(**connection(watched.program.cluster))
    producer.send(watched.program.topic, key=b"greeting", value=b"hello").get(LIMIT_SECONDS)
    producer.close()
    watched.found("topics", 1)
    # and an event that is gone from the store, of which every view still has the rows
    watched.run(f"delete from casecore.stored_events where notification_id = {FIRST_TERMS + 2}")
    for view in ("sla", "timeline"):
        wait_until(
            lambda view=view: f'differences{{where="{view}"}} 0.0' not in watched.metrics(), f"{view} differs"
        )
    # Then the log says where, and the audit still runs, and is not well
    logged = [json.loads(line) for line in watched.program.complained("audit").splitlines()]
    named = {line["where"] for line in logged if line["event"] == "audit.difference"}
    assert named >= {"topics", "workload", "sla", "timeline"}
    assert watched.health().startswith("503 ")
    assert watched.program.ended("audit") is None
