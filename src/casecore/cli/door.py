"""Every command starts here: it reads the settings, opens the installation, and ends with an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from casecore.app.actors import parse_actor
from casecore.app.application import Application, open_app
from casecore.app.command_context import CommandContext
from casecore.app.settings import read_settings
from casecore.cli.command_options import read_instant, read_uuid
from casecore.cli.exits import errors_as_exits
from casecore.cli.left_out import answers_of
from casecore.decider.command import GivenActor


@contextmanager
def opened(as_json: bool = False) -> Iterator[Application]:
    """The installation that the settings name; an expected error ends the program with its exit code.

    A view is waited for before it answers; where the answer lacks something it ends with 5, and says so, as
    JSON on standard error where the answer is a list `as_json`.
    """
    with errors_as_exits(), open_app(read_settings()) as app, answers_of(app, as_json):
        yield app


def context_of(app: Application, actor: str, command_id: str, at: str = "") -> CommandContext:
    """How a command is given, by the options that all share; raises ActorMissing and InvalidInput."""
    occurred_at = read_instant(at) if at else None
    own_id = read_uuid("--command-id", command_id) if command_id else None
    return CommandContext(actor_of(app, actor), occurred_at, own_id)


def actor_of(app: Application, given: str) -> GivenActor:
    """The command's actor, from the option or else the settings; raises ActorMissing and InvalidInput."""
    return parse_actor(given or app.settings.actor)
