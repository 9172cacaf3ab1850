"""One question: where it is asked, by whom, with what, and what it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from casecore.api.questions.lookups import CaseLookups
from casecore.app.application import Application
from casecore.app.freshness.result import Freshness
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer

AskedT = TypeVar("AskedT", bound=msgspec.Struct)
AnswerT = TypeVar("AnswerT", bound=msgspec.Struct)


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of a question: those that its path names, and those of its query."""


class AnswerAtOnce(NamedTuple, Generic[AnswerT]):
    """An answer, and how new it is."""

    answer: AnswerT
    freshness: Freshness


class Question(NamedTuple, Generic[AskedT, AnswerT]):
    """What can be asked at a path.

    An identity needs one of the `scopes`. `ask` runs in a thread, with an installation for this one answer;
    it raises what the use case raises. `at_once` answers without a thread where it can, and None where `ask`
    is to answer. `version` is for an answer that depends on the version of one thing alone: its ETag.
    `cursor` is for an answer that has pages: where it goes on, None at its end. `may_be_empty`: it is about
    something of which the identity need not see anything, and is answered with nothing in it then.
    """

    path: str
    scopes: tuple[Scope, ...]
    asked: type[AskedT]
    answer: type[AnswerT]
    ask: Callable[[Application, Viewer, AskedT], AnswerT]
    at_once: Callable[[CaseLookups, Viewer, AskedT], Awaitable[AnswerAtOnce[AnswerT] | None]] | None = None
    version: Callable[[AnswerT], str] | None = None
    cursor: Callable[[AnswerT], str | None] | None = None
    may_be_empty: bool = False

    @property
    def meaning(self) -> str:
        """What it answers, in a sentence."""
        return (self.ask.__doc__ or "").strip()


AnyQuestion = Question[Any, Any]
