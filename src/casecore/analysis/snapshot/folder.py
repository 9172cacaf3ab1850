"""The folder of an export: one writer at a time, and a new snapshot by one rename."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from casecore.analysis.errors import ExportRefused
from casecore.analysis.snapshot.files import sync_folder
from casecore.analysis.snapshot.layout import LATEST

_LOCK = ".lock"
_PART = ".part"
_SNAPSHOT = "position-"


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Make a folder for exports, unless it is one, and be the only one that writes to it.

    What an export left there that was killed is removed. Raises ExportRefused for a folder with something
    else in it, or to which another export writes, and OSError.
    """
    _check_ours(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ExportRefused(f"another export writes to {folder}: wait for it") from None
        for left in folder.glob(f"{_PART}*"):
            _remove(left)
        yield


def _check_ours(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise ExportRefused(f"{folder} is a file: name a folder")
    if not folder.is_dir():
        return
    others = [
        path.name
        for path in sorted(folder.iterdir())
        if path.name not in (LATEST, _LOCK) and not path.name.startswith((_SNAPSHOT, _PART))
    ]
    if others:
        raise ExportRefused(
            f"{folder} has something in it that is no export ({others[0]!r}): name a new or an empty folder"
        )


@contextmanager
def new_snapshot(folder: Path, name: str) -> Iterator[Path]:
    """A folder to write a snapshot into, which gets its name when the block ends, and is then the latest one.

    If the block fails, nothing is left of it. Raises OSError.
    """
    part = folder / f"{_PART}-{os.getpid()}"
    part.mkdir()
    try:
        yield part
        sync_folder(part)
        final = _free_name(folder, name)
        part.rename(final)
    except BaseException:
        _remove(part)
        raise
    _point_to(folder, final.name)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder to write, which gets its name when the block ends; nothing is left of it if the block fails.

    What is there by that name has to be an empty folder. Raises OSError.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f"{_PART}-{os.getpid()}-{folder.name}")
    part.mkdir()
    try:
        yield part
        sync_folder(part)
        part.rename(folder)
    except BaseException:
        _remove(part)
        raise


def _free_name(folder: Path, name: str) -> Path:
    """The name, or one like it where another snapshot of the same position is there."""
    number, path = 1, folder / name
    while os.path.lexists(path):
        number += 1
        path = folder / f"{name}-{number}"
    return path


def _point_to(folder: Path, name: str) -> None:
    link = folder / f"{_PART}-{os.getpid()}-{LATEST}"
    link.symlink_to(name)
    link.replace(folder / LATEST)
    sync_folder(folder)


def latest_in(folder: Path) -> Path | None:
    """The latest snapshot in a folder; None if there is none."""
    link = folder / LATEST
    return link.resolve() if link.exists() else None


def linked(old: Path, new: Path) -> None:
    """Have a file in two places; where the disk knows no links, as a copy. Raises OSError."""
    new.parent.mkdir(exist_ok=True)
    try:
        os.link(old, new)
    except OSError:
        shutil.copyfile(old, new)


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
