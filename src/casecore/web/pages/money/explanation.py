"""From a figure to its events: of a document, a settlement or a package, with links from each to the next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, assert_never
from urllib.parse import quote

from casecore.app.billing.answers import PackageSteps, explain_figure
from casecore.contract import billing as b
from casecore.contract import licences as lic
from casecore.runs.explanation import DocumentSteps, ExplanationStep, LineSteps, SettlementSteps
from casecore.web.pages.money.lists import SCOPES, SECTION, address, in_path
from casecore.web.pages.money.phrases import Phrase, phrase_of
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.rendering.times import LocalTimes


class AskedFigure(PageAsked, frozen=True):
    """Which figure: a document's number, a package's reference, or SELLER/YEAR."""

    figure: str


class ShownStep(NamedTuple):
    """An event, what it says, and the address of what it is of; empty where it has no page.

    `from_position` is the event that led to it, where that is shown, too.
    """

    step: ExplanationStep
    says: Phrase
    leads_to: str
    from_position: int | None


class ShownLine(NamedTuple):
    """A line of a document, and the events of its charge."""

    line: LineSteps
    steps: list[ShownStep]


class ExplanationPage(NamedTuple):
    """What a figure came from; one of `document`, `settlement` and `package` says what it is of."""

    is_vendor: bool
    figure: str
    document: b.DocumentIssued | None
    settlement: b.SettlementClosed | None
    package: str
    steps: list[ShownStep]
    lines: list[ShownLine]
    terms: list[ShownStep]


def load_explanation(look: Look, asked: AskedFigure) -> Shown:
    """The events that a figure came from."""
    found = explain_figure(look.app, asked.figure, look.viewer)
    document, settlement, package = None, None, ""
    lines: tuple[LineSteps, ...] = ()
    terms: tuple[ExplanationStep, ...] = ()
    match found:
        case DocumentSteps():
            document, steps, lines, terms = found.document, [found.issued], found.lines, found.terms
        case SettlementSteps():
            settlement, steps = found.settlement, [found.closed, *found.documents]
        case PackageSteps():
            package, steps = found.package, found.steps
        case _:
            assert_never(found)
    return Shown(
        title=asked.figure,
        content=ExplanationPage(
            is_vendor=look.viewer.is_vendor,
            figure=asked.figure,
            document=document,
            settlement=settlement,
            package=package,
            steps=_shown(steps, look.times),
            lines=[ShownLine(line, _shown(line.steps, look.times)) for line in lines],
            terms=_shown(terms, look.times),
        ),
        api=f"/v1/billing/explain/{quote(asked.figure)}",
    )


def _shown(steps: Iterable[ExplanationStep], times: LocalTimes) -> list[ShownStep]:
    known = list(steps)
    positions = {(step.stream_id, step.version): step.position for step in known}
    return [
        ShownStep(
            step=step,
            says=phrase_of(step.data, times),
            leads_to=_place_of(step),
            from_position=positions.get((step.caused_by.stream_id, step.caused_by.version))
            if step.caused_by
            else None,
        )
        for step in known
    ]


def _place_of(step: ExplanationStep) -> str:
    """Where what an event is of is explained."""
    match step.data:
        case b.DocumentIssued(number=number):
            return f"/money/explain/{in_path(number)}"
        case b.MaintenanceFeeBilled(charge=charge) if charge.billed:
            return f"/money/explain/{in_path(charge.billed.document)}"
        case b.MaintenanceFeeCredited(document=document):
            return f"/money/explain/{in_path(document)}"
        case b.SettlementClosed(seller=seller, year=year):
            return f"/money/settlements/{in_path(seller)}/{year}"
        case lic.LicenceEvent(package=package):
            return f"/money/packages/{in_path(package)}"
        case b.ChargeEvent(package=package):  # who sees a charge may not see its package
            return address("/money/charges", {"package": package})
        case _:
            return ""


PAGES: tuple[AnyPage, ...] = (
    SitePage(
        "/money/explain/{figure:path}", SECTION, SCOPES, AskedFigure, "money/explain.html", load_explanation
    ),
)
