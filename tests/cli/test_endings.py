"""How the program ends where a file, a disk, the output or an argument is not as it should be."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from casecore.app.failures import error_kind, expected_error
from casecore.app.running import installation
from casecore.cli.commands.sla import evaluate
from casecore.cli.exits import Exit
from casecore.errors.files import StorageUnavailable, file_error, naming
from casecore.errors.kinds import Kind
from casecore.imports import places
from tests.cli.asking import error_of, run
from tests.surface.command_line import CommandLine
from tests.waiting import LIMIT_SECONDS

EXAMPLE = "docs/service-levels/example.jsonl"
POLICY = "docs/service-levels/vendor-end-to-end.toml"
PROGRAM = (sys.executable, "-m", "casecore.cli")


def started(*arguments: str | bytes, stdout: int = subprocess.PIPE) -> subprocess.Popen[str]:
    command = (*PROGRAM, *arguments)
    return subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("number", "ends", "right"),
    [
        (errno.ENOENT, Exit.USAGE, "name one that exists"),
        (errno.EACCES, Exit.USAGE, "run this as the user to whom it belongs"),
        (errno.EISDIR, Exit.USAGE, "name a file in it"),
        (errno.ELOOP, Exit.USAGE, "name the file itself"),
        (errno.ENAMETOOLONG, Exit.USAGE, "name a shorter path"),
        (errno.ESPIPE, Exit.USAGE, "copy it into a file"),
        (errno.EBADF, Exit.USAGE, "name another one"),
        (errno.ENOSPC, Exit.UNAVAILABLE, "free some space on its disk"),
        (errno.EDQUOT, Exit.UNAVAILABLE, "free some of this user's space"),
        (errno.EIO, Exit.UNAVAILABLE, "look at the system's log"),
        (errno.EMFILE, Exit.UNAVAILABLE, "too many files open"),
        (errno.ECONNREFUSED, Exit.UNAVAILABLE, "try again"),
    ],
)
def test_an_error_of_the_system_names_the_file_and_what_would_be_right(
    number: int, ends: Exit, right: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Given a file of events that the system does not let us read, and does not name once it is open
    events = tmp_path / "events.jsonl"
    events.write_text("")

    class Unreadable:
        def __enter__(self) -> Unreadable:
            return self

        def __exit__(self, *_: object) -> None: ...

        def readline(self, _: int) -> bytes:
            raise OSError(number, os.strerror(number))

    as_usual = Path.open
    monkeypatch.setattr(
        Path, "open", lambda path, *of: Unreadable() if path == events else as_usual(path, *of)
    )
    # When it is evaluated
    said = error_of("sla", "evaluate", str(events), exits=ends)
    # Then the file is named, why, and what would be right, and no number
    assert "events.jsonl" in said.replace(" ", "")
    assert os.strerror(number) in said
    assert right in said
    assert "Errno" not in said


def test_a_missing_file_is_wrong_usage_as_it_always_was() -> None:
    assert "does not exist" in error_of("sla", "evaluate", "nowhere.jsonl", exits=2)


def test_what_is_opened_names_itself_where_the_system_does_not(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space") as found, naming(tmp_path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(file_error(found.value)).startswith(f"{tmp_path}: No space left on device: free some space")
    assert isinstance(file_error(found.value), StorageUnavailable)
    assert error_kind(found.value) is Kind.UNAVAILABLE
    # One that has a name keeps it.
    with pytest.raises(FileNotFoundError) as found, naming("something else"):
        (tmp_path / "nothing").read_text()
    assert file_error(found.value).file == str(tmp_path / "nothing")


def test_a_full_disk_of_what_an_import_keeps_names_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an import that remembers a place for each case on disk, where there is room for two pages
    monkeypatch.setattr(places, "RECENT_CASES", 10)
    full = "^the folder for temporary files .TMPDIR.: No space left on device: free some space"
    with places.PlaceCounter() as counter:
        counter._database.execute("pragma max_page_count = 2")
        # When it has too many cases
        with pytest.raises(sqlite3.OperationalError) as found:
            deque(map(counter.take, map(str, range(1_000))), maxlen=0)
    # Then that is no defect of the program
    said = expected_error(found.value)
    assert isinstance(said, StorageUnavailable)
    assert re.search(full, str(said))
    assert error_kind(sqlite3.OperationalError("near: syntax error")) is Kind.DEFECT


@pytest.mark.parametrize("command", [("case", "topics"), ("case", "topics", "--json"), ("--help",)])
def test_an_output_that_is_full_is_named(command: tuple[str, ...]) -> None:
    # Given a standard output on a device that is always full
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        # When a command prints to it
        program = started(*command, stdout=full)
        said = " ".join(program.communicate(timeout=LIMIT_SECONDS)[1].split())
    finally:
        os.close(full)
    # Then it ends with 4, and says once what is full
    assert program.returncode == Exit.UNAVAILABLE
    assert said.startswith("Error: the standard output: No space left on device: free some space")
    assert "Traceback" not in said
    assert said.count("No space") == 1


@pytest.mark.parametrize("command", [("case", "topics"), ("case", "topics", "--json"), ("--help",)])
def test_an_output_that_nobody_reads_any_more_ends_the_program_quietly(command: tuple[str, ...]) -> None:
    # Given a pipe whose reader has gone, as `head` has after its lines
    reader, writer = os.pipe()
    os.close(reader)
    try:
        # When a command prints to it
        program = started(*command, stdout=writer)
        said = program.communicate(timeout=LIMIT_SECONDS)[1]
    finally:
        os.close(writer)
    # Then it ends as a shell says that SIGPIPE ended it, and without a word
    assert (program.returncode, said) == (Exit.OUTPUT_CLOSED, "")
    assert Exit.OUTPUT_CLOSED == 128 + signal.SIGPIPE


def test_ctrl_c_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluate, "evaluate_file", interrupted)
    assert run("sla", "evaluate", EXAMPLE, exits=130) == ""
    assert Exit.INTERRUPTED == 128 + signal.SIGINT


def test_up_that_is_interrupted_stops_what_had_started_and_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    stopped: list[Path] = []
    monkeypatch.setenv("CASECORE_HOME", str(tmp_path))
    monkeypatch.setattr(installation, "start", interrupted)
    monkeypatch.setattr(installation, "stop", lambda settings: stopped.append(settings.home))
    assert "Interrupted" in run("up", exits=130)
    assert stopped == [tmp_path]


BYTES = "C\udcff"
"""As Python reads the bytes C and 0xFF of a command line, which are not UTF-8."""


@pytest.mark.parametrize(
    "command",
    [
        ("case", "show", BYTES),
        ("trace", BYTES),
        ("party", "show", BYTES),
        ("case", "open", "--customer", BYTES, "--seller", "nord", "--topic", "activation"),
        ("case", "message", "C-1", "--text", "x", "--internal-for", BYTES),
        ("case", "list", "--customer", BYTES),
    ],
)
def test_an_argument_that_is_no_text_is_wrong_usage(command: tuple[str, ...]) -> None:
    said = error_of(*command, exits=2)
    assert r"'C\xff' is not text in UTF-8" in said


def test_a_file_may_have_a_name_that_is_no_text(tmp_path: Path) -> None:
    named = tmp_path / "\udcff.jsonl"
    shutil.copyfile(EXAMPLE, named)
    assert "resolution" in run("sla", "evaluate", str(named), "--policy", POLICY)


@pytest.mark.parametrize("name", ["CASECORE_ACTOR", "CASECORE_DATABASE", "CASECORE_VENDOR", "CASECORE_HOME"])
def test_a_setting_that_is_no_text_is_named(name: str) -> None:
    done = CommandLine().run("party", "list", settings={name: BYTES})
    assert done.code == Exit.USAGE
    assert f"{name} is" in done.complained
    assert "UTF-8" in done.complained


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (r'calendar = "calendars/\u0000x"', "calendar: cannot be"),
        (r'"ca\u0000lendar" = "x"', r"ca\x00lendar: is not a key here"),
    ],
)
def test_a_calendar_or_a_key_with_nul_is_named(line: str, key: str, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    text = Path(POLICY).read_text()
    policy.write_text("\n".join([line, *(one for one in text.splitlines() if "calendar =" not in one)]))
    for command in (("policy", "check", str(policy)), ("sla", "evaluate", EXAMPLE, "--policy", str(policy))):
        said = error_of(*command, exits=2)
        assert key in said
        assert "\0" not in said


def fed(pipe: Path, content: bytes) -> Callable[[], None]:
    """Write into a named pipe, once; what is returned waits until somebody has read it."""
    os.mkfifo(pipe)
    feeder = Thread(target=pipe.write_bytes, args=(content,), daemon=True)
    feeder.start()
    return lambda: feeder.join(LIMIT_SECONDS)


@pytest.mark.timeout(30)
def test_a_calendar_that_is_a_pipe_is_read_once(tmp_path: Path) -> None:
    # Given two policies whose calendar is a named pipe, into which somebody writes once
    for name in ("vendor-level-1", "vendor-end-to-end"):
        shutil.copyfile(f"docs/service-levels/{name}.toml", tmp_path / f"{name}.toml")
    (tmp_path / "calendars").mkdir()
    calendar = Path("docs/service-levels/calendars/berlin.toml").read_bytes()
    read = fed(tmp_path / "calendars" / "berlin.toml", calendar)
    # When the clocks are evaluated by both
    policies = [word for path in tmp_path.glob("*.toml") for word in ("--policy", str(path))]
    # Then both have the calendar, and nobody waits for it to be written again
    assert "resolution" in run("sla", "evaluate", EXAMPLE, *policies)
    read()
