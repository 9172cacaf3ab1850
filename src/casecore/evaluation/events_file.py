"""A file of events, as `casecore case show --events` prints them; it may leave out what no clock needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from casecore.cases.lifecycle import LEVEL_AT
from casecore.clocks.instants import micros
from casecore.contract.cases import CaseEvent, Category, Level, Priority, State
from casecore.contract.envelope import Instant
from casecore.contract.service_levels import Covers, Policy
from casecore.contract.streams import CASES
from casecore.contract.types import EVENT_TYPES, NewerVersion, UnknownType, split_wire_name
from casecore.errors.files import naming
from casecore.evaluation.case_events import CaseEvents, Happened
from casecore.evaluation.errors import InvalidEventsFile
from casecore.evaluation.written_lines import check_resolved, is_whole, stated_standing, without_standing

MAX_LINE_BYTES = 1024 * 1024
"""The longest line that is read: more than any event that the store takes."""

FIRST_YEAR, LAST_YEAR = 1970, 2199
"""Nothing in a case happened before, and no calendar reaches further."""

_PREFIX = CASES.type_prefix
_NAMES = {
    event_type.name.removeprefix(_PREFIX): event_type
    for event_type in EVENT_TYPES.all
    if event_type.name.startswith(_PREFIX)
}
_NO_MATTER = frozenset({"effort_recorded", "activity_noted"})
_MAY_COME_LATE = frozenset(
    {
        "message_posted",
        "policy_pinned",
        "service_level_warned",
        "service_level_missed",
        "service_level_miss_withdrawn",
    }
)
_STATE_AFTER = {
    "opened": State.OPENED,
    "escalated": State.ESCALATED_L1,
    "handed_back": State.RESELLER_L0,
    "resolved": State.RESOLVED,
    "closed": State.CLOSED,
    "cancelled": State.CANCELLED,
}
_GIVER = {Level.LEVEL_0: "seller", Level.LEVEL_1: "vendor", Level.PARTNER: "partner"}
_USER_SUPPORT = Category.USER_SUPPORT.value
_CONTENT: dict[str, dict[str, object]] = {
    "message_posted": {"audience": "public", "text": {"form": "plain", "text": ""}},
    "resolved": {"resolution_code": "unstated"},
}


class DefaultParties(NamedTuple):
    """The parties of a case whose events do not name them."""

    seller: str = "seller"
    vendor: str = "vendor"
    partner: str = "partner"


class _Line(msgspec.Struct):
    """A line of the file; other keys are ignored."""

    type: str
    occurred_at: Instant
    version: int | None = None
    stream_id: str | None = None
    data: dict[str, Any] = msgspec.field(default_factory=dict)


class _Case:
    """One case of the file: its state so far, from which later lines are completed."""

    def __init__(self, reference: str, parties: DefaultParties) -> None:
        self._given: dict[str, Any] = {"reference": reference, "customer": "customer", **parties._asdict()}
        self._standing: dict[str, Any] = {
            "category": Category.TECHNICAL_SUPPORT.value,
            "topic": "troubleshooting",
            "priority": Priority.NORMAL.value,
        }
        self._opened_at: datetime | None = None
        self._moved_at: datetime | None = None
        self._ended = False
        self.events: list[Happened] = []

    def add(self, line: _Line, name: str) -> None:
        """Complete a line from those before it, and keep its event.

        Raises msgspec.ValidationError, ValueError.
        """
        version = self._version(line)
        self._check_order(line.occurred_at, name)
        data = self._completed(line, name)
        event = msgspec.convert(data, _NAMES[name].struct)
        assert isinstance(event, CaseEvent)
        self.events.append(Happened(micros(line.occurred_at), version, event))
        self._given = {party: data.get(party) for party in self._given}
        self._standing = data["standing"]

    def _completed(self, line: _Line, name: str) -> dict[str, Any]:
        given = line.data.get("standing", {})
        if not isinstance(given, dict):
            raise msgspec.ValidationError("Expected `object` - at `$.data.standing`")
        data = {**self._given, **_CONTENT.get(name, {}), **line.data}
        if is_whole(given):  # as the program prints it: what it leaves out is not there
            return data | {"partner": line.data.get("partner")}
        given = stated_standing(name, line.data, _NAMES[name].struct)
        data = without_standing(data)
        before = self._standing
        moved = self._moved(name, {**before, **given}, data)
        return data | {"standing": {**before, **moved, **given}}

    def _check_order(self, at: datetime, name: str) -> None:
        """Raise ValueError for an event before the opening, and for a move that is not possible there."""
        if self._opened_at is not None and at < self._opened_at:
            raise ValueError(f"it occurred before the case was opened, at {self._opened_at.isoformat()}")
        self._opened_at = self._opened_at or at
        if name in _MAY_COME_LATE:
            return
        if self._ended:
            raise ValueError(f"the case ended before: {name} cannot follow, only what may be recorded late")
        if self._moved_at is not None and at < self._moved_at:
            last = self._moved_at.isoformat()
            raise ValueError(
                f"it occurred before what goes before it, at {last}: only messages may come late"
            )
        check_resolved(name, self._standing.get("state", State.OPENED.value))
        self._moved_at = at
        self._ended = name in ("closed", "cancelled")

    def _version(self, line: _Line) -> int:
        """The line's own version, or the next one; raises ValueError if it does not rise."""
        last = self.events[-1].version if self.events else 0
        version = last + 1 if line.version is None else line.version
        if version <= last:
            raise ValueError(f"its version is {version}, after {last}: give each event once, in order")
        return version

    def _moved(self, name: str, standing: dict[str, Any], parties: dict[str, Any]) -> dict[str, Any]:
        """What an event of this type changes in a case's standing, if its line does not say."""
        state = self._state_after(name, standing, parties)
        if state is None:
            return {}
        moved: dict[str, Any] = {"state": state.value, "agent": None, "waiting_since": None}
        level = LEVEL_AT.get(state)
        if level is not None:
            moved |= {"level": level.value, "organisation": parties[_GIVER[level]]}
        elif state is State.OPENED:
            first = "partner" if standing["category"] == _USER_SUPPORT else "seller"
            moved |= {"level": None, "organisation": parties[first]}
        return moved

    def _state_after(self, name: str, standing: dict[str, Any], parties: dict[str, Any]) -> State | None:
        user_support = standing["category"] == _USER_SUPPORT
        if name == "taken":
            return State.PARTNER_SUPPORT if user_support else State.RESELLER_L0
        if name == "reopened":
            return next((at for at, level in LEVEL_AT.items() if level.value == standing.get("level")), None)
        if name == "reclassified":
            handed_on = user_support and parties["partner"] != self._given["partner"]
            return State.OPENED if handed_on or standing["category"] != self._standing["category"] else None
        return _STATE_AFTER.get(name)


def parties_of(policies: Iterable[Policy]) -> DefaultParties:
    """The parties of a case whose events do not name any: the organisations that the policies belong to."""
    owners = {policy.covers: policy.organisation for policy in policies}
    usual = DefaultParties()
    return DefaultParties(
        owners.get(Covers.LEVEL_0, usual.seller),
        owners.get(Covers.LEVEL_1, owners.get(Covers.END_TO_END, usual.vendor)),
        owners.get(Covers.PARTNER, usual.partner),
    )


def read_events(path: Path, parties: DefaultParties) -> list[CaseEvents]:
    """The cases of a file, in the order in which they first appear. Raises InvalidEventsFile, OSError."""
    with naming(path), path.open("rb") as file:
        # A line that is too long is not read to its end, but to where that is seen.
        return read_lines(iter(lambda: file.readline(MAX_LINE_BYTES + 1), b""), str(path), parties)


def read_lines(lines: Iterable[bytes], name: str, parties: DefaultParties) -> list[CaseEvents]:
    """As `read_events`, for lines; `name` is what an error calls them."""
    cases: dict[str, _Case] = {}
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            _read_line(raw, cases, parties)
        except ValueError as wrong:  # msgspec's errors are ValueErrors
            raise InvalidEventsFile(f"{name}, line {number}: {wrong}") from None
        except RecursionError:
            raise InvalidEventsFile(f"{name}, line {number}: it is nested too deeply for an event") from None
    if not cases:
        raise InvalidEventsFile(f"{name} has no events: give a line for each, the first one opened")
    return [CaseEvents(reference, tuple(case.events)) for reference, case in cases.items()]


def _read_line(raw: bytes, cases: dict[str, _Case], parties: DefaultParties) -> None:
    if len(raw) > MAX_LINE_BYTES:
        raise ValueError(f"it is too long: an event has at most {MAX_LINE_BYTES} bytes")
    line = msgspec.json.decode(raw, type=_Line)
    if not FIRST_YEAR <= line.occurred_at.year <= LAST_YEAR:
        raise ValueError(f"occurred_at: {line.occurred_at} is not in {FIRST_YEAR} to {LAST_YEAR}")
    name = _short_name(line.type)
    reference = str(line.data.get("reference") or line.stream_id or _only(cases))
    if reference not in cases:
        if name != "opened":
            raise ValueError(f"the first event of case {reference} is {name}: begin with its opening")
        cases[reference] = _Case(reference, parties)
    elif name == "opened":
        raise ValueError(f"case {reference} was opened before: give another case another data.reference")
    if name not in _NO_MATTER:
        cases[reference].add(line, name)


def _only(cases: Sequence[str] | dict[str, _Case]) -> str:
    """Which case a line is about that does not say: the one that there is."""
    if len(cases) > 1:
        raise ValueError("it does not say which case it is about: give data.reference")
    return next(iter(cases), "case")


def _short_name(given: str) -> str:
    """`casecore.case.opened.v1`, or `opened` for short; raises ValueError for no type of a case's event."""
    try:
        name, version = (given, 1) if given in _NAMES else split_wire_name(given)
    except UnknownType:
        name, version = given, 1
    name = name.removeprefix(_PREFIX)
    if name not in _NAMES:
        raise UnknownType(f"{given[:100]!r} is not an event of a case; these are: {', '.join(_NAMES)}")
    if version > _NAMES[name].version:
        raise NewerVersion(f"{given} is newer than this program, which knows v{_NAMES[name].version}")
    return name
