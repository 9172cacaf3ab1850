"""What is wrong with a calendar or a policy, whether it comes from a file or in a command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

import msgspec

from casecore.clocks.instants import DAY, micros
from casecore.clocks.open_hours import OpenHours, local_midnight
from casecore.contract.cases import Category
from casecore.contract.service_levels import Calendar, Clock, ClockTerms, Covers, Hours, Match, Policy
from casecore.decider.command import Id, Line
from casecore.service_levels.durations import LONGEST_SECONDS

EARLIEST_ON = date(1970, 1, 1)
"""Nothing that a support case is about happened before."""

LATEST_ON = date(2199, 12, 31)
"""No one knows the clock changes of a later year; a year such as 20260 is a typing error."""

MOST_YEARS = 50
"""How long a calendar may last: nobody knows the holidays and clock changes of a longer time."""

LONGEST_CLOSURE_DAYS = 366
"""A calendar that is closed for so long is a mistake, and a due instant beyond it no answer."""

MOST_WINDOWS = 24
"""Windows of a day; one for each hour is more than any office has."""

MOST_OPENINGS = 60_000
"""Windows of a whole calendar, which is laid out in memory wherever it is used: some 7 MB."""

MOST_DATES = 1_000
"""Exceptions of a calendar, and holidays that its file adds or leaves out."""

MOST_HOLIDAYS = 2_000
"""Forty a year for fifty years, more than any country has."""

MOST_CALENDAR_BYTES = 64 * 1024
"""A calendar's JSON: a copy of it goes into every case, whose events must stay under a mebibyte."""

MOST_MATCHED = 200
"""Values in one field of a policy's match; for more, a policy of its own is the better tool."""

CLOCKS_OF_A_CASE = (Clock.FIRST_RESPONSE, Clock.NEXT_REPLY, Clock.RESOLUTION)
CLOCKS_OF_A_LEVEL = (Clock.TIME_TO_ASSIGNMENT, Clock.TIME_AT_LEVEL)

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def calendar_faults(calendar: Calendar) -> list[str]:
    """All that is wrong with a calendar: each fault says where, and what would be right. Empty if nothing."""
    faults = [
        *_name_faults({"id": calendar.id}, calendar.version),
        *range_faults(calendar.first_on, calendar.last_on),
        *_week_faults(calendar),
        *_date_faults(calendar),
        *_offset_faults(calendar),
    ]
    if not _is_line(calendar.time_zone, 100):
        faults.append("time_zone: has 1 to 100 visible characters, such as Europe/Berlin")
    size = len(msgspec.json.encode(calendar))
    days = (calendar.last_on - calendar.first_on).days + 1
    openings = sum(map(len, calendar.weekly)) * days // 7
    if openings > MOST_OPENINGS:
        what = f"it opens about {openings} times, and may do so {MOST_OPENINGS} times"
        faults.append(f"weekly: {what}: have fewer windows, or fewer years from first_on to last_on")
    if size > MOST_CALENDAR_BYTES:
        what = f"its JSON has {size} bytes, and may have {MOST_CALENDAR_BYTES}"
        faults.append(f"exceptions: {what}: have fewer exceptions, or fewer years from first_on to last_on")
    return faults or list(_closure_faults(calendar))


def range_faults(first_on: date, last_on: date) -> list[str]:
    """What is wrong with the first and the last day of a calendar."""
    faults = []
    for name, on in (("first_on", first_on), ("last_on", last_on)):
        if not EARLIEST_ON <= on <= LATEST_ON:
            faults.append(f"{name}: {on} is not from {EARLIEST_ON} to {LATEST_ON}")
    if first_on > last_on:
        faults.append(f"last_on: {last_on} is before first_on, {first_on}")
    elif (last_on.year - first_on.year, last_on.month, last_on.day) >= (
        MOST_YEARS,
        first_on.month,
        first_on.day,
    ):
        faults.append(f"last_on: {last_on} is more than {MOST_YEARS} years after first_on, {first_on}")
    return faults


def outside_fault(where: str, on: date, first_on: date, last_on: date) -> Iterator[str]:
    """That a date is not one of the calendar's, if so."""
    if not first_on <= on <= last_on:
        yield f"{where}: {on} is not from first_on to last_on, {first_on} to {last_on}"


def _week_faults(calendar: Calendar) -> Iterator[str]:
    for weekday, hours in zip(_WEEKDAYS, calendar.weekly, strict=False):
        yield from _hours_faults(f"weekly.{weekday}", hours)
    for day in calendar.exceptions:
        yield from _hours_faults(f"exceptions {day.on}", day.hours)


def _hours_faults(where: str, hours: Sequence[Hours]) -> Iterator[str]:
    if len(hours) > MOST_WINDOWS:
        yield f"{where}: has {len(hours)} windows, and may have {MOST_WINDOWS}"
        return
    windows = sorted((*window.split("-"), window) for window in hours)
    for opens, closes, window in windows:
        if opens >= closes:
            yield (
                f"{where}: {window} does not end after it starts: "
                "to go on past midnight, end at 24:00 and start again at 00:00 on the next day"
            )
    for (_, closes, one), (opens, _, other) in pairwise(windows):
        if opens < closes:
            yield f"{where}: {one} and {other} overlap: make one of them, or part them"


def _date_faults(calendar: Calendar) -> Iterator[str]:
    exceptions = tuple(day.on for day in calendar.exceptions)
    for where, days, most in (
        ("holidays", calendar.holidays, MOST_HOLIDAYS),
        ("exceptions", exceptions, MOST_DATES),
    ):
        if len(days) > most:
            yield f"{where}: there are {len(days)}, and may be {most}"
        else:
            yield from repeated_faults(where, days)
            for on in sorted(set(days)):
                yield from outside_fault(where, on, calendar.first_on, calendar.last_on)


def repeated_faults(where: str, values: Iterable[object]) -> Iterator[str]:
    """That something is listed more than once, if so."""
    for value, times in Counter(values).items():
        if times > 1:
            yield f"{where}: {value} is there {times} times: list it once"


def _offset_faults(calendar: Calendar) -> Iterator[str]:
    for one, other in pairwise(calendar.offsets):
        # The first may be equal to the second: where the clocks leave out the first midnight.
        if other.at < one.at or (other.at == one.at and one is not calendar.offsets[0]):
            earlier, later = one.at.isoformat(), other.at.isoformat()
            yield f"offsets: {later} comes after {earlier}: put them in order, each once"


def _closure_faults(calendar: Calendar) -> Iterator[str]:
    hours = OpenHours(calendar)
    if not hours.opens:
        yield "weekly: the calendar has no open hour at all"
        return
    start, end = hours.longest_closure()
    if end - start >= LONGEST_CLOSURE_DAYS * DAY:
        days = f"{(end - start) // DAY} days without any open hour, from {_day(start)} to {_day(end)}"
        yield f"weekly: there are {days}; there may be {LONGEST_CLOSURE_DAYS - 1}"


def policy_faults(policy: Policy, topics: Collection[str] | None) -> list[str]:
    """All that is wrong with a policy, also with its calendar. `topics` are those there are; None: any.

    Whose calendar it is, and whether the policy ties with another one, is judged where they are published.
    """
    faults = [
        *_name_faults({"id": policy.id, "organisation": policy.organisation}, policy.version),
        *terms_faults(policy.covers, policy.clocks),
        *match_faults(policy.covers, policy.organisation, policy.match, topics),
        *(f"calendar: {fault}" for fault in calendar_faults(policy.calendar)),
    ]
    if policy.in_force_until is not None and policy.in_force_until <= policy.in_force_from:
        until, since = policy.in_force_until.isoformat(), policy.in_force_from.isoformat()
        faults.append(f"in_force_until: {until} is not after in_force_from, {since}")
    if not range_faults(policy.calendar.first_on, policy.calendar.last_on):
        faults.extend(_in_force_faults(policy))
    return faults


def _in_force_faults(policy: Policy) -> Iterator[str]:
    calendar = policy.calendar
    begins_at = local_midnight(calendar, calendar.first_on)
    ends_at = local_midnight(calendar, calendar.last_on + timedelta(days=1))
    if not begins_at <= micros(policy.in_force_from) < ends_at:
        days = f"{calendar.first_on} to {calendar.last_on}"
        yield (
            f"in_force_from: {policy.in_force_from.isoformat()} is not in the days of the calendar "
            f"{calendar.id}, {days}: nothing could be measured"
        )


def terms_faults(covers: Covers, clocks: Sequence[ClockTerms]) -> Iterator[str]:
    """What is wrong with what a policy says of its clocks."""
    allowed = CLOCKS_OF_A_CASE if covers is Covers.END_TO_END else CLOCKS_OF_A_LEVEL
    names = ", ".join(clock.value for clock in allowed)
    if not clocks:
        yield f"clocks: there is none: name at least one of {names}"
    yield from repeated_faults("clocks", [terms.clock.value for terms in clocks])
    for terms in clocks:
        where = f"clocks.{terms.clock.value}"
        if terms.clock not in allowed:
            yield f"{where}: is no clock of what the policy covers, {covers.value}, which has {names}"
        for priority, target in msgspec.structs.asdict(terms.targets).items():
            if not 0 <= target <= LONGEST_SECONDS:
                yield f"{where}.target.{priority}: {target} seconds are not from 0 to {LONGEST_SECONDS}"
        percents = terms.warn_at_percent
        if any(not 1 <= percent <= 99 for percent in percents):
            yield f"{where}.warn_at_percent: {list(percents)} are not all from 1 to 99"
        if any(one >= other for one, other in pairwise(percents)):
            yield f"{where}.warn_at_percent: {list(percents)} do not rise: write them in order, each once"


def match_faults(
    covers: Covers, organisation: str, match: Match, topics: Collection[str] | None
) -> Iterator[str]:
    """What is wrong with what a policy says of the cases that it is for."""
    for name, values in msgspec.structs.asdict(match).items():
        told = [str(getattr(value, "value", value)) for value in values]
        if len(told) > MOST_MATCHED:
            yield f"match.{name}: has {len(told)} values, and may have {MOST_MATCHED}"
            continue
        yield from repeated_faults(f"match.{name}", told)
        for value in told:
            if not _is_id(value):
                yield f"match.{name}: {value[:100]!r} is no id of 1 to 100 visible characters"
    for topic in match.topics[:MOST_MATCHED]:
        if topics is not None and topic not in topics:
            yield f"match.topics: {topic!r} is no topic; the topics are: {', '.join(topics)}"
    own = (organisation,)
    if covers is Covers.LEVEL_0 and match.sellers not in ((), own):
        yield f"match.sellers: level 0 is the seller's own, so it is {organisation!r}: leave it out"
    category = {Covers.END_TO_END: None, Covers.PARTNER: Category.USER_SUPPORT}
    only = category.get(covers, Category.TECHNICAL_SUPPORT)
    if only is not None and match.categories and only not in match.categories:
        yield f"match.categories: a case at {covers.value} is of {only.value}: leave it out"


def _name_faults(ids: dict[str, str], version: int) -> Iterator[str]:
    for name, value in ids.items():
        if not _is_id(value):
            yield f"{name}: {value[:100]!r} is no id: take 1 to 100 visible characters, no space at the ends"
    if not 1 <= version <= 1_000_000:
        yield f"version: is {version}: versions are 1, 2, 3 and so on"


def _is_id(value: str) -> bool:
    return _fits(value, Id)


def _is_line(value: str, longest: int) -> bool:
    return len(value) <= longest and _fits(value, Line)


def _fits(value: str, kind: object) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _day(at: int) -> date:
    return EARLIEST_ON + timedelta(days=at // DAY)
