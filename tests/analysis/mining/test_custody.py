"""Where time goes, of any legal history, is what the clocks know of who had a case, and when it waited."""

from __future__ import annotations

from collections import Counter

from hypothesis import given

from casecore.analysis.histories import history_of
from casecore.analysis.mining.questions import By
from casecore.analysis.mining.waits import waits
from casecore.analysis.personal import Pseudonyms
from casecore.analysis.selection import Selection
from casecore.analysis.tables.events import event_rows
from casecore.clocks.custody import Custodian
from casecore.clocks.evaluation import Evaluation, evaluate
from casecore.clocks.instants import micros
from casecore.clocks.life import Piece
from tests.analysis.mining.logs import table
from tests.clocks.random_cases import RandomCase, random_cases
from tests.evaluation.stories import case_of_events, stored_events
from tests.profiles import scaled

STATUS = {Custodian.RESOLVED: "resolved", Custodian.CUSTOMER: "waiting"}


@given(random_cases())
@scaled(0.7)
def test_every_organisation_had_the_case_as_long_as_the_clocks_say(case: RandomCase) -> None:
    evaluation = evaluate(case_of_events(case.events).history(), micros(case.at))

    found = waits(events_of(case), By.ORGANISATION, at=case.at).to_pylist()

    assert {(one["place"], one["status"]): int(one["total_seconds"] * 1_000_000) for one in found} == (
        +custody(evaluation) if evaluation else {}
    )
    # And all of it is the case's age
    assert sum(one["total_seconds"] for one in found) * 1_000_000 == (evaluation.age if evaluation else 0)


@given(random_cases())
@scaled(0.5)
def test_the_case_was_in_each_state_and_at_each_level_as_long_as_the_clocks_say(case: RandomCase) -> None:
    evaluation = evaluate(case_of_events(case.events).history(), micros(case.at))
    pieces = evaluation.life.pieces if evaluation else []

    for by, name in ((By.STATE, "state"), (By.LEVEL, "level")):
        found = Counter[str | None]()
        for one in waits(events_of(case), by, at=case.at).to_pylist():
            found[one["place"]] += int(one["total_seconds"] * 1_000_000)
        expected = Counter[str | None]()
        for piece in pieces:
            place = getattr(piece, name)
            expected[place and place.value] += ends(piece, micros(case.at)) - piece.start
        assert found == +expected


def events_of(case: RandomCase) -> object:
    """The table of a case's events, as an export has it."""
    history = history_of(stored_events(case.events), Selection(personal=True), Pseudonyms(b"k" * 32))
    assert history is not None
    return table(list(event_rows(history)))


def custody(evaluation: Evaluation) -> Counter[tuple[str, str]]:
    """How long each had the case, opening hours not taken off."""
    found = Counter[tuple[str, str]]()
    for start, end, by, _ in evaluation.custody_periods:
        status = STATUS.get(by.custodian, "open")
        found[by.organisation, status] += (evaluation.at if end is None else min(end, evaluation.at)) - start
    return found


def ends(piece: Piece, at: int) -> int:
    return at if piece.end is None else min(piece.end, at)
