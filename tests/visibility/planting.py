"""Leaks, each planted in one place: a statement that has the rule in it, or a look at one thing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest

import casecore
import projections
from casecore.app.background_runs.running import Operations, OperationUnknown
from casecore.app.feed import judging
from casecore.app.feed.needs import OWN_RULES
from casecore.visibility import cases, messages, rules
from casecore.visibility.rules import Rule
from tests.visibility.worlds import ASKS

_UNLESS_EVERYTHING = "%(viewer)s::text is null"
_RULES = {name: rule for name, rule in vars(rules).items() if isinstance(rule, Rule)}
_LOOKS = ("sees_case", "sees_event")
_OF_THE_FEED = (rules.CASE, rules.INTERNAL_MESSAGE, rules.PACKAGE, *(one.rule for one in OWN_RULES.values()))
"""The rules of events: the feed's module looks by them, and does not name them."""


class Leak(NamedTuple):
    """A place in which everybody gets what is there.

    `which` is the place in a statement, or the name of the rule, of several that are there.
    """

    module: ModuleType | type
    name: str
    which: str = ""

    @property
    def place(self) -> str:
        """Its name."""
        return ".".join(filter(None, (self.module.__name__, self.name, self.which)))

    def plant(self, patched: pytest.MonkeyPatch) -> None:
        """Let the program leak there."""
        right = vars(self.module)[self.name]
        if isinstance(right, str):
            pieces = right.split(_UNLESS_EVERYTHING)
            at = int(self.which or 1)
            before, behind = pieces[:at], pieces[at:]
            leaking: Any = f"{_UNLESS_EVERYTHING.join(before)}true{_UNLESS_EVERYTHING.join(behind)}"
        elif self.module is Operations:
            leaking = {"find": _of_whoever, "latest": _of_everybody}[self.name](right)
        elif self.name == "may_see":
            leaking = _seen_by_all(right, _RULES[self.which])
        else:
            leaking = _there_for_all
        patched.setattr(self.module, self.name, leaking)


def leaks() -> list[Leak]:
    """Each place in which a rule is applied, of the modules that are loaded, as the API loads them."""
    return [
        *(leak for module in _modules() for leak in _leaks_of(module)),
        Leak(Operations, "find"),
        Leak(Operations, "latest"),
    ]


def _leaks_of(module: ModuleType) -> Iterator[Leak]:
    for name, value in vars(module).items():
        # Parts of statements have names that are private.
        if isinstance(value, str) and not name.startswith("_"):
            times = value.count(_UNLESS_EVERYTHING)
            yield from (Leak(module, name, f"{at}" if times > 1 else "") for at in range(1, times + 1))
    if "may_see" in vars(module):
        for name, rule in _RULES.items():
            named = _OF_THE_FEED if module is judging else vars(module).values()
            if any(one is rule for one in named):
                yield Leak(module, "may_see", name)
    if module not in (cases, messages):  # where they are defined
        yield from (Leak(module, name) for name in _LOOKS if name in vars(module))


def _modules() -> list[ModuleType]:
    packages = (casecore.__name__, projections.__name__)
    found = [module for name, module in sorted(sys.modules.items()) if name.startswith(packages)]
    return [module for module in found if module is not rules]


def _seen_by_all(right: Callable[..., bool], rule: Rule) -> Callable[..., bool]:
    def leaking(viewer: Any, by: Rule, thing: Any) -> bool:
        return by is rule or right(viewer, by, thing)

    return leaking


def _of_whoever(belongs: Callable[..., Any]) -> Callable[..., Any]:
    """Find an operation for each organisation."""

    def leaking(operations: Any, operation_id: UUID, _: str, kinds: Any) -> Any:
        for name in ASKS:
            with suppress(OperationUnknown):
                return belongs(operations, operation_id, name, kinds)
        raise OperationUnknown(operation_id)

    return leaking


def _of_everybody(latest: Callable[..., Any]) -> Callable[..., Any]:
    """List the operations of every organisation."""

    def leaking(operations: Any, _: str, *how: Any) -> Any:
        return [one for name in ASKS for one in latest(operations, name, *how)]

    return leaking


def _there_for_all(_viewer: Any, *what: Any) -> bool:
    return what[0] is not None


_WHATEVER = 0


class Reached:
    """Notes in which of these places the program has been."""

    def __init__(self, places: list[Leak]) -> None:
        self._statements: dict[str, set[Leak]] = {}
        self._looks: dict[tuple[ModuleType | type, str], dict[int, Leak]] = {}
        for one in places:
            value = vars(one.module)[one.name]
            if isinstance(value, str):
                self._statements.setdefault(value, set()).add(one)
            else:
                by = id(_RULES[one.which]) if one.which else _WHATEVER
                self._looks.setdefault((one.module, one.name), {})[by] = one
        self._been: set[Leak] = set()

    def take(self) -> set[Leak]:
        """Those since the last time."""
        been, self._been = self._been, set()
        return been

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note them."""
        with pytest.MonkeyPatch.context() as patched:
            for kind in (psycopg.Cursor, psycopg.ServerCursor):
                patched.setattr(kind, "execute", self._asked(vars(kind)["execute"]))
            for (module, name), by_rule in self._looks.items():
                patched.setattr(module, name, self._looked(vars(module)[name], by_rule))
            yield

    def _asked(self, execute: Callable[..., Any]) -> Callable[..., Any]:
        def noted(cursor: Any, query: Any, *given: Any, **named: Any) -> Any:
            text = query.decode() if isinstance(query, bytes) else str(query)
            if _UNLESS_EVERYTHING in text:
                for statement, places in self._statements.items():
                    if statement in text:
                        self._been |= places
            return execute(cursor, query, *given, **named)

        return noted

    def _looked(self, look: Callable[..., Any], by_rule: dict[int, Leak]) -> Callable[..., Any]:
        def noted(viewer: Any, *what: Any) -> Any:
            place = by_rule.get(_WHATEVER) or by_rule.get(id(what[0]))
            if place is not None:
                self._been.add(place)
            return look(viewer, *what)

        return noted
