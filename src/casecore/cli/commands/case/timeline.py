"""A case's timeline, for a person: what happened, in the words of the log it is from, and who did it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from casecore.cli.output import Columns, PrintedColumn, number, print_table, short
from casecore.cli.zone import in_zone
from casecore.clocks.instants import micros
from casecore.clocks.revisions import LATE_AFTER
from casecore.contract.envelope import Source
from projections.timeline.queries import TimelineEvent


class _Clock(msgspec.Struct):
    """Of an event's body: the clock that it is about, if it is about one."""

    clock: str | None = None
    level: str | None = None
    percent: int | None = None


class _Named(msgspec.Struct):
    person: str


class _Body(msgspec.Struct):
    data: _Clock
    on_behalf_of: _Named | None = None
    source: Source | None = None


_body = msgspec.json.Decoder(_Body).decode


def print_timeline(case: str, timeline: list[TimelineEvent]) -> None:
    """A case's events, for a person, at 80 columns."""
    print_table(f"Timeline of {case}", _TIMELINE, list(_with_late(timeline)))


class _TimelineLine(NamedTuple):
    """An event, and whether it was recorded late."""

    event: TimelineEvent
    is_late: bool


def _with_late(timeline: Sequence[TimelineEvent]) -> Iterator[_TimelineLine]:
    known_since = timeline[0].recorded_at if timeline else None
    last: datetime | None = None
    for event in timeline:
        late = is_recorded_late(event, last, None if last is None else known_since)
        yield _TimelineLine(event, late)
        last = event.occurred_at if last is None else max(last, event.occurred_at)


def is_recorded_late(event: TimelineEvent, last: datetime | None, known_since: datetime | None) -> bool:
    """Whether it was recorded long after it happened, or after something that happened later.

    `last` is when the last thing happened that was recorded before it; `known_since` when the case was
    recorded, for all but the opening: what happened before that could not be recorded in time. What is
    imported is not late: its system had it in time.
    """
    if _body(event.body).source is not None or event.implied:
        return False
    if last is not None and event.occurred_at < last:
        return True
    after = micros(event.recorded_at) - micros(event.occurred_at)
    return after > LATE_AFTER and (known_since is None or known_since < event.occurred_at)


def _what_and_when(line: _TimelineLine) -> str:
    what = what_happened(line.event)
    return f"{what}, recorded {in_zone(line.event.recorded_at)}" if line.is_late else what


def what_happened(event: TimelineEvent) -> str:
    """The event in a few words, with the clock that it is about, or the activity of the log it is from."""
    body = _body(event.body)
    what = event.type.replace("_", " ")
    if body.data.clock is not None:
        level = f" at {body.data.level.replace('_', ' ')}" if body.data.level else ""
        share = f", {body.data.percent} %" if body.data.percent is not None else ""
        what = f"{what}: {body.data.clock.replace('_', ' ')}{level}{share}"
    if event.internal:
        what = f"{what}, internal"
    if body.source is not None:
        what = f"{what}: {body.source.activity}"
    return f"{what} (implied)" if event.implied else what


def who_did_it(event: TimelineEvent) -> str:
    """The person of the log it was imported from, if that names one; else who gave the command, for whom."""
    body = _body(event.body)
    if body.source is not None and body.source.person is not None:
        return body.source.person.text
    return f"{event.person} for {body.on_behalf_of.person}" if body.on_behalf_of else event.person


def timeline_fields(event: TimelineEvent) -> dict[str, object]:
    """An event for a program; of an imported row `source` has the person and all attributes, in one shape."""
    source = _body(event.body).source
    fields = {**event._asdict(), "changed": msgspec.Raw(event.changed), "body": msgspec.Raw(event.body)}
    if source is not None:
        fields["source"] = {"person": source.person, "attributes": source.described()}
    return fields


_TIMELINE: Columns[_TimelineLine] = (
    number("", lambda line: line.event.version),
    short("occurred", lambda line: line.event.occurred_at),
    PrintedColumn("what", _what_and_when),
    PrintedColumn("by", lambda line: who_did_it(line.event)),
    short("state", lambda line: line.event.state),
    PrintedColumn("agent", lambda line: line.event.agent),
)
