"""Fixtures of the faults: servers to be hurt, the program under a supervisor, and the results."""

from __future__ import annotations

import json
import os
import platform
import uuid
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from casecore.kafka.cluster import Cluster
from tests.faults.harness.defective_program import DefectiveProgram
from tests.faults.harness.laws import Wellness
from tests.faults.harness.program import SupervisedProgram, seed
from tests.faults.injection.servers import OwnHome, OwnKafka, OwnPostgres

_KEY = "faults"
_SHOWN = 10

NewProgram = Callable[..., SupervisedProgram]


class Seen:
    """What a scenario has seen, for the results."""

    def __init__(self) -> None:
        self.rounds = 0
        self.kills = 0
        self.commands = 0
        self.events = 0
        self.catch_up_seconds = 0.0
        self.notes: list[str] = []

    def well(self, wellness: Wellness) -> None:
        """All was well again after a round."""
        self.rounds += 1
        self.commands += wellness.commands
        self.events += wellness.events
        self.catch_up_seconds = max(self.catch_up_seconds, round(wellness.catch_up_seconds, 1))

    def note(self, what: str) -> None:
        """Something worth reading in the results."""
        self.notes.append(what)


@pytest.fixture
def seen(request: pytest.FixtureRequest) -> Iterator[Seen]:
    """Where a scenario notes what it has seen."""
    found = Seen()
    yield found
    request.node.user_properties.append((_KEY, vars(found)))


@pytest.fixture
def own_home(request: pytest.FixtureRequest) -> Iterator[OwnHome]:
    """A folder for servers that this test alone has."""
    home = OwnHome(request.config.rootpath / ".casecore" / "cache")
    yield home
    home.remove()


@pytest.fixture
def own_postgres(own_home: OwnHome) -> OwnPostgres:
    """A PostgreSQL that this test may hurt."""
    return OwnPostgres(own_home.path)


@pytest.fixture
def own_kafka(own_home: OwnHome) -> Iterator[OwnKafka]:
    """A broker that this test may hurt; it runs."""
    yield from _running(OwnKafka(own_home))


@pytest.fixture
def three_brokers(own_home: OwnHome) -> Iterator[OwnKafka]:
    """Three brokers that this test may hurt; they run."""
    yield from _running(OwnKafka(own_home, 3))


def _running(made: OwnKafka) -> Iterator[OwnKafka]:
    try:
        made.start()
        yield made
    finally:
        made.end()


@pytest.fixture
def new_program(tmp_path: Path, own_home: OwnHome) -> Iterator[NewProgram]:
    """Makes the program, with tables and topics, on a database and a broker: new_program(uri, cluster)."""
    made: list[SupervisedProgram] = []

    def make(database: str, cluster: Cluster, **environment: str) -> SupervisedProgram:
        folder = tmp_path / f"program-{len(made)}"
        folder.mkdir()
        prefix = f"f{uuid.uuid4().hex[:10]}"
        program = SupervisedProgram(folder, database, cluster, prefix, own_home.notes, environment)
        made.append(program)
        program.prepare()
        return program

    yield make
    for program in made:
        program.stop_all()


@pytest.fixture
def supervised(
    tmp_path: Path, own_home: OwnHome, database: str, kafka_server: Cluster, topic_prefix: str
) -> Iterator[SupervisedProgram]:
    """The program on the run's servers, with tables and topics; nothing is started yet."""
    program = SupervisedProgram(tmp_path, database, kafka_server, topic_prefix, own_home.notes)
    try:
        program.prepare()
        yield program
    finally:
        program.stop_all()


@pytest.fixture
def program(
    tmp_path: Path, database: str, kafka_server: Cluster, topic_prefix: str
) -> Iterator[DefectiveProgram]:
    """The program on the run's servers, where a process may have a defect; nothing is started yet."""
    made = DefectiveProgram(tmp_path, database, kafka_server, topic_prefix)
    made.prepare()
    yield made
    made.stop_all()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the results go."""
    parser.addoption("--faults-results", type=Path, help="file for what the faults have seen, as JSON")


_collected: dict[str, dict[str, Any]] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what each scenario has seen; runs in the process that directs the run.

    Set-up, call and tear-down each have a report; the last one has the properties.
    """
    kept = _collected.setdefault(report.nodeid, {"seconds": 0.0, "outcome": "passed"})
    kept["seconds"] = round(kept["seconds"] + report.duration, 1)
    if report.outcome != "passed":
        kept["outcome"] = report.outcome
    for key, found in report.user_properties:
        if key == _KEY:
            kept.update(found)  # type: ignore[call-overload]


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, object, object]:
    """Write the results, if they were asked for."""
    path: Path | None = session.config.getoption("faults_results", None)
    if path is not None and not hasattr(session.config, "workerinput"):
        scenarios = [
            {"scenario": nodeid.partition("tests/faults/")[2] or nodeid, **found}
            for nodeid, found in sorted(_collected.items())
        ]
        machine = {"cores": os.cpu_count(), "python": platform.python_version()}
        path.write_text(
            json.dumps({"seed": seed(), "machine": machine, "scenarios": scenarios}, indent=1) + "\n"
        )
    return (yield)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The slowest scenarios."""
    slowest = sorted(_collected.items(), key=lambda item: -item[1]["seconds"])[:_SHOWN]
    if terminalreporter.config.getoption("faults_results", None) is not None:
        terminalreporter.section("slowest scenarios")
        for nodeid, found in slowest:
            terminalreporter.line(f"{found['seconds']:7.1f} s  {nodeid}")
