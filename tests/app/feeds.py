"""Histories for the event feed: events of all kinds, who may see each, and a log that publishes them."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from hypothesis import strategies as st

from casecore.contract.streams import case_stream_id, package_stream_id
from casecore.contract.wire import StoredEvent

ORGANISATIONS = ("nord", "sued", "praxis", "vendor")
GOLDEN = Path("schemas/golden")

OWNERS = {
    "casecore.service_level.calendar_published.v1": (("organisation",), False),
    "casecore.service_level.policy_published.v1": (("policy", "organisation"), False),
    "casecore.party.changed.v1": (("party",), True),
    "casecore.billing.maintenance_price_set.v1": ((), True),
    "casecore.billing.maintenance_fee_fell_due.v1": (("charge", "owed_by"), True),
    "casecore.billing.document_issued.v1": (("buyer",), True),
    "casecore.billing.settlement_closed.v1": (("seller",), True),
    "casecore.billing.buyer_held.v1": (("buyer",), True),
    "casecore.billing.fee_agreed.v1": (("party",), False),
    "casecore.billing.fee_memo_recorded.v1": (("fee", "party"), False),
}
"""Types of events that belong to one organisation: where it stands, and whether the vendor sees them too."""


class Step(NamedTuple):
    """One event of a history: of a case or package by its number, or of an owner alone.

    `parts` are the customer, seller and partner of the case, or the customer and seller of the package, from
    this event on.
    """

    type: str
    subject: int
    parts: tuple[str, ...] = ()
    owner: str = ""
    readers: tuple[str, ...] = ()
    duplicate_of: int | None = None


organisations = st.sampled_from(ORGANISATIONS[:3])
_parts = st.tuples(organisations, organisations, organisations)
_cases = st.integers(1, 4)
_CASE, _PACKAGE = "casecore.case.", "casecore.licence."
steps = st.one_of(
    st.tuples(st.just(_CASE + "taken.v1"), _cases, _parts).map(lambda drawn: Step(*drawn)),
    # Of a newer program
    st.tuples(st.just(_CASE + "put_aside.v7"), _cases, _parts).map(lambda drawn: Step(*drawn)),
    st.tuples(_cases, _parts, st.lists(organisations, max_size=2, unique=True)).map(
        lambda drawn: Step(_CASE + "message_posted.v1", drawn[0], drawn[1], readers=tuple(drawn[2]))
    ),
    st.tuples(_cases, _parts, st.none() | _cases).map(
        lambda drawn: Step(_CASE + "cancelled.v1", drawn[0], drawn[1], duplicate_of=drawn[2])
    ),
    st.tuples(_cases, st.tuples(organisations, organisations)).map(
        lambda drawn: Step(_PACKAGE + "assigned.v1", *drawn)
    ),
    st.tuples(st.sampled_from(sorted(OWNERS)), organisations).map(
        lambda drawn: Step(drawn[0], 0, owner=drawn[1])
    ),
)
histories = st.lists(steps, min_size=10, max_size=60)


def stored(history: Sequence[Step]) -> list[StoredEvent]:
    """The events of a history as the store has them, with gaps between the positions."""
    versions: dict[UUID, int] = {}
    events: list[StoredEvent] = []
    for place, step in enumerate(history, 1):
        stream_id = stream_of(step)
        versions[stream_id] = versions.get(stream_id, 0) + 1
        recorded_at = datetime(2026, 3, 1, 12, place % 60, tzinfo=UTC)
        body = json.dumps(_fact(step)).encode()
        events.append(StoredEvent(3 * place, stream_id, versions[stream_id], step.type, recorded_at, body))
    return events


def stream_of(step: Step) -> UUID:
    """The stream of an event."""
    if step.type.startswith("casecore.case."):
        return case_stream_id(f"C-{step.subject}")
    if step.type.startswith("casecore.licence."):
        return package_stream_id(f"L-{step.subject}")
    return uuid5(NAMESPACE_URL, f"{step.type} {step.owner}")


def _fact(step: Step) -> dict[str, Any]:
    golden = GOLDEN / f"{step.type}.json"
    fact: dict[str, Any] = json.loads((golden if golden.exists() else _TAKEN).read_text())
    data = fact["data"]
    if step.type.startswith("casecore.case."):
        customer, seller, partner = step.parts
        data |= {"reference": f"C-{step.subject}", "customer": customer, "seller": seller}
        data |= {"partner": partner, "vendor": "vendor"}
        data.pop("duplicate_of", None)
        if step.duplicate_of is not None:
            data["duplicate_of"] = f"C-{step.duplicate_of}"
        if step.type == "casecore.case.message_posted.v1":
            data |= {"audience": "internal" if step.readers else "public", "readers": list(step.readers)}
    elif step.type.startswith("casecore.licence."):
        customer, seller = step.parts
        data["licence"] |= {
            "customer": customer,
            "assignments": [{"from_on": "2024-02-29", "seller": seller}],
        }
    elif path := OWNERS[step.type][0]:
        for name in path[:-1]:
            data = data[name]
        data[path[-1]] = step.owner
    return fact


_TAKEN = GOLDEN / "casecore.case.taken.v1.json"


def allowed(history: Sequence[Step], organisation: str) -> list[tuple[str, int, bool]]:
    """What an organisation may hear of a history, by a walk over all of it: type, place in the history from
    1, and whether it is told of which case this one is the duplicate."""
    heard = []
    for place, step in enumerate(history, 1):
        if step.owner:
            seen = step.owner == organisation and bool(OWNERS[step.type][0])
            seen = seen or (organisation == "vendor" and OWNERS[step.type][1])
        else:
            seen = _sees(history, step.type, step.subject, organisation)
            seen = seen and (not step.readers or organisation in step.readers)
        if seen:
            other = step.duplicate_of
            knows = other is not None and _sees(history, step.type, other, organisation)
            heard.append((step.type, place, knows))
    return heard


def _sees(history: Sequence[Step], like: str, subject: int, organisation: str) -> bool:
    """Whether an organisation has a part in a case or package after its last event; the vendor in all."""
    kind = like.split(".")[1]
    of_it = [one for one in history if one.subject == subject and one.type.split(".")[1] == kind]
    return bool(of_it) and (organisation == "vendor" or organisation in of_it[-1].parts)


class ListedLog:
    """A log in memory, as the feed reads it, of which all up to `published` is published."""

    def __init__(self, events: Sequence[StoredEvent], published: int = 0) -> None:
        self.events = events
        self.published = published

    def place(self) -> int:
        """The position up to which it is published."""
        return self.published

    def read(self, after: int, up_to: int, limit: int) -> list[StoredEvent]:
        """At most `limit` events after a position and not after another."""
        return [event for event in self.events if after < event.position <= up_to][:limit]

    def last_of(self, stream_ids: Collection[UUID]) -> dict[UUID, StoredEvent]:
        """The last event of each stream."""
        return {event.stream_id: event for event in self.events if event.stream_id in stream_ids}
