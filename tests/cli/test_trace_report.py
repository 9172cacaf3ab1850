"""A trace says in sentences what is not where it will be, and how the program ends follows from it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from rich.console import Console

from casecore.app.trace.result import Trace, TracedEvent, TracedStream, TracedView, ViewState
from casecore.audit.record_places import RecordState
from casecore.cli import output, trace_report
from casecore.cli.commands.trace import exit_after
from casecore.cli.exits import Exit
from casecore.cli.trace_report import print_trace, what_to_know
from casecore.store.receipts import StoredReceipt
from projections.kit.reading.stream_in_view import ParkedStream
from tests.cli.asking import error_of, use

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
STREAM = TracedStream("case", "C-" + "7K3M92QF" * 12, UUID(int=2**127 + 7), 19)
PARKED = ParkedStream("casecore.cases", 7, 4711, "newer_word", "no priority 'top' is known; " * 9, AT, 3)


def event(version: int, record: RecordState = "published") -> TracedEvent:
    offset = 2_000_000_000 + version if record in ("published", "differs") else None
    wire_name = "casecore.case.service_level_miss_withdrawn.v1"
    return TracedEvent(
        version=version,
        position=9_000_000_000 + version,
        type=wire_name,
        recorded_at=AT,
        command_id=UUID(int=1),
        topic="casecore.cases",
        partition=7,
        offset=offset,
        record=record,
    )


def view(
    name: str, state: ViewState = "folded", parked: ParkedStream | None = None, error: str | None = None
) -> TracedView:
    return TracedView(name, state, None if error else 18, parked, [], error)


FOLDED = view("workload")


def trace(
    *events: TracedEvent,
    views: tuple[TracedView, ...] = (FOLDED,),
    error: str | None = None,
    receipt: StoredReceipt | None = None,
) -> Trace:
    return Trace("C-1", receipt, STREAM, list(events), 0, error, list(views))


@pytest.mark.parametrize(
    ("found", "says", "code"),
    [
        (trace(event(1), views=(view("sla"),)), "", Exit.DONE),
        (trace(event(4, "not_published")), "Not published yet: version 4. ", Exit.DONE),
        (
            trace(event(3), event(4, "not_published"), event(5, "not_published")),
            "Not published yet: versions 4 to 5. ",
            Exit.DONE,
        ),
        (
            trace(event(3, "missing"), event(4), event(5, "missing")),
            "Missing in the topic, although later events are there: versions 3, 5. ",
            Exit.DIFFERENCE,
        ),
        (
            trace(event(3, "differs")),
            "The record is not what was stored: version 3. See `casecore audit`.",
            Exit.DIFFERENCE,
        ),
        (
            trace(event(1), views=(view("sla", "not_folded"), view("timeline"), view("x", "not_folded"))),
            "Not folded yet by sla, x.",
            Exit.DONE,
        ),
        (
            trace(
                event(1), views=(view("sla", "not_folded", PARKED), view("timeline", "not_folded", PARKED))
            ),
            "Parked in sla, timeline since 2026-03-02 10:30:00 CET: newer_word\n  no priority 'top' is known",
            Exit.DIFFERENCE,
        ),
        (trace(event(1), views=()), "No view reads this stream.", Exit.DONE),
        (
            trace(event(1, "unknown"), error="nobody listens"),
            "The topics cannot be read: nobody listens",
            Exit.UNAVAILABLE,
        ),
        (
            trace(event(1), views=(view("sla", "unavailable", error="there is no view sla"),)),
            "sla cannot be asked: there is no view sla",
            Exit.UNAVAILABLE,
        ),
        (
            trace(event(1, "unknown"), views=(view("sla", "folded", PARKED),), error="nobody listens"),
            "The topics cannot be read: nobody listens\nParked in sla since",
            Exit.DIFFERENCE,
        ),
    ],
)
def test_what_is_not_there_is_named_and_what_needs_a_look_ends_with_5(
    found: Trace, says: str, code: Exit
) -> None:
    said = "\n".join(what_to_know(found))
    assert said.startswith(says)
    assert bool(said) == bool(says)
    assert exit_after(found) is code


def test_it_fits_80_columns_but_for_a_long_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given large numbers, a long name, and a command that stored several events
    narrow = Console(width=80)
    monkeypatch.setattr(output, "screen", narrow)
    monkeypatch.setattr(trace_report, "screen", narrow)
    receipt = StoredReceipt(UUID(int=1), STREAM.stream_id, 19, 2, AT)
    views = (view("workload", "folded", PARKED),)
    # When it is printed
    print_trace(trace(event(18), event(19, "not_published"), views=views, receipt=receipt))
    # Then the name remains whole, and nothing else is cut or wider
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert f"case {STREAM.name}" in lines
    assert max(len(line) for line in lines if STREAM.name not in line) <= 80  # type: ignore[operator]
    assert "2 events, versions 18 to 19" in printed
    assert "2000000018" in printed
    assert "…" not in printed


def test_a_command_that_changed_nothing_has_no_events(capsys: pytest.CaptureFixture[str]) -> None:
    print_trace(trace(views=(view("sla"),), receipt=StoredReceipt(UUID(int=1), STREAM.stream_id, 19, 0, AT)))
    printed = capsys.readouterr().out
    assert "nothing to change, so no event" in printed
    assert "Events" not in printed
    assert "Views" not in printed


def test_a_strange_name_is_not_found(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(database, monkeypatch)
    for asked in ("", "x" * 5_000, "hex:00", "C-1\x00"):
        assert "there is no case, licence package or party" in error_of("trace", asked, exits=3)
    assert "UTF-8" in error_of("trace", "C-\udcff", exits=2)
    assert "no receipt" in error_of("trace", "{00000000-0000-4000-8000-000000000001}", exits=3)
