"""Random histories of billing, each as runs may have recorded it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from random import Random
from uuid import UUID

from hypothesis import strategies as st

from casecore.contract.billing import CorrectionReason
from casecore.contract.wire import StoredEvent
from tests.billing.histories import OWED_BY, Books

RATES = (Decimal("19"), Decimal("16"), Decimal("7.5"))
NETS = (9_900, 9_999, 1, 0)
_STEPS = (
    "fall_due",
    "fall_due",
    "fall_due",
    "reverse",
    "bill",
    "settle",
    "correct",
    "rate",
    "price",
    "hold",
    "memo",
)


@st.composite
def books(draw: st.DrawFn, most: int = 40) -> Books:
    """What runs may have recorded, in any order that they can."""
    found = Books()
    for step in draw(st.lists(st.sampled_from(_STEPS), min_size=20, max_size=most)):
        _do(found, step, draw)
    return found


def _do(found: Books, step: str, draw: st.DrawFn) -> None:
    match step:
        case "fall_due":
            found.fall_due(draw(st.sampled_from(list(OWED_BY))), draw(st.integers(2020, 2025)))
        case "reverse":
            valid = [key for key, charge in found.charges.items() if not charge.is_reversed]
            if valid:
                found.reverse(*draw(st.sampled_from(valid)))
        case "bill":
            for buyer in sorted(draw(st.sets(st.sampled_from(["practice", "nord", "wien"]), min_size=1))):
                found.bill(buyer)
        case "settle":
            found.settle(draw(st.sampled_from(["nord", "wien"])), draw(st.integers(2020, 2025)))
        case "correct":
            for reason in draw(st.permutations(list(CorrectionReason))):
                found.correct(reason)
        case _:
            _do_other(found, step, draw)


def _do_other(found: Books, step: str, draw: st.DrawFn) -> None:
    """The steps that change no charge at once."""
    match step:
        case "rate":
            found.rate(draw(st.sampled_from(RATES)))
        case "price":
            found.price(draw(st.sampled_from(NETS)))
        case "memo":
            found.memo("nord", draw(st.sampled_from(["a", "b"])))
        case _:
            draw(st.sampled_from([found.hold, found.release]))("wien")


def in_another_order(events: Sequence[StoredEvent], chance: Random) -> list[StoredEvent]:
    """The same events, each stream's in its own order, and the streams mixed."""
    queues: dict[UUID, list[StoredEvent]] = {}
    for event in events:
        queues.setdefault(event.stream_id, []).append(event)
    other: list[StoredEvent] = []
    while queues:
        key = chance.choice(list(queues))
        other.append(queues[key].pop(0))
        if not queues[key]:
            del queues[key]
    return other
