"""The casecore command, run in this process on a database of the test's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from casecore.cli.main import app
from casecore.store.migrations import migrate

Run = Callable[..., str]


def run(*arguments: str, exits: int = 0) -> str:
    """What a command prints; fails if it ends otherwise than it should."""
    done = CliRunner().invoke(app, list(arguments))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == exits, done.output
    return done.output


def error_of(*arguments: str, exits: int = 2) -> str:
    """The error that a command ends with, on one line."""
    return " ".join(run(*arguments, exits=exits).split())


def asked(*arguments: str) -> Any:
    """What a command prints for a program."""
    return json.loads(run(*arguments, "--json"))


def use(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands work on this database, as the vendor's agent. Nothing here needs Kafka."""
    migrate(database)
    monkeypatch.setenv("CASECORE_DATABASE", database)
    monkeypatch.setenv("CASECORE_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("CASECORE_ACTOR", "vendor:vendor:vera")
    monkeypatch.setenv("COLUMNS", "80")
