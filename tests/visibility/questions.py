"""All that can be asked over HTTP, about all that is in a world."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import msgspec

from casecore.api.answers.catalogue import FILES, QUESTIONS
from casecore.contract import billing as b
from casecore.contract.cases import CaseEvent
from casecore.contract.licences import LicenceEvent
from casecore.contract.service_levels import CalendarPublished, PolicyPublished
from casecore.contract.streams import case_stream_id
from casecore.contract.wire import StoredEvent
from tests.api.figures import FIGURES
from tests.visibility.made import run_of
from tests.visibility.walk import data_of

EARLIER, LATER = "2026-04-07T16:00:00Z", "2026-06-30T12:00:00Z"
"""While things happened, and when all has happened."""
_OTHERS = "nobody"
_WITH_XML = "R-000003"
"""The document that the business issues as it is sent; it makes the others quickly, without an e-invoice."""


class Named(NamedTuple):
    """What there is in a log, by name."""

    case: Sequence[str] = ()
    package: Sequence[str] = ()
    number: Sequence[str] = ()
    settled: Sequence[tuple[str, int]] = ()
    policy: Sequence[str] = ()
    calendar: Sequence[str] = ()


def named_in(log: Iterable[StoredEvent]) -> Named:
    """What there is in a log."""
    names: dict[str, dict[Any, None]] = {name: {} for name in Named._fields}
    for data in map(data_of, log):
        match data:
            case CaseEvent(reference=reference):
                names["case"][reference] = None
            case LicenceEvent(package=package):
                names["package"][package] = None
            case b.DocumentIssued(number=number):
                names["number"][number] = None
            case b.SettlementClosed(seller=seller, year=year):
                names["settled"][seller, year] = None
            case PolicyPublished(policy=policy):
                names["policy"][policy.id] = None
            case CalendarPublished(calendar=calendar):
                names["calendar"][calendar.id] = None
            case _:
                pass
    return Named(**{name: tuple(found) for name, found in names.items()})


def paths(there: Named) -> list[str]:
    """Every question and file, of each thing that there is."""
    found: dict[str, None] = {}
    for one in (*QUESTIONS, *FILES):
        for path in _places(one.path, there):
            found.update(dict.fromkeys(map(partial(_with, path), _queries(one.asked, one.path, _OFTEN))))
    found.update(dict.fromkeys((FEED, ALL_EVENTS)))
    found.update(dict.fromkeys(f"/v1/operations/{run_of(name)}" for name in _PARTIES))
    found.update(dict.fromkeys((OPERATIONS, f"{OPERATIONS}?limit=1")))
    return list(found)


def paths_by_parameter(there: Named) -> list[str]:
    """Every question of one thing at most, by each of its parameters."""
    known = set(paths(there))
    found: dict[str, None] = {}
    for one in (*QUESTIONS, *FILES):
        for path in _places(one.path, there)[-2:-1] or [one.path]:
            found.update(dict.fromkeys(map(partial(_with, path), _queries(one.asked, one.path, _VALUES))))
    found[f"{FEED}?types=casecore.case.opened,casecore.party.registered"] = None
    return [path for path in found if path not in known]


def _with(path: str, query: Mapping[str, object]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _places(path: str, there: Named) -> list[str]:
    """A path with each thing that there is in its place."""
    if path == "/v1/billing/settlements/{seller}/{year}":
        return [path.format(seller=seller, year=year) for seller, year in (*there.settled, (_OTHERS, 2024))]
    if path.endswith("/xml"):
        return [path.format(number=_WITH_XML)] if _WITH_XML in there.number else []
    figures = (*there.number, *there.package, *(f"{seller}/{year}" for seller, year in there.settled))
    names: Mapping[str, Sequence[object]] = {
        "case": (*there.case, "K-0"),
        "package": (*there.package, "L-0"),
        "number": (*there.number, "R-999999"),
        "figure:path": figures,
        "party": _PARTIES,
        "customer": ("zahn", "praxis-ost", "klinik", _OTHERS),
        "policy": (*there.policy, "none"),
        "calendar": (*there.calendar, "none"),
        "view": ("timeline", "workload"),
        "year": (2024,),
    }
    filled = [path]
    for parameter in re.findall(r"{([\w:]+)}", path):
        assert parameter in names, f"what is a {parameter} in {path}? name those that there are here"
        filled = [
            one.replace(f"{{{parameter}}}", quote(str(name))) for one in filled for name in names[parameter]
        ]
    return filled


_PARTIES = ("campus", "nord", "sued", "klinik", "vendor", _OTHERS)
_ORGANISATIONS = ("nord", "sued", "zahn", "praxis-ost")
_OF_A_PATH = frozenset({"case", "number", "figure"})
_VALUES: Mapping[str, Sequence[object]] = {
    "account": ("receivable", "revenue"),
    "agent": ("anna", "bela", "paula"),
    "as_of_position": (),
    "at": (EARLIER,),
    "billed": ("true", "false"),
    "buyer": ("nord", "klinik"),
    "calendar": (),
    "category": ("technical_support", "user_support", "standard"),
    "clock": ("resolution", "time_at_level"),
    "clocks": (10,),
    "cursor": (),
    "customer": ("zahn", "praxis-ost"),
    "day": (),
    "document": ("R-000001", "R-000003"),
    "ended": ("true",),
    "key": (str(case_stream_id("K-55")),),
    "figure": (),
    "holder": (),
    "hour": (),
    "kind": ("settlement", "invoice"),
    "latest": (1,),
    "level": ("level_0", "level_1", "partner"),
    "limit": (2,),
    "month": (),
    "number": (1,),
    "opened_since": (EARLIER,),
    "opened_until": (EARLIER,),
    "organisation": ("nord", "sued", "hilfe"),
    "overdue": ("true", "false"),
    "owed_by": _ORGANISATIONS,
    "package": ("L-1", "L-4", "L-5"),
    "partner": ("campus", "hilfe"),
    "party": _ORGANISATIONS,
    "place": (),
    "percent": (19,),
    "policy": ("nord-level_0", "hilfe-partner"),
    "priority": ("high", "normal"),
    "recorded_by": (LATER,),
    "reversed": ("true",),
    "role": ("reseller", "customer"),
    "seller": ("nord", "sued"),
    "service": ("level_0",),
    "since": (),
    "since_position": (),
    "sort": ("-priority", "last_move_at"),
    "state": ("resolved", "opened"),
    "topic": ("activation", "training"),
    "until": (),
    "version": (1, 2),
    "view": ("workload",),
    "waiting": ("true",),
    "weekday": (),
    "within_seconds": (3_600,),
    "year": (2024, 2026),
}
"""What is asked with each parameter. The places and days of a log are the same for everybody; a cursor is met
with `limit`, and the rest of a row in `FIGURES`."""
_ALWAYS: Mapping[str, object] = {"at": LATER}
"""As of now, a figure would be another one each time."""
_WITHOUT_FIGURES = ("/v1/cases/{case}/timeline",)
"""What is asked as of an instant, and is as of now the same each time."""
_OFTEN = ("limit", "clocks")
"""What is asked of everything: pages of one, and the clocks behind figures."""
FEED = "/v1/events"
OPERATIONS = "/v1/operations"
ALL_EVENTS = f"{FEED}?limit=9"
"""The feed, page by page."""
_ALSO: Mapping[str, Mapping[str, object]] = {"/v1/cases": {"ended": "true"}}


def _queries(asked: type[msgspec.Struct], path: str, by: Collection[str]) -> Iterator[dict[str, object]]:
    """What is asked of one place: nothing in particular, and by each of these parameters that it has."""
    in_path = set(re.findall(r"{(\w+)", path))
    fields = {one.name: one for one in msgspec.structs.fields(asked) if one.name not in in_path}
    unknown = fields.keys() - _VALUES.keys()
    assert not unknown, f"what is to be asked with {sorted(unknown)} of {path}? say so in _VALUES"
    always = {
        name: value for name, value in _ALWAYS.items() if name in fields and path not in _WITHOUT_FIGURES
    }
    needed = [name for name, field in fields.items() if field.required]
    basic: list[dict[str, object]] = [{**always, **figure} for figure in FIGURES.get(path, ())] or [always]
    for name in needed if path not in FIGURES else ():
        assert len(needed) == 1, f"what of {needed} is to be asked of {path}? say so in FIGURES"
        basic = [{**always, name: value} for value in _VALUES[name]]
    for base in basic:
        yield base
        for name in fields:  # in their order: the questions are shared out between who asks
            if name in by and name not in needed:
                yield from ({**base, **_ALSO.get(path, {}), name: value} for value in _VALUES[name])
