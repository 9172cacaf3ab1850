"""Writing a file: it is there whole, or it is as it was before."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from casecore.errors.files import naming


@contextmanager
def put_there_whole(path: Path, *, must_be_new: bool = False, mode: int | None = None) -> Iterator[BinaryIO]:
    """A file to write, beside the path under another name, which gets its own when the block ends.

    If the block fails, nothing is left of it. What is there already is replaced, unless it `must_be_new`; a
    link stays one. A device or a pipe, such as /dev/stdout, is written to as it is. `mode` says who may read
    it, before there is anything to read; else the process's umask says so. Raises OSError that names the
    path; FileExistsError if there is something, and it must be new.
    """
    if must_be_new:
        _check_new(path)
    if path.exists() and not path.is_file():
        with naming(path), path.open("wb") as device:
            yield device
        return
    whole = Path(os.path.realpath(path))
    part = whole.with_name(f".{uuid4().hex}.part")
    try:
        with part.open("xb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            yield file
        if must_be_new:
            _check_new(path)
        part.replace(whole)
    except OSError as error:
        if error.filename in (None, str(part)):
            error.filename, error.filename2 = str(path), None
        raise
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _check_new(path: Path) -> None:
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
