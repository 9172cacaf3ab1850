"""Which problems a request can meet: the codes of errors, each with its status and what it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from inspect import cleandoc
from types import ModuleType
from typing import NamedTuple, TypeAlias

from casecore.api import authentication
from casecore.api.feed import endpoint as feed_endpoint
from casecore.api.lines import checks as line_checks
from casecore.api.lines import endpoint as line_endpoint
from casecore.api.questions.service_levels import service_levels as service_level_questions
from casecore.app import addresses
from casecore.app import views as app_views
from casecore.app.background_runs import running
from casecore.app.billing import answers as billing_answers
from casecore.app.billing import fees as fee_answers
from casecore.app.billing import runs as billing_runs
from casecore.app.engine_room import rights
from casecore.app.feed import feed
from casecore.app.seen import case as seen_case
from casecore.app.service_levels import clocks, policies_and_calendars, what_if_runs
from casecore.billing import refusals as billing
from casecore.billing.corrections import refusals as corrections
from casecore.billing.fees import refusals as fees
from casecore.cases import refusals as cases
from casecore.commands import errors as commands
from casecore.decider import refusal, stored_facts
from casecore.documents import errors as documents
from casecore.errors import files
from casecore.errors.kinds import CasecoreError, Kind
from casecore.http import problems
from casecore.http.problems import STATUS_BY_KIND, status_of_type
from casecore.http.protection import peers
from casecore.http.protection.request_heads import REFUSED_REQUESTS
from casecore.identity import errors as identity
from casecore.licences import refusals as licences
from casecore.parties import refusals as parties
from casecore.postgres import errors as postgres
from casecore.runs import completing
from casecore.runs import errors as runs
from casecore.service_levels import errors as service_level_files
from casecore.service_levels import refusals as service_levels
from casecore.store import archive
from casecore.store import errors as store
from projections.kit import errors as views

_ErrorType: TypeAlias = type[CasecoreError]

_ANYWHERE: Sequence[ModuleType | _ErrorType] = (
    addresses,
    authentication,
    commands,
    peers,
    postgres,
    problems,
    refusal,
    store,
    stored_facts.StreamUnreadable,
    files.StorageUnavailable,
    identity.IssuerUnavailable,
    identity.KeysUnavailable,
    identity.NotAuthenticated,
    views.KeyParked,
    views.StateUnreadable,
    views.ViewMissing,
    views.ViewOutdated,
)
_OF_COMMANDS = (billing, cases, corrections, fees, licences, parties, service_levels)
_PROMISES = (service_level_files.InvalidServiceLevelFile, policies_and_calendars.NotPublished, service_levels)
_BY_TAG: Mapping[str, Sequence[ModuleType | _ErrorType]] = {
    "billing": (archive, billing, billing_answers, corrections, running),
    "buyers": (billing,),
    "calendars": _PROMISES,
    "cases": (cases, clocks, seen_case, service_levels),
    "commands": (*_OF_COMMANDS, line_checks, line_endpoint),
    "events": (feed, feed_endpoint),
    "fees": (fee_answers,),
    "installation": (
        rights,
        views.InvalidKey,
        views.KeyNewer,
        views.NotFirstParked,
        views.NothingParked,
        app_views.ViewUnknown,
    ),
    "licences": (licences,),
    "openapi": (),
    "operations": (running,),
    "parties": (parties, fees),
    "policies": (*_PROMISES, running),
    "service-levels": (service_level_questions, service_level_files.InvalidServiceLevelFile, what_if_runs),
    "workload": (),
}
"""Where the errors of each part of the API are declared."""
_OF_RUNS = (billing_runs, completing, documents, runs)
"""Where those are declared of which an operation tells that it failed by them."""
_ALL = (*_OF_RUNS, *dict.fromkeys(place for places in _BY_TAG.values() for place in places))


class KnownProblem(NamedTuple):
    """A problem that can be met: its code, its status, and what it means.

    A meaning that has names in braces is the message: the names are those of the problem's `details`.
    """

    code: str
    status: HTTPStatus
    meaning: str


_OF_HTTP = (
    KnownProblem("http_404", HTTPStatus.NOT_FOUND, "The path is not one of this API."),
    KnownProblem("http_405", HTTPStatus.METHOD_NOT_ALLOWED, "The path is there, the method is not."),
)
"""What the router finds, before a request reaches any operation."""
_OF_CONNECTIONS = tuple(KnownProblem(one.code, one.status, one.detail) for one in REFUSED_REQUESTS)
_OF_LIBRARIES = (
    KnownProblem(
        Kind.UNAVAILABLE.value,
        STATUS_BY_KIND[Kind.UNAVAILABLE],
        "A server of the installation does not answer: send the request again, a command with the same "
        "Idempotency-Key.",
    ),
    KnownProblem(
        Kind.DEFECT.value,
        STATUS_BY_KIND[Kind.DEFECT],
        "The program has a fault, which its log explains. Whether a command was stored is not known: send "
        "it again with the same Idempotency-Key.",
    ),
)


def all_problems() -> list[KnownProblem]:
    """Every problem that can be met, by code."""
    return sorted({*_OF_HTTP, *_OF_CONNECTIONS, *_OF_LIBRARIES, *_declared((*_ANYWHERE, *_ALL))})


def problems_of(tag: str) -> list[KnownProblem]:
    """The problems that the operations of a part of the API can meet, by code."""
    return sorted({*_OF_LIBRARIES, *_declared((*_ANYWHERE, *_BY_TAG[tag]))})


def _declared(places: Sequence[ModuleType | _ErrorType]) -> list[KnownProblem]:
    """The errors of modules, less those that others derive from, which are never met themselves."""
    return [
        KnownProblem(one.code, status_of_type(one), " ".join(cleandoc(one.__doc__ or "").split()))
        for one in _errors_in(places) - _bases()
    ]


@cache
def _bases() -> frozenset[_ErrorType]:
    known = _errors_in((*_ANYWHERE, *_ALL))
    return frozenset(base for one in known for base in one.__mro__[1:] if base in known)


def _errors_in(places: Sequence[ModuleType | _ErrorType]) -> set[_ErrorType]:
    found: set[_ErrorType] = set()
    for place in places:
        declared = vars(place).values() if isinstance(place, ModuleType) else (place,)
        for one in declared:
            if (
                isinstance(one, type)
                and issubclass(one, CasecoreError)
                and (place is one or one.__module__ == getattr(place, "__name__", ""))
            ):
                found.add(one)
    return found
