"""From a figure of billing to the events that it came from, as far as the identity sees them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import Annotated, NamedTuple, assert_never

import msgspec

from casecore.api.questions.from_store import from_store
from casecore.api.questions.page import AskedPart, RowCount, asked_place, next_page, part_after
from casecore.api.questions.question import AnyQuestion, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.app.billing.answers import ExplainedFigure, PackageSteps, explain_figure
from casecore.contract.billing import DocumentIssued, SettlementClosed
from casecore.identity.identity import Scope
from casecore.runs.explanation import DocumentSteps, ExplanationStep, LineSteps, SettlementSteps
from casecore.visibility.rules import Viewer

StepOfFigure = shape_of(ExplanationStep, name="StepOfFigure", without=frozenset({"data"}))


class FigureOf(AskedPart, frozen=True):
    """Which figure: a document's number, a package's reference, or SELLER/YEAR of a settlement.

    And which part of its steps.
    """

    figure: Annotated[str, msgspec.Meta(max_length=200)]


class ExplainedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a document, and the events of its charge before the document."""

    package: str
    charge: int
    period_start_on: date
    net_cents: int
    steps: list[StepOfFigure]  # type: ignore[valid-type]


class ExplanationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure came from.

    One of `document`, `settlement` and `package` says what the figure is of. `steps` are its events: the one
    that issued the document; the one that closed the settlement, and those of its documents; or all of the
    package and of its charges. Of a document, `lines` has those behind each line, `terms` prices and rates.
    `next` is the cursor of the next page of the steps, which is as of the same position of the log; null if
    there is none.
    """

    document: DocumentIssued | None = None
    settlement: SettlementClosed | None = None
    package: str | None = None
    steps: list[StepOfFigure]  # type: ignore[valid-type]
    lines: list[ExplainedLine] = []
    terms: list[StepOfFigure] = []  # type: ignore[valid-type]
    next: str | None


class _StepPlace(NamedTuple):
    """Behind so many steps of a figure as of a position of the log."""

    as_of_position: RowCount
    steps: RowCount


def explanation(app: Application, viewer: Viewer, asked: FigureOf) -> ExplanationAnswer:
    """The events that a figure came from."""
    begun = asked_place(asked, _StepPlace)
    if begun is None:
        found = from_store(app, lambda: explain_figure(app, asked.figure, viewer))
    else:  # as of the first page it is not as new as the store
        found = explain_figure(app, asked.figure, viewer, begun.as_of_position)
    all_steps = _steps_of(found)
    # The last event that is answered says as of when, and nothing of what others did since.
    place = partial(_StepPlace, max(one.position for one in all_steps))
    page = part_after(asked, all_steps, begun.steps if begun else 0, place)
    answer = partial(ExplanationAnswer, steps=_steps(page.rows), next=page.next)
    match found:
        case DocumentSteps():
            return answer(
                document=found.document,
                lines=[_line(line) for line in found.lines],
                terms=_steps(found.terms),
            )
        case SettlementSteps():
            return answer(settlement=found.settlement)
        case PackageSteps():
            return answer(package=found.package)
        case _:
            assert_never(found)


def _steps_of(found: ExplainedFigure) -> list[ExplanationStep]:
    match found:
        case DocumentSteps():
            return [found.issued]
        case SettlementSteps():
            return [found.closed, *found.documents]
        case PackageSteps():
            return found.steps
        case _:
            assert_never(found)


def _line(line: LineSteps) -> ExplainedLine:
    return ExplainedLine(**{**line._asdict(), "steps": _steps(line.steps)})


def _steps(steps: Iterable[ExplanationStep]) -> list[StepOfFigure]:  # type: ignore[valid-type]
    return [shaped(step, StepOfFigure) for step in steps]


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question(
        "/v1/billing/explain/{figure:path}",
        (Scope.ACCOUNTANT,),
        FigureOf,
        ExplanationAnswer,
        explanation,
        cursor=next_page,
    ),
)
