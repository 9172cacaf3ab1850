"""What `casecore subscribe` takes as the place to begin, and how it shows an event on a line."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from casecore.app.subscribing.wanted import Beginning, FromInstant, FromNow, FromPosition, FromZero
from casecore.cli.commands.subscribe.command import read_beginning
from casecore.cli.commands.subscribe.event_lines import EventLines
from casecore.contract.wire import StoredEvent
from casecore.errors.kinds import InvalidInput
from tests.cli.asking import error_of

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("given", "means"),
    [
        ("now", FromNow()),
        ("zero", FromZero()),
        ("beginning", FromZero()),
        ("1200", FromPosition(1200)),
        ("2026-03-02", FromInstant(datetime(2026, 3, 1, 23, tzinfo=UTC))),
        ("2026-07-02", FromInstant(datetime(2026, 7, 1, 22, tzinfo=UTC))),
        ("2026-03-02T09:30:00Z", FromInstant(datetime(2026, 3, 2, 9, 30, tzinfo=UTC))),
        ("2026-03-02T10:30:00+01:00", FromInstant(datetime(2026, 3, 2, 9, 30, tzinfo=UTC))),
    ],
)
def test_a_beginning_is_read(given: str, means: Beginning) -> None:
    found = read_beginning(given, BERLIN)
    assert type(found) is type(means)
    assert found == means


@pytest.mark.parametrize("given", ["", "yesterday", "2026-02-30", "-1", "2026-03-02T09:30:00", "1" * 19])
def test_what_is_not_one_is_refused_with_what_would_be_right(given: str) -> None:
    with pytest.raises(InvalidInput, match="a day such as 2026-03-02, an instant such as"):
        read_beginning(given, BERLIN)


def test_a_type_that_there_is_not_ends_with_2() -> None:
    assert "no type of event called 'escalated'" in error_of("subscribe", "--types", "escalated", exits=2)


def event(recorded_at: datetime, body: bytes) -> StoredEvent:
    return StoredEvent(1, UUID(int=1), 1, "casecore.case.escalated.v1", recorded_at, body)


def test_a_line_says_what_happened_to_what_and_the_heading_which_time_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    body = (
        b'{"occurred_at":"2026-03-02T08:00:00Z","actor":{"person":"ida","organisation":"nord"},'
        b'"data":{"reference":"C-1","standing":{"state":"escalated_l1"}}}'
    )
    lines = EventLines(BERLIN)
    lines.print(event(datetime(2026, 3, 2, 9, 30, tzinfo=UTC), body))
    lines.print(event(datetime(2026, 7, 2, 9, 30, tzinfo=UTC), b"{}"))
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert printed == [
        ["recorded", "(CET)", "what", "about", "by", "state"],
        ["2026-03-02", "10:30:00", "case.escalated", "C-1", "ida", "(nord)", "escalated_l1"],
        ["recorded", "(CEST)", "what", "about", "by", "state"],
        ["2026-07-02", "11:30:00", "case.escalated"],
    ]
