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

    `from_position` is the event that led to it, where that is shown, too. `billed_by` is the document that
    has its amount, where that is an earlier one than the document that is explained.
    """

    step: ExplanationStep
    says: Phrase
    leads_to: str
    from_position: int | None
    billed_by: str = ""


class ShownLine(NamedTuple):
    """A line of a document, and the events of its charge, whose amounts add up to its own.

    What they do not add up to, `as_before_cents`, is an earlier document's, which this one takes back, or in
    whose place it is.
    """

    line: LineSteps
    net_cents: int
    steps: list[ShownStep]
    as_before_cents: int


class ShownDocument(NamedTuple):
    """A document of a settlement; the amounts of a correction are below zero."""

    document: b.DocumentIssued
    net_cents: int
    vat_cents: int
    gross_cents: int


class ExplanationPage(NamedTuple):
    """What a figure came from; one of `document`, `settlement` and `package` says what it is of.

    `sign` is that of the document's amounts, `before` the document that it takes back or is in the place of.
    `documents` are those of the settlement, and `net_cents` what the events of the package add up to.
    """

    is_vendor: bool
    figure: str
    document: b.DocumentIssued | None
    sign: int
    before: str
    documents: list[ShownDocument]
    net_cents: int
    settlement: b.SettlementClosed | None
    package: str
    steps: list[ShownStep]
    lines: list[ShownLine]
    terms: list[ShownStep]


def load_explanation(look: Look, asked: AskedFigure) -> Shown:
    """The events that a figure came from."""
    found = explain_figure(look.app, asked.figure, look.viewer)
    document, settlement, package, sign = None, None, "", 1
    lines: tuple[LineSteps, ...] = ()
    terms: tuple[ExplanationStep, ...] = ()
    match found:
        case DocumentSteps():
            document, steps, lines, terms = found.document, [found.issued], found.lines, found.terms
            sign = sign_of(document)
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
            sign=sign,
            before=(document.corrects or document.replaces or "") if document else "",
            documents=[_document(step.data) for step in steps if isinstance(step.data, b.DocumentIssued)],
            net_cents=sum(step.net_cents or 0 for step in steps),
            settlement=settlement,
            package=package,
            steps=_shown(steps, look.times),
            lines=[_line(line, sign, look.times) for line in lines],
            terms=_shown(terms, look.times),
        ),
        api=f"/v1/billing/explain/{quote(asked.figure)}",
    )


def sign_of(document: b.DocumentIssued) -> int:
    """That of a document's amounts, which are above zero in a correction, too."""
    return -1 if document.kind is b.DocumentKind.CORRECTION else 1


def _document(document: b.DocumentIssued) -> ShownDocument:
    amounts = (document.net_cents, document.vat_cents, document.gross_cents)
    return ShownDocument(document, *(sign_of(document) * one for one in amounts))


def _line(line: LineSteps, sign: int, times: LocalTimes) -> ShownLine:
    """What was billed by an earlier document is none of this one's: it has what came after it."""
    net_cents, shown = sign * line.net_cents, _shown(line.steps, times)
    last = max((at for at, one in enumerate(line.steps) if _billed_by(one)), default=-1)
    before = _billed_by(line.steps[last]) if last >= 0 else ""
    steps = [
        one._replace(billed_by=before) if at < last and one.step.net_cents is not None else one
        for at, one in enumerate(shown)
    ]
    counted = sum(one.step.net_cents or 0 for one in steps if not one.billed_by)
    return ShownLine(line, net_cents, steps, net_cents - counted)


def _billed_by(step: ExplanationStep) -> str:
    match step.data:
        case b.MaintenanceFeeBilled(charge=charge) if charge.billed:
            return charge.billed.document
        case b.MaintenanceFeeCredited(document=document):
            return document
        case _:
            return ""


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
