"""Tables of events for the tests of mining: rows as an export has them, of any history that could be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from casecore.analysis.tables.columns import schema_of, table_of
from casecore.analysis.tables.events import EventRow

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
NO_ROW: dict[str, Any] = {
    **dict.fromkeys(EventRow._fields),
    "type": "",
    "case_id": "",
    "data": "",
    "attributes": [],
    "attribute_types": [],
}


def at(seconds: float) -> datetime:
    """So long after the start of all logs."""
    return START + timedelta(seconds=seconds)


def row(case: str, version: int, activity: str, occurred_at: datetime, **given: Any) -> EventRow:
    """An event; what is not given is as of a case that nobody has taken."""
    usual = {
        "case": case,
        "version": version,
        "position": version,
        "activity": activity,
        "occurred_at": occurred_at,
        "recorded_at": occurred_at,
        "person": "ida",
        "organisation": "nord",
        "role": "seller",
        "implied": False,
        "customer": "praxis",
        "seller": "nord",
        "vendor": "vendor",
        "state": "opened",
        "holder": "nord",
        "category": "technical_support",
        "topic": "recovery",
        "priority": "normal",
    }
    return EventRow(**{**NO_ROW, **usual, **given})


def table(rows: Sequence[EventRow]) -> pa.Table:
    """The rows as a table of an export."""
    return table_of(schema_of(EventRow), rows)


EXAMPLE = table(
    [
        row("C-1", 1, "opened", at(0)),
        row("C-1", 2, "taken", at(3600), state="reseller_l0", level="level_0"),
        row("C-2", 1, "opened", at(600)),
        row("C-2", 2, "taken", at(4200), state="reseller_l0", level="level_0"),
    ]
)
"""Two cases, ten minutes apart, each taken after an hour: what examples in docstrings are about."""

_PLACES = (
    ("opened", None, "nord"),
    ("reseller_l0", "level_0", "nord"),
    ("escalated_l1", "level_1", "vendor"),
    ("partner_support", "partner", "campus"),
    ("resolved", "level_0", "nord"),
    ("resolved", "level_1", "vendor"),
)
_LATE = ("message_posted", "effort_recorded", "activity_noted")
_ACTORS = (("ida", "seller"), ("ole", "vendor"), ("weber", "customer"), ("import:helpdesk", "system"))


@st.composite
def cases(draw: st.DrawFn, reference: str) -> list[EventRow]:
    """A case, as its events were recorded: moves in the order of time, and others that may come late."""
    moved_at = draw(st.integers(0, 50))
    place = _PLACES[0]
    rows: list[EventRow] = []
    for version in range(1, 2 + draw(st.integers(0, 12))):
        moves = version == 1 or (place[0] not in ("closed", "cancelled") and draw(st.booleans()))
        occurred = moved_at
        if moves:
            occurred = moved_at = moved_at + (0 if version == 1 else draw(st.sampled_from((0, 0, 1, 7, 90))))
            activity = "opened" if version == 1 else draw(st.sampled_from(("moved", "waiting_started")))
            if activity == "moved":
                place = draw(st.sampled_from((*_PLACES, ("closed", *place[1:]), ("cancelled", *place[1:]))))
        else:
            occurred = draw(st.integers(rows[0].position, moved_at + 20))
            activity = draw(st.sampled_from((*_LATE, "waiting_ended")))
        rows.append(
            row(
                reference,
                version,
                activity,
                at(occurred / 7),
                position=occurred,
                **_said(draw, place, activity),
            )
        )
    return rows


def _said(draw: st.DrawFn, place: tuple[str, str | None, str], activity: str) -> dict[str, Any]:
    person, role = draw(st.sampled_from(_ACTORS))
    said: dict[str, Any] = {"person": person, "role": role}
    if activity == "message_posted":
        said["sender"] = draw(st.sampled_from(("customer", "agent")))
    if draw(st.booleans()):
        said |= {
            "source": "desk",
            "source_activity": draw(st.sampled_from(("Take", "Resolve"))),
            "source_resource": draw(st.sampled_from((None, "Value 1", "Value 2"))),
            "implied": draw(st.booleans()),
        }
    return {**said, "state": place[0], "level": place[1], "holder": place[2]}


@st.composite
def logs(draw: st.DrawFn) -> list[EventRow]:
    """The events of some cases, in any order."""
    rows = [one for n in range(draw(st.integers(1, 5))) for one in draw(cases(f"C-{n}"))]
    return draw(st.permutations(rows))
