"""Random calendars and policies, also as the TOML that a person could have written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import strategies as st

from casecore.cases.topics import TOPICS
from casecore.contract.cases import Category, Priority
from casecore.contract.service_levels import Clock, ClockTerms, Covers, Match, OnChange, Targets
from casecore.decider.ids import fault_of_id
from casecore.service_levels.calendar_file import (
    CalendarDefinition,
    ExceptionTable,
    HolidaysTable,
    NamedDay,
    WeekTable,
    in_order,
)
from casecore.service_levels.policy_file import PolicyDefinition

# Hypothesis takes naive bounds, and gives times of the zone.
_SOON = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_LATER = datetime(2028, 12, 31, tzinfo=UTC).replace(tzinfo=None)

ids = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=12).filter(
    lambda text: fault_of_id(text) is None
)


@st.composite
def day_hours(draw: st.DrawFn) -> tuple[str, ...]:
    """Windows of a day, sorted and disjoint; the last one may end at 24:00."""
    edges = sorted(draw(st.sets(st.integers(0, 48), max_size=6)))
    times = [f"{half // 2:02}:{half % 2 * 30:02}" for half in edges]
    return tuple(f"{opens}-{closes}" for opens, closes in zip(times[::2], times[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn, zones: Sequence[str] = ("Europe/Berlin",)) -> CalendarDefinition:
    """A calendar of at most three years, with more Monday mornings than days off, so that one is open."""
    first_on = draw(st.dates(date(2000, 1, 1), date(2035, 12, 31)))
    last_on = first_on + timedelta(days=draw(st.integers(100, 1_000)))
    inside = st.dates(first_on, last_on)
    week = {day: draw(day_hours()) for day in WeekTable.__struct_fields__}
    exceptions = draw(st.lists(inside, unique=True, max_size=3))
    also = draw(st.lists(inside, unique=True, max_size=3))
    holidays = None
    if draw(st.booleans()):
        holidays = HolidaysTable(
            country="DE",
            state=draw(st.sampled_from([None, "BE", "BY"])),
            also=tuple(NamedDay(on=on, name=draw(ids)) for on in also),
        )
    return in_order(
        CalendarDefinition(
            id=draw(ids),
            version=draw(st.integers(1, 99)),
            organisation=draw(ids),
            time_zone=draw(st.sampled_from(zones)),
            first_on=first_on,
            last_on=last_on,
            weekly=WeekTable(**{**week, "monday": ("08:00-12:00",)}),
            holidays=holidays,
            exceptions=tuple(ExceptionTable(on=on, hours=draw(day_hours())) for on in exceptions),
        )
    )


def calendar_toml(definition: CalendarDefinition) -> str:
    """The definition as a file."""
    lines = _top(definition, "id version organisation time_zone first_on last_on")
    lines += ["[weekly]"]
    lines += [f"{day} = {_toml(list(hours))}" for day, hours in _fields(definition.weekly)]
    if definition.holidays is not None:
        lines += ["[holidays]", f"country = {_toml(definition.holidays.country)}"]
        if definition.holidays.state is not None:
            lines += [f"state = {_toml(definition.holidays.state)}"]
        lines += [f"except = {_toml(list(definition.holidays.left_out))}"]
        also = [f"{{ on = {day.on}, name = {_toml(day.name)} }}" for day in definition.holidays.also]
        lines += [f"also = [{', '.join(also)}]"]
    for day in definition.exceptions:
        lines += ["[[exceptions]]", f"on = {day.on}", f"hours = {_toml(list(day.hours))}"]
    return "\n".join(lines)


_seconds = st.integers(0, 400 * 3600)
_moments = st.one_of(
    st.dates(date(2026, 1, 1), date(2028, 12, 30)),
    st.datetimes(_SOON, _LATER, timezones=st.just(UTC)),
)


@st.composite
def policies(draw: st.DrawFn) -> PolicyDefinition:
    """A policy without faults."""
    covers = draw(st.sampled_from(Covers))
    end_to_end = (Clock.FIRST_RESPONSE, Clock.NEXT_REPLY, Clock.RESOLUTION)
    allowed = end_to_end if covers is Covers.END_TO_END else (Clock.TIME_TO_ASSIGNMENT, Clock.TIME_AT_LEVEL)
    clocks = [clock for clock in allowed if draw(st.booleans())] or [allowed[0]]
    some_ids = st.lists(ids, unique=True, max_size=3).map(lambda found: tuple(sorted(found)))
    return PolicyDefinition(
        id=draw(ids),
        version=draw(st.integers(1, 99)),
        organisation=draw(ids),
        covers=covers,
        in_force_from=draw(_moments),
        in_force_until=draw(st.none() | _moments),
        calendar=draw(st.sampled_from(["berlin.toml", "../calendars/nord.toml"])),
        on_change=draw(st.sampled_from(OnChange)),
        match=Match(
            categories=draw(st.sampled_from([(), (Category.TECHNICAL_SUPPORT, Category.USER_SUPPORT)])),
            priorities=draw(st.sampled_from([(), (Priority.HIGH,), tuple(Priority)])),
            topics=tuple(sorted(draw(st.sets(st.sampled_from(sorted(TOPICS)), max_size=3)))),
            sellers=() if covers is Covers.LEVEL_0 else draw(some_ids),
            customers=draw(some_ids),
        ),
        clocks=tuple(
            ClockTerms(
                clock,
                Targets(*(draw(_seconds) for _ in Priority)),
                draw(st.booleans()),
                tuple(sorted(draw(st.sets(st.integers(1, 99), max_size=3)))),
            )
            for clock in clocks
        ),
    )


def policy_toml(definition: PolicyDefinition) -> str:
    """The definition as a file."""
    lines = [f"id = {_toml(definition.id)}", f"version = {definition.version}"]
    lines += [
        f"organisation = {_toml(definition.organisation)}",
        f"covers = {_toml(definition.covers.value)}",
    ]
    lines += [f"in_force_from = {definition.in_force_from.isoformat()}"]
    if definition.in_force_until is not None:
        lines += [f"in_force_until = {definition.in_force_until.isoformat()}"]
    lines += [f"calendar = {_toml(definition.calendar)}", f"on_change = {_toml(definition.on_change.value)}"]
    lines += ["[match]"]
    for name, values in _fields(definition.match):
        lines += [f"{name} = {_toml([getattr(value, 'value', value) for value in values])}"]
    for terms in definition.clocks:
        targets = ", ".join(f'{name} = "PT{seconds}S"' for name, seconds in _fields(terms.targets))
        lines += [f"[clocks.{terms.clock.value}]", f"target = {{ {targets} }}"]
        lines += [f"pauses = {_toml(terms.pauses)}", f"warn_at_percent = {list(terms.warn_at_percent)}"]
    return "\n".join(lines)


def is_open(definition: CalendarDefinition, holidays: set[date], at: datetime) -> bool:
    """Whether an instant is open: by the zone's local time, and a second reading of the calendar's rules."""
    local = at.astimezone(ZoneInfo(definition.time_zone))
    on = local.date()
    if not definition.first_on <= on <= definition.last_on:
        return False
    exceptions = {day.on: day.hours for day in definition.exceptions}
    week = definition.weekly.days()[on.weekday()]
    hours = exceptions.get(on, () if on in holidays else week)
    clock = f"{local:%H:%M:%S.%f}"
    return any(opens <= clock < closes for opens, closes in (window.split("-") for window in hours))


def _top(definition: CalendarDefinition, names: str) -> list[str]:
    return [f"{name} = {_toml(getattr(definition, name))}" for name in names.split()]


def _fields(struct: msgspec.Struct) -> list[tuple[str, object]]:
    return list(msgspec.structs.asdict(struct).items())


def _toml(value: object) -> str:
    match value:
        case date():
            return value.isoformat()
        case list():
            return f"[{', '.join(_toml(item) for item in value)}]"
        case _:  # TOML writes texts, numbers and truth as JSON does
            return json.dumps(value, ensure_ascii=False)
