"""Nothing that people wrote steers a terminal: neither in exports, log lines, traces, JSON nor sketches."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest
import structlog

from casecore.cli import main
from casecore.cli.main import write_log_to_standard_error
from casecore.cli.row_forms import export
from casecore.cli.screens import visible_json
from casecore.imports.sketch.writing import sketch

TITLE = "\x1b]0;owned\x07"
"""Sets the title of a terminal."""
TURNED = "\x9b31m\u202e\u2028"
SHOWN = r"\x1b]0;owned\x07"


@pytest.fixture
def terminal() -> Iterator[tuple[TextIO, int]]:
    """A terminal, and the end at which what it would obey can be read."""
    reader, terminal = os.openpty()
    with os.fdopen(terminal, "w") as written:
        yield written, reader
    os.close(reader)


@pytest.mark.parametrize("target", ["-", "the terminal's own name"])
def test_an_export_shows_a_terminal_what_it_would_obey(
    terminal: tuple[TextIO, int], target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, reader = terminal
    monkeypatch.setattr(sys, "stdout", written)
    if target != "-":
        target = os.ttyname(written.fileno())
    export(target, ("name",), [(TITLE,)])
    written.flush()
    assert os.read(reader, 1_000).split()[1].decode() == SHOWN


def test_an_export_to_a_program_has_every_character(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    piped = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", piped)
    export("-", ("name",), [(TITLE,)])
    export(str(tmp_path / "out.csv"), ("name",), [(TITLE,)])
    for content in (piped.buffer.getvalue(), (tmp_path / "out.csv").read_bytes()):  # type: ignore[attr-defined]
        assert content.decode("utf-8-sig").splitlines()[1] == TITLE


class Terminal(io.StringIO):
    """Keeps what is written to it, and says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@contextmanager
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """The log as it goes to a terminal."""
    log = Terminal()
    with monkeypatch.context() as changed:
        changed.setattr(sys, "stderr", log)
        changed.setattr(threading, "excepthook", threading.excepthook)
        write_log_to_standard_error()
        try:
            yield log
        finally:
            structlog.reset_defaults()


def test_a_log_line_and_its_trace_show_what_a_terminal_would_obey(monkeypatch: pytest.MonkeyPatch) -> None:
    with logged(monkeypatch) as log:
        try:
            raise ValueError(TITLE)
        except ValueError:
            structlog.get_logger().exception(f"event {TITLE}", text=TITLE, several=[TITLE])
    assert TITLE not in log.getvalue()
    assert log.getvalue().count(SHOWN) == 4


def test_a_defect_prints_its_trace_and_shows_what_a_terminal_would_obey(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> None:
        raise RuntimeError(TITLE)

    monkeypatch.setattr(main, "app", fail)
    with logged(monkeypatch) as log:
        with pytest.raises(SystemExit) as ended:
            main.main()
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    assert ended.value.code == 1
    assert TITLE not in log.getvalue()
    assert log.getvalue().count(f"RuntimeError: {SHOWN}") == 2
    assert log.getvalue().count("Traceback (most recent call last)") == 2


def test_json_is_the_same_without_what_a_terminal_would_obey() -> None:
    document = json.dumps({"text": TITLE + TURNED}, ensure_ascii=False)
    shown = visible_json(document)
    assert json.loads(shown) == json.loads(document)
    assert shown.isprintable()


def test_a_first_mapping_has_only_characters_that_are_seen(tmp_path: Path) -> None:
    # Given a log whose activities would steer a terminal, or are bytes that are no text
    log = tmp_path / "log.csv"
    rows = [b"case,activity,time", f"1,A{TURNED},2024-01-01".encode(), b"2,B\xff,2024-01-02"]
    log.write_bytes(b"case,activity,time\n" + b"1,usual,2024-01-01\n" * 3_000 + b"\n".join(rows[1:]) + b"\n")
    # When a first mapping is made from it
    text = sketch(log)
    # Then it has those names, and nothing that is not seen
    assert [line for line in text.splitlines() if not line.isprintable()] == []
    names = [activity["name"] for activity in tomllib.loads(text)["activity"]]
    assert names == ["usual", f"A{TURNED}", r"B\udcff"]
