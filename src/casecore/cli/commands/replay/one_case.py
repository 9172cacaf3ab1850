"""Prints how a case stood on a day and came there, at 80 columns, and gives the same to a program."""

from __future__ import annotations

from casecore.app.replay.one_case import Place, Replay, ReplayedEvent
from casecore.app.seen.past_case import PastCase
from casecore.app.service_levels.as_of import AsOf
from casecore.cli.commands.case.timeline import in_words, who_acted
from casecore.cli.output import Columns, PrintedColumn, number, print_lines, print_table, screen, short
from casecore.cli.zone import in_zone


def print_replay(found: Replay) -> None:
    """A case as it stood, the events that led there, and what of that time became known later."""
    screen.print(f"{found.reference} {known_as(found.as_of)}", markup=False, soft_wrap=True)
    if found.case is not None:
        print_lines(standing_lines(found.case))
    else:
        screen.print(nothing_known(found), markup=False)
    if found.events:
        print_table(f"What had happened ({len(found.events):,})", _EVENTS, found.events)
    if found.known_later:
        title = f"Known later: happened by then, and recorded after it ({len(found.known_later):,})"
        print_table(title, _KNOWN_LATER, found.known_later)


def known_as(as_of: AsOf) -> str:
    """As of when, and by which knowledge."""
    known = f"as recorded by {in_zone(as_of.recorded_by)}" if as_of.recorded_by else "as known now"
    return f"as of {in_zone(as_of.at)}, {known}"


def standing_lines(case: PastCase) -> list[str]:
    """How a case stood, for a person."""
    partner = f", partner {case.partner}" if case.partner else ""
    level = f", {case.level}" if case.level else ""
    lines = [
        f"  stood      {case.state}{level}, {case.priority} priority",
        f"  about      {case.topic} ({case.category})",
        f"  for        {case.customer}, sold by {case.seller}{partner}",
        f"  with       {case.organisation}, {case.agent or 'nobody assigned'}",
        f"  opened     {in_zone(case.opened_at)}; {case.effort_minutes} minutes of effort",
    ]
    if case.waiting_since:
        lines.append(f"  waiting    for the customer since {in_zone(case.waiting_since)}")
    return lines


def nothing_known(found: Replay) -> str:
    """Why nothing is shown as known: all was recorded later, as an import records it."""
    later = len(found.known_later)
    return (
        f"  nothing of it was recorded by then: {later:,} events that had happened were recorded later, as "
        "an import does; without --as-known and --recorded-by they count, as known now"
    )


def what_of(event: ReplayedEvent) -> str:
    """The event in a few words, and whether it was recorded late."""
    what = in_words(event.type, event.about, event.internal, event.implied)
    return f"{what}, LATE" if event.is_late else what


def place_in_words(place: Place | None) -> str | None:
    """Where a case was, and with whom."""
    return None if place is None else f"{place.state}, {place.agent or place.organisation}"


_HAPPENED: Columns[ReplayedEvent] = (
    number("", lambda event: event.version, narrow=True),
    short("occurred", lambda event: event.occurred_at),
    short("recorded", lambda event: event.recorded_at),
    PrintedColumn("what", what_of),
)
_EVENTS: Columns[ReplayedEvent] = (
    *_HAPPENED,
    PrintedColumn("stood", lambda event: place_in_words(event.place)),
)
_KNOWN_LATER: Columns[ReplayedEvent] = (
    *_HAPPENED,
    PrintedColumn("by", lambda event: who_acted(event.person, event.about)),
)


def replay_fields(found: Replay) -> dict[str, object]:
    """The same for a program."""
    return {
        "case": found.reference,
        "at": found.as_of.at,
        "recorded_by": found.as_of.recorded_by,
        "stood": found.case,
        "events": [_event_fields(event, known=True) for event in found.events],
        "known_later": [_event_fields(event, known=False) for event in found.known_later],
    }


def _event_fields(event: ReplayedEvent, known: bool) -> dict[str, object]:
    fields = event._asdict()
    about, place = fields.pop("about"), fields.pop("place")
    fields["what"] = in_words(event.type, about, event.internal, event.implied)
    fields["by"] = who_acted(event.person, about)
    return {**fields, "stood": place} if known else fields
