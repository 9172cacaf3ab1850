"""What a server's logs say of a failure: first of all that a disk is full, else their end."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_LINES = 5
"""Of a log that are quoted; the message says where the others are."""
_MOST_BYTES = 256 * 1024
_FULL = ("No space left on device", "Disk quota exceeded")


def log_sizes(*logs: Path) -> Mapping[Path, int]:
    """How long these logs are now, and those in these folders, so that what comes later can be told apart."""
    found = {}
    for log in logs:
        for file in log.glob("*.log") if log.is_dir() else (log,):
            with suppress(OSError):
                found[file] = file.stat().st_size
    return found


def written_since(before: Mapping[Path, int], *logs: Path) -> str:
    """What was written into these logs since `before`, the end of it if that is much."""
    return "\n".join(_read(log, before.get(log, 0), size) for log, size in log_sizes(*logs).items())


def failure(what: str, said: str, folder: Path, log: Path) -> str:
    """A message on a server that failed; `said` is what it said, and `folder` where its data are."""
    if any(words in said for words in _FULL):
        return f"{what}: the disk that holds {folder} is full; free some space there, then try again"
    lines = [line.rstrip() for line in said.splitlines() if line.strip()][-_LINES:]
    if not lines:
        return f"{what}; its log is {log}"
    return "\n    ".join([f"{what}; the end of its log, {log}:", *lines])


def _read(log: Path, begins: int, size: int) -> str:
    begins = 0 if begins > size else begins  # it was written from its beginning again
    with suppress(OSError), log.open("rb") as file:
        file.seek(max(begins, size - _MOST_BYTES))
        return file.read(_MOST_BYTES).decode(errors="replace")
    return ""
