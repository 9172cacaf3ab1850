"""Files, disks and streams that cannot be used, as errors that name them and say what would be right."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from casecore.errors.kinds import CasecoreError, InvalidInput, Kind

_UNNAMED = "a file or device that the system does not name"

_ADVICE: Mapping[int, str] = {
    errno.ENOENT: "name one that exists",
    errno.ENOTDIR: "one of the folders in its path is a file: name a path below folders",
    errno.EISDIR: "name a file in it",
    errno.EEXIST: "name another one",
    errno.EACCES: "run this as the user to whom it belongs, or name one that this user may use",
    errno.EPERM: "run this as the user to whom it belongs, or name one that this user may use",
    errno.EROFS: "name one on a file system that can be written",
    errno.ELOOP: "its links lead to each other: name the file itself",
    errno.ENAMETOOLONG: "name a shorter path",
    errno.ESPIPE: "it is a pipe, and is read in any order: copy it into a file, and name that",
    errno.EINVAL: "name an ordinary file",
    errno.ENXIO: "name an ordinary file",
}
"""What would be right, where the caller named something that cannot be used."""

_ADVICE_LATER: Mapping[int, str] = {
    errno.ENOSPC: "free some space on its disk, then try again",
    errno.EDQUOT: "free some of this user's space on its disk, then try again",
    errno.EIO: "its disk or device does not answer as it should: look at the system's log, then try again",
    errno.EMFILE: "this process has too many files open: raise the limit (ulimit -n), then try again",
    errno.ENFILE: "this machine has too many files open: end other programs, then try again",
    errno.ENOMEM: "this machine is out of memory: end other programs, then try again",
    errno.ESTALE: "its file system has gone: mount it again, then try again",
    errno.ETXTBSY: "another program runs it: wait until that has ended, then try again",
}
"""What would be right, where the same may succeed later."""


class FileUnusable(InvalidInput):
    """A file cannot be read or written; the message names it, and says what would be right."""

    def __init__(self, file: str, what: str) -> None:
        super().__init__(f"{file}: {what}")
        self.file = file


class StorageUnavailable(CasecoreError):
    """A disk or device of this machine is not there, or is full; the message says what to do."""

    kind = Kind.UNAVAILABLE

    def __init__(self, file: str, what: str) -> None:
        super().__init__(f"{file}: {what}")
        self.file = file


def file_error(error: OSError, file: str | Path | None = None) -> FileUnusable | StorageUnavailable:
    """The expected error that an OSError means; `file` is how it is called, else as the OSError names it."""
    named = str(file) if file is not None else _name(error.filename)
    said = error.strerror or str(error) or type(error).__name__
    number = error.errno or 0
    if number in _ADVICE_LATER or isinstance(error, (ConnectionError, TimeoutError)):
        return StorageUnavailable(named, f"{said}: {_ADVICE_LATER.get(number, 'try again')}")
    return FileUnusable(named, f"{said}: {_ADVICE.get(number, 'name another one')}")


@contextmanager
def naming(file: str | Path) -> Iterator[None]:
    """Let an OSError that names no file name this one: the system forgets it once the file is open."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = str(file)
        raise


def _name(own: object) -> str:
    match own:
        case str() if own:
            return own
        case bytes() if own:
            return own.decode(errors="backslashreplace")
        case _:
            return _UNNAMED
