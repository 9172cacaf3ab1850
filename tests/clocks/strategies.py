"""Random calendars and policies, all in whole ticks, so that the reference can walk them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from casecore.contract.service_levels import (
    Calendar,
    ClockTerms,
    Covers,
    Day,
    Hours,
    OffsetChange,
    OnChange,
    Policy,
    Targets,
)
from casecore.service_levels.policy_checks import CLOCKS_OF_A_CASE, CLOCKS_OF_A_LEVEL
from tests.clocks.casebook import PARTNER, RESELLER, VENDOR

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
FIRST_DAYS = (
    date(2024, 2, 28),  # before 29 February
    date(2025, 10, 25),  # before the clocks go back in Berlin
    date(2026, 3, 28),  # before they go forward
    date(2025, 12, 31),
)
# The tick, and how many days a history may last: few where a tick is short, since each tick is walked.
GRAINS = ((900, 4), (900, 4), (900, 4), (300, 2), (300, 2), (60, 1), (1, 0))
# Some with half and quarter hours, and some west of Greenwich.
OFFSETS = (3600, 3600, 0, -10_800, 19_800, 20_700, -12_600)
# A clock change, the small one of Lord Howe, and the day that Samoa skipped.
SHIFTS = (3600, -3600, 1800, -1800, 7200, 86_400 - 3600)
ORGANISATIONS = {
    Covers.END_TO_END: (VENDOR, RESELLER),
    Covers.LEVEL_0: (RESELLER, VENDOR),
    Covers.LEVEL_1: (VENDOR,),
    Covers.PARTNER: (PARTNER,),
}
CLOCKS = {
    Covers.END_TO_END: CLOCKS_OF_A_CASE,
    Covers.LEVEL_0: CLOCKS_OF_A_LEVEL,
    Covers.LEVEL_1: CLOCKS_OF_A_LEVEL,
    Covers.PARTNER: CLOCKS_OF_A_LEVEL,
}


@dataclass(frozen=True)
class Frame:
    """What a random case is drawn in: its tick in seconds, its opening, and about how long it lasts."""

    tick: int
    first_on: date
    days: int
    opens_at: datetime
    ticks: int

    def after(self, ticks: int) -> datetime:
        """That many ticks after the opening."""
        return self.opens_at + timedelta(seconds=ticks * self.tick)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    tick, days = draw(st.sampled_from(GRAINS))
    first_on = draw(st.sampled_from(FIRST_DAYS))
    midnight = datetime.combine(first_on, datetime.min.time(), UTC)
    # Where a tick is a second, late in the day, so that the horizon is not too far to be walked to.
    earliest = 0 if days else 20 * 3600
    opens_at = midnight + timedelta(seconds=tick * draw(st.integers(earliest // tick, 86_400 // tick)))
    ticks = days * 86_400 // tick if days else 900
    return Frame(tick, first_on, days, opens_at, ticks)


@st.composite
def day_hours(draw: st.DrawFn, frame: Frame) -> tuple[Hours, ...]:
    """The windows of a day, disjoint, the last one perhaps until 24:00."""
    unit = max(1, frame.tick // 60)
    # Where a tick is a second, windows of minutes around the opening; else any time of day, or none at all.
    start = 60 * frame.opens_at.hour + frame.opens_at.minute
    low, high = (max(0, start - 20), min(1440, start + 90)) if frame.tick < 60 else (0, 1440 // unit)
    edges = draw(st.lists(st.integers(low, high), min_size=2, max_size=6, unique=True).map(sorted))
    minutes = [edge * unit for edge in edges]
    return tuple(f"{time(a)}-{time(b)}" for a, b in zip(minutes[::2], minutes[1::2], strict=False))


def time(minutes: int) -> str:
    """Minutes after midnight, as a time of day."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def calendars(draw: st.DrawFn, frame: Frame, id_: str = "calendar") -> Calendar:
    """A calendar for about the days of the frame; its zone may change its offset in them."""
    last_on = frame.first_on + timedelta(days=frame.days + draw(st.integers(0, 3)) % 3)
    # Seldom not back to the opening, or not until the end.
    begins_late = frame.days > 0 and draw(st.integers(0, 7)) == 7
    first_on = frame.first_on + timedelta(days=1 if begins_late else -1)
    days = [first_on + timedelta(days=n) for n in range((last_on - first_on).days + 1)]
    drawn = draw(st.lists(day_hours(frame), min_size=1, max_size=2))
    pattern = st.sampled_from([*drawn, ("00:00-24:00",), ("08:00-17:00",)])
    some_days = st.lists(st.sampled_from(days), max_size=1)
    return Calendar(
        id=id_,
        version=1,
        time_zone="Somewhere/Else",
        first_on=first_on,
        last_on=last_on,
        weekly=tuple(draw(st.lists(pattern, min_size=7, max_size=7))),
        offsets=draw(offsets(frame, first_on)),
        holidays=tuple(draw(some_days)),
        exceptions=tuple(Day(on, draw(pattern | st.just(()))) for on in draw(some_days)),
    )


@st.composite
def offsets(draw: st.DrawFn, frame: Frame, first_on: date) -> tuple[OffsetChange, ...]:
    """An offset, and changes of it at any instant of the frame."""
    offset = draw(st.sampled_from(OFFSETS if frame.days else (0, 3600)))
    start = datetime.combine(first_on, datetime.min.time(), UTC) - timedelta(seconds=offset)
    found = [OffsetChange(start, offset)]
    for ticks in sorted(draw(st.lists(st.integers(0, frame.ticks), max_size=2, unique=True))):
        offset += draw(st.sampled_from(SHIFTS))
        if abs(offset) < 86_400 and frame.after(ticks) > start:
            found.append(OffsetChange(frame.after(ticks), offset))
    return tuple(found)


@st.composite
def targets(draw: st.DrawFn, frame: Frame) -> Targets:
    """Four targets, zero among them."""
    ticks = st.sampled_from([0, 1]) | st.integers(1, frame.ticks // 6) | st.integers(1, frame.ticks)
    low, normal, high, urgent = (draw(ticks) * frame.tick for _ in range(4))
    return Targets(low, normal, high, urgent)


@st.composite
def policies(
    draw: st.DrawFn, frame: Frame, calendar: st.SearchStrategy[Calendar], covers: Covers, version: int
) -> Policy:
    """A policy for some of the clocks that it may have."""
    some = st.lists(st.sampled_from(CLOCKS[covers]), min_size=1, unique=True)
    chosen = draw(some) if draw(st.integers(0, 2)) == 2 else CLOCKS[covers]
    return Policy(
        id=covers.value,
        version=version,
        organisation=ORGANISATIONS[covers][0],
        covers=covers,
        in_force_from=LONG_AGO,
        clocks=tuple(
            ClockTerms(
                clock,
                draw(targets(frame)),
                draw(st.booleans()),
                tuple(sorted(draw(st.sets(st.integers(1, 99), max_size=2)))),
            )
            for clock in chosen
        ),
        calendar=draw(calendar),
        on_change=draw(st.sampled_from(OnChange)),
    )
