"""What runs: PostgreSQL, and the program's processes as their supervisor and their health checks say it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import NamedTuple

from casecore.app.application import Application
from casecore.app.engine_room.audit import AuditWord, audit_word
from casecore.app.engine_room.rights import check_operates
from casecore.app.running.installation import ProcessReport, ask_all, processes_of, status
from casecore.app.settings import Settings
from casecore.postgres.server import read_server
from casecore.visibility.rules import Viewer
from projections.kit.reading.session import open_session

POSTGRESQL = "postgresql"


class RunningProcess(NamedTuple):
    """A server or process: whether it is well, what it says, and since when it runs, null where unknown.

    `state` is its supervisor's word for it, empty for one that is supervised elsewhere: such a one is asked
    for its health only. `health_port` is where it answers health checks, null for a server.
    """

    name: str
    well: bool
    state: str
    says: str
    since: datetime | None
    health_port: int | None


class Processes(NamedTuple):
    """What runs of the installation, as it was when it was asked.

    `program_version` is that of the process that answers. `audit` is the last word of the running audit, null
    where none answers.
    """

    looked_at: datetime
    program_version: str
    processes: list[RunningProcess]
    audit: AuditWord | None


def processes_now(app: Application, viewer: Viewer | None) -> Processes:
    """What runs, whether it is well, and what the audit says.

    Raises InstallationNotYours and DatabaseUnavailable.
    """
    check_operates(viewer)
    now = datetime.now(UTC)
    ports = {one.name: one.port for one in processes_of(app.settings)}
    reports = [one for one in status(app.settings) if one.name != POSTGRESQL]
    found = reports or _answers_of_all(app.settings)
    return Processes(
        looked_at=now,
        program_version=version("casecore"),
        processes=[_postgresql(app), *(_running(one, now, ports.get(one.name)) for one in found)],
        audit=audit_word(app.settings),
    )


def _postgresql(app: Application) -> RunningProcess:
    with open_session(app.database) as connection:
        server = read_server(connection)
    return RunningProcess(POSTGRESQL, True, "", f"answering; version {server.version}", server.since, None)


def _running(report: ProcessReport, now: datetime, port: int | None) -> RunningProcess:
    seconds = report.uptime_seconds
    runs = report.pid is not None and seconds is not None
    return RunningProcess(
        name=report.name,
        well=report.well,
        state=report.state,
        says=report.reason or "",
        since=(now - timedelta(seconds=seconds or 0)).replace(microsecond=0) if runs else None,
        health_port=port,
    )


def _answers_of_all(settings: Settings) -> list[ProcessReport]:
    """What the health checks say where nothing was started by `up`: each has its own address."""
    asked = processes_of(settings)
    answers = ask_all(settings, [one.port for one in asked])
    return [ProcessReport(one.name, "", answers[one.port][0], reason=answers[one.port][1]) for one in asked]
