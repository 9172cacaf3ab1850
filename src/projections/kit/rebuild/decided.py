"""What is decided about single records of a live view, which holds for a second build of it too."""

from __future__ import annotations

from collections.abc import Mapping

from casecore.postgres.connection import Connection
from projections.kit.errors import QuarantineChanged
from projections.kit.fold.records import RecordPlace
from projections.kit.fold.verdicts import Park, Reason, Skip, Verdict
from projections.kit.rebuild import statements
from projections.kit.tables.statement import statement


def load_verdicts(connection: Connection, schema: str, *, parked: bool) -> dict[RecordPlace, Verdict]:
    """The records that an operator skipped; with `parked` also the first one of each key in quarantine."""
    found: dict[RecordPlace, Verdict] = {}
    if parked:
        for row in connection.execute(statement(statements.QUARANTINED_PLACES, schema=schema)):
            found[RecordPlace(*row)] = Park(Reason.STANDS_PARKED, "it is parked in the live view")
    for row in connection.execute(statement(statements.SKIPPED_PLACES, schema=schema)):
        found[RecordPlace(*row)] = Skip()
    return found


def skips(verdicts: Mapping[RecordPlace, Verdict]) -> dict[RecordPlace, Verdict]:
    """Those that an operator decided to leave out."""
    return {place: verdict for place, verdict in verdicts.items() if isinstance(verdict, Skip)}


def still_valid(
    view: str, then: Mapping[RecordPlace, Verdict], now: dict[RecordPlace, Verdict]
) -> dict[RecordPlace, Verdict]:
    """The verdicts of now, if what was built by those of then still holds; else raises QuarantineChanged.

    What the runner has parked since then lies beyond what was built.
    """
    for place in then.keys() | now.keys():
        newly_parked = place not in then and isinstance(now[place], Park)
        if then.get(place) != now.get(place) and not newly_parked:
            raise QuarantineChanged(view)
    return now
