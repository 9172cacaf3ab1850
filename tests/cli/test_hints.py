"""What to try after an error: a command for an error that exists, filled in from what the error knows."""

from __future__ import annotations

import importlib
import pickle
import pkgutil
import re
from collections.abc import Iterator
from inspect import signature

import pytest

import casecore
import projections
from casecore.cli.hints import HINTS, hint_for
from casecore.cli.lazy_groups import names
from casecore.errors.kinds import CasecoreError


def errors() -> dict[str, type[CasecoreError]]:
    """Every expected error of the program, by its code."""
    for package in (casecore, projections):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    return {error.code: error for error in below(CasecoreError)}


def below(error: type[CasecoreError]) -> Iterator[type[CasecoreError]]:
    """An error and all that derive from it."""
    yield error
    for each in error.__subclasses__():
        yield from below(each)


ERRORS = errors()


def made(code: str) -> CasecoreError:
    """An error of this code, with a text for all that it needs."""
    makes = ERRORS[code]
    own = makes.__init__ is not Exception.__init__
    parameters = signature(makes.__init__).parameters if own else {}
    needed = [name for name in parameters if name not in ("self", "args", "kwargs")]
    return makes(**dict.fromkeys(needed, "2"))


@pytest.mark.parametrize("code", sorted(HINTS))
def test_a_hint_is_for_an_error_that_there_is(code: str) -> None:
    assert code in ERRORS


@pytest.mark.parametrize("code", sorted(HINTS))
def test_a_hint_names_commands_that_there_are(code: str) -> None:
    for command in re.findall(r"casecore ([a-z]+)", HINTS[code]):
        assert command in names()


@pytest.mark.parametrize("code", sorted(HINTS))
def test_a_hint_is_filled_in_from_what_its_error_says(code: str) -> None:
    hint = hint_for(made(code))
    assert hint is not None
    assert "{" not in hint


MADE_OF_MORE = {"import_incomplete", "invalid_typed_policy", "not_handed_over"}
"""Errors that are made of more than texts: of a summary, of faults, of a kind of step."""


@pytest.mark.parametrize("code", sorted(ERRORS.keys() - MADE_OF_MORE))
def test_an_error_reaches_another_process_with_its_message_and_details(code: str) -> None:
    error = made(code)
    sent = pickle.loads(pickle.dumps(error))
    assert (type(sent), str(sent), sent.details) == (ERRORS[code], str(error), error.details)


def test_an_error_that_nobody_can_help_with_has_none() -> None:
    assert hint_for(CasecoreError("something else")) is None
