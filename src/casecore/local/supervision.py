"""How supervisord is configured for an installation, and how it is found and asked."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple
from xmlrpc.client import Error, ServerProxy

import psutil
from supervisor.xmlrpc import SupervisorTransport

from casecore.local.folders import leave_socket_folder, socket_folder

STOP_LIMIT_SECONDS = 15
_SOCKET_NAME = "supervisor.sock"
# The supervisor appends its process number to the name while it binds the socket.
_LONGEST_SOCKET_NAME = _SOCKET_NAME + ".4194304"


class SupervisorReport(NamedTuple):
    """What the supervisor reports about a program."""

    name: str
    state: str
    pid: int | None
    uptime_seconds: int


def configuration(run: Path) -> Path:
    """The supervisor's configuration file in the folder `run`."""
    return run / "supervisord.conf"


def configure(run: Path, logs: Path, programs: Sequence[tuple[str, int]]) -> None:
    """Write the configuration for `programs`: the name of each plan in `run`/programs, and its priority."""
    user = "user = root\n" if os.geteuid() == 0 else ""
    text = f"""\
[supervisord]
{user}directory = {_plain(run)}
logfile = {_plain(run / "supervisord.log")}
logfile_maxbytes = 1MB
logfile_backups = 1
pidfile = {_plain(run / "supervisord.pid")}
childlogdir = {_plain(run)}
umask = 077

[unix_http_server]
file = {_plain(_socket(run))}
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[rpcinterface:restart_backoff]
supervisor.rpcinterface_factory = casecore.local.restart_backoff:make
"""
    text += "".join(_program_section(run, logs, name, priority) for name, priority in programs)
    file = configuration(run)
    file.write_text(text)
    file.chmod(0o600)


def command(run: Path) -> tuple[str, ...]:
    """The command that starts the supervisor in the background."""
    return _python("supervisor.supervisord", "-c", configuration(run))


def supervisor(run: Path) -> psutil.Process | None:
    """The supervisor that was started with the configuration in `run`, if it runs."""
    try:
        process = psutil.Process(int((run / "supervisord.pid").read_text()))
        return process if str(configuration(run)) in process.cmdline() else None
    except (OSError, ValueError, psutil.Error):
        return None


def ask(run: Path) -> list[SupervisorReport]:
    """The supervisor's report on each program; empty when it does not answer."""
    transport = SupervisorTransport(serverurl=f"unix://{_socket(run)}")
    try:
        # The host name is never used: the transport goes to the socket.
        answer = ServerProxy("http://localhost", transport=transport).supervisor.getAllProcessInfo()
    except (OSError, Error, HTTPException):
        return []
    finally:
        transport.close()
    assert isinstance(answer, list)
    return [_report(item) for item in answer]


def forget(run: Path) -> None:
    """Remove the files that a supervisor has left behind which no longer runs."""
    for file in (_socket(run), run / "supervisord.pid"):
        file.unlink(missing_ok=True)
    leave_socket_folder(run, _socket(run).parent)


def _program_section(run: Path, logs: Path, name: str, priority: int) -> str:
    launch = _python("casecore.local.launch", run / "programs" / f"{name}.json")
    return f"""
[program:{name}]
command = {_plain(shlex.join(launch))}
directory = {_plain(Path.cwd())}
priority = {priority}
autorestart = true
startsecs = 1
startretries = 1000000
stopwaitsecs = {STOP_LIMIT_SECONDS}
stopasgroup = true
killasgroup = true
redirect_stderr = true
stdout_logfile = {_plain(_plain(logs / f"{name}.log"))}
stdout_logfile_maxbytes = 10MB
stdout_logfile_backups = 3
"""


def _python(module: str, *arguments: object) -> tuple[str, ...]:
    # -P: a folder below the current one must not be taken for a package.
    return (sys.executable, "-P", "-m", module, *map(str, arguments))


def _report(item: dict[str, int | str]) -> SupervisorReport:
    pid = int(item["pid"])
    seconds = int(item["now"]) - int(item["start"]) if pid else 0
    return SupervisorReport(str(item["name"]), str(item["statename"]), pid or None, seconds)


def _socket(run: Path) -> Path:
    return socket_folder(run, _LONGEST_SOCKET_NAME, os.geteuid()) / _SOCKET_NAME


def _plain(value: object) -> str:
    # The supervisor expands what follows a percent sign, and does so twice in the name of a program's log.
    return str(value).replace("%", "%%")
