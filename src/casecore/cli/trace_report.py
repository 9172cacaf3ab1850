"""A trace for a person: where the events are, and in sentences what is not where it will be."""

from __future__ import annotations

from collections.abc import Iterator

from casecore.app.trace.result import Trace, TracedEvent, TracedView
from casecore.audit.record_places import RecordState
from casecore.cli.output import Columns, PrintedColumn, number, print_lines, print_table, screen, short
from casecore.cli.stream_commands import type_in_words
from casecore.cli.zone import in_zone
from projections.kit.reading.stream_in_view import ParkedStream

_NO_OFFSET: dict[RecordState, str] = {
    "not_published": "not published yet",
    "missing": "MISSING",
    "unknown": "unknown",
}

_EVENTS: Columns[TracedEvent] = (
    number("version", lambda event: event.version),
    number("position", lambda event: event.position),
    PrintedColumn("what", lambda event: type_in_words(event.type)),
    short("recorded", lambda event: event.recorded_at),
    PrintedColumn("offset", lambda event: _offset(event)),
)


_VIEWS: Columns[TracedView] = (
    PrintedColumn("view", lambda view: view.view),
    number("version", lambda view: view.version),
    PrintedColumn("state", lambda view: _view_state(view)),
)


def print_trace(trace: Trace) -> None:
    """Print a trace, for 80 columns; only a name may be longer, and remains whole."""
    for line in _heading(trace):
        screen.print(line, markup=False, soft_wrap=True)
    if trace.events:
        shown = len(trace.events)
        of_all = f", the latest of {shown + trace.earlier:,}; --all for the rest" if trace.earlier else ""
        print_table(f"Events ({shown:,}{of_all})", _EVENTS, trace.events)
        if trace.views:
            print_table(f"Views, asked for version {trace.events[-1].version}", _VIEWS, trace.views)
    if notes := list(what_to_know(trace)):
        screen.print()
        print_lines(notes)


def what_to_know(trace: Trace) -> Iterator[str]:
    """What is not there yet, or needs a look, a sentence or two for each."""
    if trace.topics_error is not None:
        yield f"The topics cannot be read: {trace.topics_error}"
    yield from _of_records(trace)
    behind = [view.view for view in trace.views if view.state == "not_folded" and view.parked is None]
    if behind and trace.events:
        yield f"Not folded yet by {', '.join(behind)}."
    yield from _of_parked(trace)
    yield from _of_skipped(trace)
    if trace.stream.kind is not None and not trace.views:
        yield "No view reads this stream."
    for view in trace.views:
        if view.error is not None:
            yield f"{view.view} cannot be asked: {view.error}"


def _of_records(trace: Trace) -> Iterator[str]:
    late = _versions(trace, "not_published")
    if late:
        yield f"Not published yet: {late}. Is the relay running? See `casecore status`."
    lost = _versions(trace, "missing")
    if lost:
        yield f"Missing in the topic, although later events are there: {lost}. See `casecore audit`."
    others = _versions(trace, "differs")
    if others:
        yield f"The record is not what was stored: {others}. See `casecore audit`."


def _of_parked(trace: Trace) -> Iterator[str]:
    """Once for all views that stopped at the same record for the same reason."""
    found: dict[tuple[object, ...], list[tuple[str, ParkedStream]]] = {}
    for view in trace.views:
        if (parked := view.parked) is not None:
            same = (parked.topic, parked.partition, parked.offset, parked.reason, parked.detail)
            found.setdefault((*same, parked.records), []).append((view.view, parked))
    for all_of_it in found.values():
        views, (_, first) = [view for view, _ in all_of_it], all_of_it[0]
        since = min(parked.parked_at for _, parked in all_of_it)
        records = "1 record" if first.records == 1 else f"{first.records:,} records"
        yield f"Parked in {', '.join(views)} since {in_zone(since)}: {first.reason}"
        yield f"  {first.detail}"
        yield f"  {records}, the first at {first.topic}[{first.partition}], offset {first.offset}"
        yield "  See `casecore quarantine list`."


def _of_skipped(trace: Trace) -> Iterator[str]:
    found: dict[tuple[int, str, str], list[str]] = {}
    for view in trace.views:
        for left in view.skipped:
            found.setdefault((left.version, left.reason, left.decision), []).append(view.view)
    for (version, reason, decision), views in sorted(found.items()):
        yield f"Left out of {', '.join(views)}: a record of version {version} ({reason}), because: {decision}"


def _heading(trace: Trace) -> Iterator[str]:
    stream, receipt = trace.stream, trace.receipt
    if receipt is not None:
        yield f"command {receipt.command_id}"
        yield f"  receipt  {in_zone(receipt.recorded_at)}, {_stored(receipt.events, receipt.version)}"
    yield " ".join(filter(None, (stream.kind, stream.name))) or "a stream of a kind that is unknown here"
    yield f"  stream   {stream.stream_id}, now at version {stream.version}"
    if trace.events and trace.events[0].topic is not None:
        yield f"  topic    {trace.events[0].topic}, partition {trace.events[0].partition}"


def _stored(events: int, version: int) -> str:
    if not events:
        return "nothing to change, so no event"
    if events == 1:
        return f"1 event, version {version}"
    return f"{events} events, versions {version - events + 1} to {version}"


def _offset(event: TracedEvent) -> str:
    if event.offset is None:
        return _NO_OFFSET[event.record]
    return f"{event.offset}, DIFFERS" if event.record == "differs" else f"{event.offset}"


def _view_state(view: TracedView) -> str:
    if view.parked is not None:
        return "folded; PARKED later" if view.state == "folded" else "PARKED"
    return {"folded": "folded", "not_folded": "not folded yet", "unavailable": "unknown"}[view.state]


def _versions(trace: Trace, record: RecordState) -> str:
    """The versions whose records are in a state: `version 3`, `versions 3 to 5`, `versions 3, 5`, or none."""
    found = [event.version for event in trace.events if event.record == record]
    if len(found) < 2:
        return "".join(f"version {version}" for version in found)
    is_row = found[-1] - found[0] == len(found) - 1
    return f"versions {found[0]} to {found[-1]}" if is_row else f"versions {', '.join(map(str, found))}"
