"""A case's timeline, for a person: what happened, in the words of the log it is from, and who did it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from casecore.app.seen.about import EventAbout, LateMarks, read_about
from casecore.cli.output import Columns, PrintedColumn, number, print_table, short
from casecore.cli.zone import in_zone
from projections.timeline.queries import TimelineEvent


def print_timeline(case: str, timeline: list[TimelineEvent]) -> None:
    """A case's events, for a person, at 80 columns."""
    print_table(f"Timeline of {case}", _TIMELINE, list(_with_late(timeline)))


class _TimelineLine(NamedTuple):
    """An event, and whether it was recorded late."""

    event: TimelineEvent
    is_late: bool


def _with_late(timeline: Sequence[TimelineEvent]) -> Iterator[_TimelineLine]:
    late = LateMarks()
    for event in timeline:
        imported = event.implied or read_about(event.body).source is not None
        yield _TimelineLine(event, late.is_late(event.occurred_at, event.recorded_at, imported))


def _what_and_when(line: _TimelineLine) -> str:
    what = what_happened(line.event)
    return f"{what}, recorded {in_zone(line.event.recorded_at)}" if line.is_late else what


def what_happened(event: TimelineEvent) -> str:
    """The event in a few words, with the clock that it is about, or the activity of the log it is from."""
    return in_words(event.type, read_about(event.body), event.internal, event.implied)


def in_words(kind: str, about: EventAbout, internal: bool, implied: bool) -> str:
    """An event of this type in a few words."""
    what = kind.replace("_", " ")
    clock = about.data
    if clock.clock is not None:
        level = f" at {clock.level.replace('_', ' ')}" if clock.level else ""
        share = f", {clock.percent} %" if clock.percent is not None else ""
        what = f"{what}: {clock.clock.replace('_', ' ')}{level}{share}"
    if internal:
        what = f"{what}, internal"
    if about.source is not None:
        what = f"{what}: {about.source.activity}"
    return f"{what} (implied)" if implied else what


def who_did_it(event: TimelineEvent) -> str:
    """The person of the log it was imported from, if that names one; else who gave the command, for whom."""
    return who_acted(event.person, read_about(event.body))


def who_acted(person: str, about: EventAbout) -> str:
    """The person of the log that an event is from, if that names one; else who acted, and for whom."""
    if about.source is not None and about.source.person is not None:
        return about.source.person.text
    return f"{person} for {about.on_behalf_of.person}" if about.on_behalf_of else person


def timeline_fields(event: TimelineEvent) -> dict[str, object]:
    """An event for a program; of an imported row `source` has the person and all attributes, in one shape."""
    source = read_about(event.body).source
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
