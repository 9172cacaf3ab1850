"""The tables of docs/api.md that follow from those by which the API is served: scopes, and who sees what."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType

from casecore.api.description.document import openapi, operations_of
from casecore.identity.identity import Scope
from casecore.visibility import rules
from casecore.visibility.rules import Rule

Row = tuple[str, ...]

_ACTION = re.compile(r"/[a-z_]+\Z")

THINGS: Mapping[str, str] = MappingProxyType(
    {
        "CASE": "a case, its timeline, clocks, trace and events; those who have a part in it now",
        "INTERNAL_MESSAGE": "an internal message of a case that one sees; for all others there is none, and "
        "none is counted",
        "ON_BEHALF_OF": "on whose behalf the system acted, in an event that one sees",
        "PARTY": "a party",
        "PACKAGE": "a licence package, with all that happened to it; those of today",
        "CHARGE": "a maintenance charge",
        "LEDGER_LINE": "a line of the ledger",
        "HELD_CHARGE": "charges of buyers on hold",
        "DOCUMENT": "a document, its PDF and its XML",
        "BUYER": "whether a buyer is on hold, and how it is billed then",
        "SETTLEMENT": "a yearly settlement",
        "FEE": "what a seller or partner charges for its own work",
        "TERMS": "prices and rates of tax as they are set",
        "POLICY": "a policy; what is pinned to a case is a part of the case",
        "CALENDAR": "a calendar, likewise",
        "INSTALLATION": "how the installation runs, and what is in quarantine, with the bodies of records",
    }
)
"""What each rule is about, by its name."""

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "buyer": "its buyer",
        "customer": "its customer",
        "organisation": "the organisation whose it is",
        "owed_by": "who owes it",
        "partner": "its partner",
        "party": "that party",
        "readers": "the organisations that it names as readers",
        "seller": "its seller",
        "vendor": "its vendor",
    }
)


def visibility_rows() -> list[Row]:
    """Each rule of who sees what: the thing, and by whom it is seen."""
    return [(THINGS[name], seen_by(rule)) for name, rule in visibility_rules()]


def visibility_rules() -> Iterator[tuple[str, Rule]]:
    """The rules of who sees what, by their names, in their order."""
    for name, rule in vars(rules).items():
        if isinstance(rule, Rule):
            yield name, rule


@cache
def scope_rows() -> list[Row]:
    """For each scope, what it reads and what it does; the paths of actions by those of their things."""
    reads: defaultdict[Scope, dict[str, None]] = defaultdict(dict)
    does: defaultdict[Scope, dict[str, None]] = defaultdict(dict)
    for method, path, operation in operations_of(openapi("")):
        needed = {
            Scope(scope) for way in operation["security"] for scopes in way.values() for scope in scopes
        }
        if needed == set(Scope):
            continue
        is_action = method == "post" and path.count("/") > 3 and path != "/v1/billing/runs"
        shown = _ACTION.sub("/…", path) if is_action else path
        for scope in needed:
            (reads if method == "get" else does)[scope][f"`{shown.removeprefix('/v1')}`"] = None
    return [(f"`{scope.value}`", _listed(reads[scope]), _listed(does[scope])) for scope in Scope]


def _listed(paths: Iterable[str]) -> str:
    return ", ".join(sorted(paths, key=lambda path: path.strip("`"))) or "nothing"


def seen_by(rule: Rule) -> str:
    """Who sees a thing by a rule, in words; nobody is named who sees nothing."""
    named = [_WORDS[field] for field in (*rule.fields, *rule.lists)]
    if rule.vendor:
        named.append("the vendor")
    return ", ".join(named)
