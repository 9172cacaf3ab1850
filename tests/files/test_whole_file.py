"""A file that the program writes is there whole, or it is as it was before."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from casecore.files.whole_file import put_there_whole

CONTENT = b"%PDF" + bytes(100_000)


@contextmanager
def room_for(most_bytes: int) -> Iterator[None]:
    """No file of this process may be larger meanwhile: what is larger is written in part, and then fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def write(path: Path, *, must_be_new: bool = False) -> None:
    with put_there_whole(path, must_be_new=must_be_new) as file:
        file.write(CONTENT)


@pytest.mark.parametrize("must_be_new", [True, False])
def test_what_cannot_be_written_whole_leaves_nothing(tmp_path: Path, must_be_new: bool) -> None:
    path = tmp_path / "invoice.pdf"
    with room_for(1_000), pytest.raises(OSError, match="File too large") as failed:
        write(path, must_be_new=must_be_new)
    assert failed.value.filename == str(path)
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    path.write_bytes(b"the one of yesterday")
    with room_for(1_000), pytest.raises(OSError, match="File too large"):
        write(path)
    assert path.read_bytes() == b"the one of yesterday"
    write(path)
    assert path.read_bytes() == CONTENT
    assert list(tmp_path.iterdir()) == [path]


def test_what_must_be_new_never_replaces_anything(tmp_path: Path) -> None:
    path = tmp_path / "invoice.pdf"
    path.write_bytes(b"another one")
    with pytest.raises(FileExistsError) as failed:
        write(path, must_be_new=True)
    assert failed.value.filename == str(path)
    # Nor does it where the other one comes while it is written.
    path.unlink()
    with pytest.raises(FileExistsError), put_there_whole(path, must_be_new=True):
        path.write_bytes(b"another one")
    assert path.read_bytes() == b"another one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_named_by_the_file_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "ledger.csv"
    with pytest.raises(FileNotFoundError) as failed:
        write(path)
    assert failed.value.filename == str(path)


def test_a_link_stays_one(tmp_path: Path) -> None:
    kept, link = tmp_path / "kept.csv", tmp_path / "link.csv"
    link.symlink_to(kept)
    write(link)
    assert (link.readlink(), kept.read_bytes()) == (kept, CONTENT)


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    # No device is tried: where this failed, it would be replaced for all.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), "rb") as reader:
        with put_there_whole(pipe) as file:
            file.write(b"rows")
        assert reader.read() == b"rows"
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]
