"""The documents of which it is decided that they are issued again, and the fold of them."""

from __future__ import annotations

import msgspec

from casecore.contract.billing import DocumentCorrectionDecided
from casecore.contract.envelope import EventData, Fact


class Corrections(msgspec.Struct, frozen=True):
    """What was decided, by the number of the document; the series says which of them were issued since."""

    decided: dict[str, DocumentCorrectionDecided] = msgspec.field(default_factory=dict)


NO_CORRECTIONS = Corrections()


def evolve(corrections: Corrections | None, fact: Fact[EventData]) -> Corrections:
    """The corrections after a fact; never fails on a fact that was decided."""
    data = fact.data
    if not isinstance(data, DocumentCorrectionDecided):
        raise TypeError(f"{type(data).__name__} is not an event of documents that are issued again")
    before = corrections or NO_CORRECTIONS
    return Corrections({**before.decided, data.document: data})
