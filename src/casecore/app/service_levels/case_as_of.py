"""A case as of an instant and a knowledge, from its events: how it stood, its clocks in times, who had it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from casecore.app.application import Application
from casecore.app.cases import stored_in_pieces
from casecore.app.service_levels.as_of import AsOf, clock_answers, holder_answers, known_by
from casecore.app.service_levels.clocks import NotOpenedYet
from casecore.app.service_levels.words import second
from casecore.clocks.changes import TermsEvent, terms_changes
from casecore.clocks.evaluation import Evaluation
from casecore.clocks.explanation import ExplanationLine, explain
from casecore.clocks.instants import instant, micros
from casecore.clocks.reading import ClockReading
from casecore.evaluation.histories import case_of
from casecore.evaluation.known_case import CaseByThen, known_case
from casecore.visibility.rules import Viewer
from projections.sla.queries import ClockAnswer, HolderAnswer


class ClockInTimes(NamedTuple):
    """A clock, the times that make up its figure, and when it was warned of and started from zero again."""

    clock: ClockAnswer
    lines: list[ExplanationLine]
    warned_at: list[datetime]
    restarted_at: list[datetime]


class CaseAsOf(NamedTuple):
    """A case as of an instant and a knowledge. The seconds of the holders add up to its age."""

    as_of: AsOf
    known: CaseByThen
    clocks: list[ClockInTimes]
    holders: list[HolderAnswer]


def case_as_of(app: Application, case: str, as_of: AsOf, viewer: Viewer | None) -> CaseAsOf:
    """A case as of an instant and a knowledge; its figures are those that `clocks_of_case` answers.

    Whoever sees the case now sees how it stood: what is internal is no part of this. Raises CaseUnknown, also
    for a case that the viewer does not see, NotOpenedYet, TablesMissing and DatabaseUnavailable.
    """
    head = app.log.head()
    events = case_of(known_by(stored_in_pieces(app, case, viewer), as_of.recorded_by))
    if events is None:
        raise NotOpenedYet(f"{case} was not recorded by then: name a later time")
    found = known_case(events, micros(as_of.at))
    if found is None:
        raise NotOpenedYet(f"{case} was not opened by {second(as_of.at)}: name a later time")
    app.freshness.of_events(head, as_of.recorded_by)
    evaluation = found.evaluation
    readings = {_name(reading): reading for reading in evaluation.clocks}
    clocks = [
        _in_times(
            answer, readings[answer.clock, answer.level, answer.organisation, answer.number], evaluation
        )
        for answer in clock_answers(events, evaluation)
    ]
    return CaseAsOf(as_of, found, clocks, holder_answers(evaluation))


def _name(reading: ClockReading) -> tuple[str, str, str, int]:
    key = reading.key
    return (key.clock.value, key.level.value if key.level else "", key.organisation or "", key.number)


def _in_times(answer: ClockAnswer, reading: ClockReading, evaluation: Evaluation) -> ClockInTimes:
    restarts = (
        change.at
        for change in terms_changes(evaluation, reading)
        if change.what is TermsEvent.RESTARTED and change.at <= evaluation.at
    )
    return ClockInTimes(
        clock=answer,
        lines=explain(reading, evaluation.at),
        warned_at=list(_warned(reading, evaluation.at)),
        restarted_at=[instant(at) for at in restarts],
    )


def _warned(reading: ClockReading, at: int) -> Iterator[datetime]:
    """When it was warned of, by then."""
    return (instant(point.at) for point in reading.warnings() if point.at <= at)
