"""A PostgreSQL whose disk can be filled: on a small file system of its own, or under a limit to its files."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import psutil

from tests.faults.injection.servers import OwnPostgres

_DISK_MB = 192  # what a new server takes is a third of it
_CHUNK = bytes(256 * 1024)


class Filling(Protocol):
    """How a server's disk is filled, and emptied again."""

    def fill(self) -> None: ...
    def empty(self) -> None: ...


class Balloon:
    """A file that takes all that is left of a small file system."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "balloon"

    def fill(self) -> None:
        """Write until there is no room, not even for a few bytes."""
        with self._file.open("ab", buffering=0) as balloon:
            for size in (len(_CHUNK), 4096, 1):
                try:
                    while balloon.write(_CHUNK[:size]) == size:
                        pass
                except OSError:
                    continue

    def empty(self) -> None:
        """Give all of it back."""
        self._file.unlink(missing_ok=True)


class FileLimit:
    """No file of the server may grow beyond a size: PostgreSQL treats that as a full disk (RLIMIT_FSIZE).

    It needs no rights; but the server says "File too large", and a new write-ahead log cannot be begun.
    """

    _BYTES = 64 * 1024

    def __init__(self, server: OwnPostgres) -> None:
        self._server = server

    def fill(self) -> None:
        """For the server, and so for all processes that it begins from now on, and for those it has."""
        self._limit(self._BYTES)

    def empty(self) -> None:
        """No limit any more."""
        self._limit("unlimited")

    def _limit(self, size: int | str) -> None:
        try:
            server = psutil.Process(int((self._server.data / "postmaster.pid").read_text().split("\n", 1)[0]))
            numbers = [process.pid for process in (server, *server.children(recursive=True))]
        except (OSError, psutil.NoSuchProcess):
            return  # it has ended: the next start begins without a limit
        # As the server's own user: not every root may set the limits of others' processes.
        owner = self._server.data.stat()
        ours = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": ()} if os.geteuid() == 0 else {}
        for number in numbers:
            command = ("prlimit", "--pid", str(number), f"--fsize={size}:")
            subprocess.run(command, capture_output=True, check=False, **ours)  # one of them may just end


def can_mount() -> bool:
    """Whether this process may mount a file system, and unmount it again."""
    if os.geteuid():
        return False
    with tempfile.TemporaryDirectory(prefix="casecore-mount-") as folder:
        if subprocess.run(_mount(folder), capture_output=True).returncode:
            return False
        subprocess.run(("umount", folder), check=True, capture_output=True)
        return True


def _mount(folder: str) -> tuple[str, ...]:
    return ("mount", "-t", "tmpfs", "-o", f"size={_DISK_MB}m,mode=755", "casecore-faults", folder)


@contextmanager
def on_a_small_disk(folder: Path, kind: str) -> Iterator[tuple[OwnPostgres, Filling]]:
    """A server, and how its disk is filled; `kind` is "tmpfs" or "file limit"."""
    folder.mkdir()
    mounted = kind == "tmpfs"
    if mounted:
        subprocess.run(_mount(str(folder)), check=True, capture_output=True)
    try:
        server = OwnPostgres(folder)
        filling: Filling = Balloon(folder) if mounted else FileLimit(server)
        try:
            yield server, filling
        finally:
            filling.empty()
            server.stop()
    finally:
        if mounted:
            subprocess.run(("umount", "--lazy", str(folder)), check=True, capture_output=True)
