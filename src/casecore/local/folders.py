"""Folders and locks of a local installation: file locks, what is fetched once, and folders for sockets."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from casecore.local.errors import Busy, LocalServerError

# A Unix socket's address holds 104 bytes on macOS and 108 on Linux, its closing zero included.
_SOCKET_PATH_BYTES = 103
_FETCH_LIMIT_SECONDS = 300


@contextmanager
def exclusive(lock: Path, limit_seconds: float) -> Iterator[None]:
    """Hold the lock file `lock`, whose folder is created; raises Busy after `limit_seconds`.

    The operating system releases the lock when the process ends, however it ends. Raises
    LocalServerError when this user may not write there.
    """
    with _opened(lock) as file:
        give_up_at = time.monotonic() + limit_seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= give_up_at:
                    raise Busy(
                        f"another command has held {lock} for {limit_seconds:g} s; "
                        "wait until it has ended, then try again"
                    ) from None
                time.sleep(0.05)
        yield


def _opened(lock: Path) -> TextIO:
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        return lock.open("a")
    except OSError as error:
        raise LocalServerError(
            f"{lock} cannot be written ({error.strerror}); run this as the user to whom the folder "
            "belongs, or set CASECORE_HOME to a folder of your own"
        ) from error


def fetch_into_place(cache: Path, name: str, version: str, fetch: Callable[[Path], None]) -> Path:
    """The folder NAME-VERSION below `cache`, which `fetch` fills where it is missing.

    `fetch` gets an empty folder. It may use the folder above it, too, which is removed when it returns. What
    it raises is raised, and nothing is kept. One caller fetches at a time, and the others wait for it.
    Raises Busy and LocalServerError, as `exclusive` does.
    """
    folder = cache / f"{name}-{version}"
    if folder.exists():
        return folder
    with exclusive(cache / f"{name}.lock", _FETCH_LIMIT_SECONDS):
        if folder.exists():
            return folder
        # What an interrupted fetch leaves must not be taken for the whole, so the folder gets its name last.
        with tempfile.TemporaryDirectory(dir=cache, prefix="partial-") as partial:
            complete = Path(partial) / "complete"
            complete.mkdir()
            fetch(complete)
            complete.rename(folder)
    return folder


def socket_folder(preferred: Path, longest_name: str, owner: int) -> Path:
    """A folder that only the user `owner` (a uid) may enter, for a socket named up to `longest_name`.

    This is `preferred`, which the caller created, unless its path is too long for a socket; then it is
    a folder below the temporary folder that is named after it. Raises LocalServerError when another
    user has taken that name.
    """
    if len(os.fsencode(preferred / longest_name)) <= _SOCKET_PATH_BYTES:
        return preferred
    digest = hashlib.sha256(os.fsencode(preferred)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"casecore-{owner}-{digest}"
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, owner, -1)
    except FileExistsError:
        pass
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise LocalServerError(
            f"{folder} is needed for a socket, but another user can enter it; "
            "remove it, or set CASECORE_HOME to a folder with a shorter path"
        )
    return folder


def leave_socket_folder(preferred: Path, folder: Path) -> None:
    """Remove the folder that `socket_folder` gave instead of `preferred`, unless it still has content."""
    if folder != preferred:
        with suppress(OSError):
            folder.rmdir()
