"""Every command starts here: it reads the settings, opens the installation, and ends with an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from casecore.app.actors import parse_actor
from casecore.app.application import Application, open_app
from casecore.app.settings import read_settings
from casecore.cli.exits import errors_as_exits
from casecore.decider.command import GivenActor


@contextmanager
def opened() -> Iterator[Application]:
    """The installation that the settings name; an expected error ends the program with its exit code."""
    with errors_as_exits(), open_app(read_settings()) as app:
        yield app


def actor_of(app: Application, given: str) -> GivenActor:
    """The command's actor, from the option or else the settings; raises ActorMissing and InvalidInput."""
    return parse_actor(given or app.settings.actor)
