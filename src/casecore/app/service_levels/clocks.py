"""The clocks of cases: of one, explained, in a file of events, and over all of history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from casecore.app.application import Application
from casecore.app.cases import stored_in_pieces
from casecore.app.seen.look import look_at_view
from casecore.app.service_levels.as_of import AsOf, clock_answers, holder_answers, known_by
from casecore.app.service_levels.words import clock_name, second
from casecore.clocks.changes import TermsChange, terms_changes
from casecore.clocks.evaluation import Evaluation, evaluate
from casecore.clocks.explanation import ExplanationLine, explain
from casecore.clocks.instants import instant, micros
from casecore.clocks.reading import ClockReading
from casecore.contract.cases import Level
from casecore.contract.service_levels import Clock, Policy
from casecore.contract.streams import case_stream_id
from casecore.errors.kinds import InvalidInput, NotFound
from casecore.evaluation.case_events import CaseEvents, under
from casecore.evaluation.events_file import parties_of, read_events
from casecore.evaluation.figures import CaseFigures, ClockFigures, clock_figures, figures_of
from casecore.evaluation.histories import case_of
from casecore.store.latest import last_of_streams
from casecore.visibility.cases import sees_case
from casecore.visibility.rules import Viewer
from projections.kit.reading.beside_log import BesideLog
from projections.sla.projection import SLA
from projections.sla.queries import (
    CaseAt,
    CaseClocks,
    ClockAnswer,
    HolderAnswer,
    clocks_beside_log,
)


class ClocksOfCase(NamedTuple):
    """A case's clocks and its custody; `fresh` is whether what answered has come as far as the store."""

    clocks: list[ClockAnswer]
    holders: list[HolderAnswer]
    fresh: bool


class EvaluatedCase(NamedTuple):
    """A case of a file; no figures if it was not opened by then."""

    reference: str
    figures: CaseFigures | None


class Explanation(NamedTuple):
    """A clock of a case at an instant, the times that make up its figure, and by what it was measured."""

    at: datetime
    clock: ClockFigures
    policy: Policy
    lines: list[ExplanationLine]
    terms: list[TermsChange]


class NotOpenedYet(InvalidInput):
    """A case was not opened by then."""


class ClockNotFound(NotFound):
    """A case has no such clock."""


class ClockAmbiguous(InvalidInput):
    """A case has such a clock at several levels."""


def clocks_of_case(
    app: Application, case: str, as_of: AsOf | None = None, viewer: Viewer | None = None
) -> ClocksOfCase:
    """A case's clocks and holders as of an instant, or of now, as new as one's own last command.

    At an instant before the case's last event, and as known earlier, they are computed from the events. No
    internal message is a mark of a clock, so that the figures are the same for everybody. Raises CaseUnknown,
    also for a case that the viewer does not see, NotOpenedYet, KeyParked, ViewMissing, ViewOutdated and
    DatabaseUnavailable.
    """
    head = app.log.head()
    recorded_by = as_of.recorded_by if as_of else None
    known = case_of(known_by(stored_in_pieces(app, case, viewer), recorded_by))
    if known is None:
        raise NotOpenedYet(f"{case} was not recorded by then: name a later time")
    last = max(happened.at for happened in known.events)
    if as_of is not None and (as_of.recorded_by is not None or micros(as_of.at) < last):
        evaluation = _evaluated(known, as_of.at)
        app.freshness.of_events(head, as_of.recorded_by)
        return ClocksOfCase(clock_answers(known, evaluation), holder_answers(evaluation), True)
    which, stream = CaseAt(case, as_of.at if as_of else None), last_of_streams([case_stream_id(case)])

    def look() -> BesideLog[CaseClocks]:
        return app.ask(clocks_beside_log, *stream, which, lambda body: sees_case(viewer, body))

    looked = look_at_view(app, SLA, case, viewer, look)
    clocks, holders = looked.found or CaseClocks([], [])
    return ClocksOfCase(clocks, holders, looked.is_fresh)


def evaluate_file(events: Path, policies: list[Policy], at: datetime) -> Iterator[EvaluatedCase]:
    """The cases of a file of events at an instant; needs no server.

    Raises InvalidEventsFile and OSError, and at the end NotOpenedYet if none of them was opened by then.
    """
    cases = read_events(events, parties_of(policies))
    evaluated = 0
    for case in cases:
        evaluation = evaluate(under(case, policies).history(), micros(at))
        evaluated += evaluation is not None
        figures = figures_of(case.reference, evaluation) if evaluation is not None else None
        yield EvaluatedCase(case.reference, figures)
    if not evaluated:
        raise NotOpenedYet(f"no case was opened by {second(at)}: name a later time")


class WantedClock(NamedTuple):
    """A clock of a case; without a number the last of those that follow each other."""

    clock: Clock
    level: Level | None = None
    number: int | None = None


def explain_clock(
    app: Application, case: str, wanted: WantedClock, as_of: AsOf, viewer: Viewer | None = None
) -> Explanation:
    """The times that make up a clock's figure, with running sums, from the store itself.

    Raises CaseUnknown, also for a case that the viewer does not see, ClockNotFound, ClockAmbiguous,
    NotOpenedYet and DatabaseUnavailable.
    """
    head = app.log.head()
    known = case_of(known_by(stored_in_pieces(app, case, viewer), as_of.recorded_by))
    if known is None:
        raise NotOpenedYet(f"{case} was not recorded by then: name a later time")
    evaluation = _evaluated(known, as_of.at)
    app.freshness.of_events(head, as_of.recorded_by)
    reading = _find(evaluation, case, wanted)
    lines = list(explain(reading, evaluation.at))
    return Explanation(
        instant(evaluation.at),
        clock_figures(reading),
        reading.policy,
        lines,
        terms_changes(evaluation, reading),
    )


def _evaluated(case: CaseEvents, at: datetime) -> Evaluation:
    evaluation = evaluate(case.history(), micros(at))
    if evaluation is None:
        raise NotOpenedYet(f"{case.reference} was not opened by {second(at)}: name a later time")
    return evaluation


def _find(evaluation: Evaluation, reference: str, wanted: WantedClock) -> ClockReading:
    """The one clock that is meant; of several that follow each other the last."""
    found = [
        reading
        for reading in evaluation.clocks
        if reading.key.clock is wanted.clock
        and wanted.level in (None, reading.key.level)
        and wanted.number in (None, reading.key.number)
    ]
    there = ", ".join(_name(reading) for reading in evaluation.clocks)
    if not found:
        raise ClockNotFound(f"{reference} has no such clock; there are: {there or 'none'}")
    if len({reading.key.level for reading in found}) > 1:
        raise ClockAmbiguous(f"{reference} has this clock at several levels: name one ({there})")
    return found[-1]


def _name(reading: ClockReading) -> str:
    key = reading.key
    return clock_name(key.clock.value, key.level.value if key.level else None, key.number)
