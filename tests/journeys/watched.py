"""A help desk under policies that run day and night, its cases, and what the clocks say must be recorded."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from casecore.clocks.evaluation import Evaluation, evaluate
from casecore.clocks.history import history_of
from casecore.clocks.instants import micros
from casecore.clocks.life import ClockKey
from casecore.clocks.reading import ClockReading, ClockStatus
from casecore.contract.envelope import EventData
from casecore.contract.service_levels import (
    ServiceLevelEvent,
    ServiceLevelMissed,
    ServiceLevelMissWithdrawn,
    ServiceLevelWarned,
)
from casecore.contract.types import EVENT_TYPES
from tests.journeys.harness import checker
from tests.journeys.harness.program import Program

CASES_A_BATCH = 10
LEFT_ALONE = CASES_A_BATCH // 2
_MISSED = 100
_NORD = {"person": "ida", "organisation": "nord", "role": "seller"}
_VENDOR = {"person": "vera", "organisation": "vendor", "role": "vendor"}
_CUSTOMER = {"person": "reception", "organisation": "praxis", "role": "customer"}
_OWNERS = {"vendor": ("--as", "vendor:vendor:vera"), "nord": ("--as", "seller:nord:ida")}
_CLOCKS = {
    "end_to_end": '[clocks.first_response]\ntarget = "PT1H"\nwarn_at_percent = [50, 80]\n'
    '[clocks.next_reply]\ntarget = "PT1H"\n'
    '[clocks.resolution]\ntarget = "PT{hours}H"\npauses = true\nwarn_at_percent = [50]\n',
    "level": '[clocks.hand_over]\ntarget = "PT30M"\n'
    '[clocks.level_time]\ntarget = "PT{hours}H"\npauses = true\nwarn_at_percent = [50]\n',
}


class Event(NamedTuple):
    """An event of a case, as it is stored."""

    version: int
    occurred_at: int
    recorded_at: int
    data: EventData
    command_id: uuid.UUID


def publish_policies(program: Program, folder: Path) -> None:
    """A policy for the whole case, and one for each of both levels; always open."""
    (folder / "calendars").mkdir()
    day = timedelta(days=1)
    today = datetime.now(UTC).date()
    for owner, actor in _OWNERS.items():
        file = folder / "calendars" / f"{owner}.toml"
        weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        week = "".join(f'{weekday} = ["00:00-24:00"]\n' for weekday in weekdays)
        file.write_text(
            f'id = "{owner}-always"\nversion = 1\norganisation = "{owner}"\ntime_zone = "Europe/Berlin"\n'
            f"first_on = {today - 30 * day}\nlast_on = {today + 365 * day}\n[weekly]\n{week}"
        )
        program.run("calendar", "publish", str(file), *actor)
    publish_policy(program, folder, "whole", "vendor", "end_to_end", 8)
    publish_policy(program, folder, "nord-level-0", "nord", "level_0", 2)
    publish_policy(program, folder, "vendor-level-1", "vendor", "level_1", 2)


def publish_policy(
    program: Program, folder: Path, name: str, owner: str, covers: str, hours: int, version: int = 1
) -> None:
    """A policy whose last target is that many hours; each version is in force from a day later on."""
    since = datetime.now(UTC).date() - timedelta(days=12 - version)
    clocks = _CLOCKS["end_to_end" if covers == "end_to_end" else "level"]
    file = folder / f"{name}-{version}.toml"
    file.write_text(
        f'id = "{name}"\nversion = {version}\norganisation = "{owner}"\ncovers = "{covers}"\n'
        f'in_force_from = {since}\ncalendar = "calendars/{owner}.toml"\n{clocks.format(hours=hours)}'
    )
    program.run("policy", "publish", str(file), *_OWNERS[owner])


def a_batch(chance: random.Random, number: int, now: datetime) -> list[dict[str, Any]]:
    """Cases opened hours ago, half of them left alone, and what happens to the others and to earlier ones."""
    given = []
    for place in range(CASES_A_BATCH):
        case, opened_at = f"W-{number}-{place}", now - timedelta(minutes=chance.uniform(120, 1_200))
        opening = {"action": "open", "customer": "praxis", "seller": "nord", "topic": "troubleshooting"}
        given.append(_command(chance, case, {**opening, "category": "technical_support"}, opened_at))
        if place >= LEFT_ALONE:
            times = sorted(opened_at + (now - opened_at) * chance.random() for _ in range(4))
            given += [_command(chance, case, _action(chance), at) for at in times]
    for _ in range(20):
        case = f"W-{chance.randrange(number + 1)}-{chance.randrange(LEFT_ALONE, CASES_A_BATCH)}"
        late = now - timedelta(minutes=chance.uniform(0, 600)) if chance.random() < 0.5 else None
        given.append(_command(chance, case, _action(chance), late))
    return given


def _action(chance: random.Random) -> dict[str, Any]:
    return chance.choice(
        [
            {"action": "take", "agent": "ida"},
            {"action": "take"},
            {"action": "assign", "agent": "vera"},
            {"action": "escalate"},
            {"action": "hand_back"},
            {"action": "wait"},
            {"action": "resume"},
            {"action": "message", "text": "an answer", "sender": "agent"},
            {"action": "message", "text": "a question", "sender": "customer"},
            {"action": "priority", "priority": "high"},
            {"action": "resolve", "resolution_code": "solved"},
            {"action": "reopen"},
        ]
    )


def _command(chance: random.Random, case: str, do: dict[str, Any], at: datetime | None) -> dict[str, Any]:
    return {
        "kind": "case",
        "command_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "actor": _actor(chance, do),
        "occurred_at": at.isoformat() if at else None,
        "case": case,
        "do": do,
    }


def _actor(chance: random.Random, do: dict[str, Any]) -> dict[str, str]:
    """One who may do it, if it is its turn: at level 0 the seller's agent, at level 1 the vendor's."""
    match do:
        case {"action": "message", "sender": "customer"}:
            return _CUSTOMER
        case {"action": "open" | "take" | "escalate"}:
            return _NORD
        case {"action": "hand_back"}:
            return _VENDOR
        case _:
            return chance.choice([_NORD, _VENDOR])


def read_cases(store: Sequence[checker.Event]) -> dict[str, list[Event]]:
    """The events of each case, in order, by its reference."""
    found: dict[str, list[Event]] = defaultdict(list)
    for stored in checker.of_cases(store):
        fact = EVENT_TYPES.decode(stored["type"], stored["body"])
        event = Event(
            stored["version"],
            micros(fact.occurred_at),
            micros(stored["recorded_at"]),
            fact.data,
            fact.command_id,
        )
        found[fact.data.reference].append(event)  # type: ignore[attr-defined]
    return found


def left_to_record(events: Sequence[Event], at: datetime) -> set[tuple[ClockKey, int]]:
    """Warnings (percent) and misses (100) that a case has and that are not recorded, or the reverse.

    A warning, once recorded, stays: it is a fact of what was known.
    """
    recorded: set[tuple[ClockKey, int]] = set()
    for event in events:
        if isinstance(event.data, ServiceLevelEvent):
            note = (key_of(event.data), _percent(event.data))
            recorded = recorded - {note} if _is_withdrawal(event.data) else recorded | {note}
    expected = set(_expected(_evaluation(events, micros(at))))
    return (expected - recorded) | {
        (key, percent) for key, percent in recorded - expected if percent == _MISSED
    }


def check_notes(events: Sequence[Event]) -> None:
    """Each warning and miss is recorded once (a miss again only after it was withdrawn), and each is what
    the clocks said of all that was stored before it; a warning's due and target are those of its instant."""
    recorded: set[tuple[ClockKey, int]] = set()
    missed_at: dict[ClockKey, int] = {}
    for place, event in enumerate(events):
        data = event.data
        if not isinstance(data, ServiceLevelEvent):
            continue
        note = (key_of(data), _percent(data))
        assert (note in recorded) == _is_withdrawal(data), f"{data} is recorded a second time"
        recorded ^= {note}
        at = event.occurred_at if _is_withdrawal(data) else event.recorded_at
        reading = _reading(_evaluation(events[:place], at), note[0])
        if isinstance(data, ServiceLevelMissWithdrawn):
            said = reading.missed_at if reading is not None else None
            assert said != missed_at.pop(note[0]), f"{data} is missed, and at that instant"
            continue
        _check_note(event, data, reading)
        own = reading
        if isinstance(data, ServiceLevelWarned):
            by_then = [known for known in events[:place] if known.occurred_at <= event.occurred_at]
            own = _reading(_evaluation(by_then, event.occurred_at), note[0])
        _check_due(data, own)
        if isinstance(data, ServiceLevelMissed):
            missed_at[note[0]] = event.occurred_at


def _check_note(event: Event, data: ServiceLevelEvent, reading: ClockReading | None) -> None:
    missed = reading is not None and reading.status is ClockStatus.MISSED
    assert reading is not None, f"{data}: there is no such clock"
    if isinstance(data, ServiceLevelMissed):
        assert missed, f"{data} is not missed"
        assert event.occurred_at == reading.missed_at, data
    elif isinstance(data, ServiceLevelWarned):
        assert event.occurred_at == reading.reaches(data.percent), data


def _check_due(data: ServiceLevelEvent, reading: ClockReading | None) -> None:
    assert reading is not None, f"{data}: there is no such clock"
    due_at = None if data.due_at is None else micros(data.due_at)
    assert (due_at, data.target_seconds * 1_000_000) == (reading.due_at, reading.target), data


def key_of(data: ServiceLevelEvent) -> ClockKey:
    """The clock that a note is about."""
    organisation = None if data.level is None else data.organisation
    return ClockKey(data.clock, data.level, organisation, data.number)


def _percent(data: ServiceLevelEvent) -> int:
    return data.percent if isinstance(data, ServiceLevelWarned) else _MISSED


def _is_withdrawal(data: ServiceLevelEvent) -> bool:
    return isinstance(data, ServiceLevelMissWithdrawn)


def _evaluation(events: Sequence[Event], at: int) -> Evaluation:
    found = evaluate(history_of([(event.occurred_at, event.version, event.data) for event in events]), at)
    assert found is not None
    return found


def _reading(evaluation: Evaluation, key: ClockKey) -> ClockReading | None:
    return next((reading for reading in evaluation.clocks if reading.key == key), None)


def _expected(evaluation: Evaluation) -> Iterator[tuple[ClockKey, int]]:
    for reading in evaluation.clocks:
        for percent in reading.terms.warn_at_percent:
            reached = reading.reaches(percent)
            if reached is not None and reached <= evaluation.at:
                yield reading.key, percent
        if reading.status is ClockStatus.MISSED:
            yield reading.key, _MISSED
