"""PostgreSQL over TLS with `sslmode=verify-full`, on a server that has it.

The server from the wheel is built without OpenSSL, so this takes the system's, Debian's for instance. Where
there is none, these tests are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from casecore.local import kafka
from casecore.postgres.connection import connect
from casecore.postgres.errors import DatabaseUnavailable, mapped_errors
from casecore.postgres.limits import STORE
from tests.security.certificates import Authority
from tests.servers import new_home
from tests.waiting import wait_until

SECRET = "da7abase-5ecret"
_NOBODY = 65534


def programs() -> Path | None:
    """The folder of a PostgreSQL with OpenSSL on this machine."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists() and b"ssl_cert_file" in (folder / "postgres").read_bytes():
            return folder
    return None


class SecuredPostgres:
    """A server that is reached over TLS and with a password only."""

    def __init__(self, programs: Path) -> None:
        self.home = new_home()
        self.authority, self.stranger = Authority(self.home, "authority"), Authority(self.home, "stranger")
        self.port = kafka._free_ports(1)[0]
        self._programs = programs
        self._data = self.home / "data"
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self._user = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
            os.chown(self.home, _NOBODY, _NOBODY)
        word = self.home / "password"
        word.write_text(SECRET)
        word.chmod(0o644)
        self._run(
            "initdb", "-D", str(self._data), "-U", "casecore", "-A", "scram-sha-256", f"--pwfile={word}"
        )
        (self._data / "pg_hba.conf").write_text("hostssl all all all scram-sha-256\n")
        self._certificate(self.authority.sign("postgres", "localhost"))
        options = f"-c ssl=on -c listen_addresses=127.0.0.1 -c port={self.port} -k ''"
        self._run(
            "pg_ctl", "-D", str(self._data), "-w", "-l", str(self._data / "log"), "-o", options, "start"
        )

    def serve(self, keystore: Path) -> None:
        """Renew the certificate of the running server."""
        self._certificate(keystore)
        self._run("pg_ctl", "-D", str(self._data), "reload")

    def uri(self, host: str = "localhost", trusts: Path | None = None, password: str = SECRET) -> str:
        """As an operator sets it."""
        trusted = trusts or self.authority.file
        return (
            f"postgresql://casecore:{password}@{host}:{self.port}/postgres?sslmode=verify-full"
            f"&sslrootcert={trusted}"
        )

    def remove(self) -> None:
        """Stop it, and leave nothing."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")
        shutil.rmtree(self.home, ignore_errors=True)

    def _certificate(self, keystore: Path) -> None:
        for name in ("server.crt", "server.key"):
            file = self._data / name
            file.unlink(missing_ok=True)
            file.write_bytes(keystore.read_bytes())
            file.chmod(0o600)
            if self._user:
                os.chown(file, _NOBODY, _NOBODY)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            (str(self._programs / program), *arguments),
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd=self.home,
            timeout=60,
            **self._user,
        )


@pytest.fixture(scope="module")
def secured_postgres() -> Iterator[SecuredPostgres]:
    found = programs()
    if found is None:
        pytest.skip("no PostgreSQL with OpenSSL is installed on this machine")
    server = SecuredPostgres(found)
    yield server
    server.remove()


def test_the_store_is_reached_with_a_verified_certificate(
    secured_postgres: SecuredPostgres, tmp_path: Path
) -> None:
    assert migrated(secured_postgres.uri(), tmp_path)[0] == 0
    with connect(secured_postgres.uri(), STORE) as session:
        row = session.execute("select ssl from pg_stat_ssl where pid = pg_backend_pid()").fetchone()
        assert row == (True,)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"trusts": "stranger"}, "certificate verify failed"),
        ({"host": "127.0.0.1"}, 'does not match host name "127.0.0.1"'),
        ({"password": "0ther-5ecret"}, "password authentication failed"),
        ({"trusts": "none.pem"}, "root certificate file"),
    ],
)
def test_what_is_wrong_is_said_without_the_password(
    changed: dict[str, str], words: str, secured_postgres: SecuredPostgres, tmp_path: Path
) -> None:
    given: dict[str, Any] = dict(changed)
    if "trusts" in given:
        stranger = given["trusts"] == "stranger"
        given["trusts"] = secured_postgres.stranger.file if stranger else tmp_path / "none.pem"
    code, said = migrated(secured_postgres.uri(**given), tmp_path)
    assert code == 4
    assert words in said
    assert "5ecret" not in said


def test_a_certificate_that_expires_and_is_renewed(secured_postgres: SecuredPostgres) -> None:
    secured_postgres.serve(secured_postgres.authority.sign("postgres", "localhost", valid_days=-1))
    wait_until(lambda: "certificate verify failed" in refusal(secured_postgres), "it is served", 60)
    secured_postgres.serve(secured_postgres.authority.sign("postgres", "localhost"))
    wait_until(lambda: not refusal(secured_postgres), "the renewed one is served", 60)


def refusal(server: SecuredPostgres) -> str:
    try:
        with mapped_errors(), connect(server.uri(), STORE):
            return ""
    except DatabaseUnavailable as error:
        return str(error)


def migrated(uri: str, home: Path) -> tuple[int, str]:
    """How `casecore database migrate` ends, and what it says."""
    settings = {"CASECORE_DATABASE": uri, "CASECORE_HOME": str(home), "CASECORE_KAFKA": "127.0.0.1:1"}
    done = subprocess.run(
        [sys.executable, "-m", "casecore.cli", "database", "migrate"],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())
