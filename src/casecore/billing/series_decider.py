"""The series of documents as the command bus sees it: one stream, each number once and without gaps."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from msgspec.structs import asdict

from casecore.billing import refusals
from casecore.billing.account import evolve as evolve_account
from casecore.billing.buyer import UNKNOWN_BUYER, Buyer
from casecore.billing.buyer import evolve as evolve_buyer
from casecore.billing.checks import check_actor
from casecore.billing.commands import DocumentCommand, IssueDocument
from casecore.billing.corrections.decided import NO_CORRECTIONS, Corrections
from casecore.billing.corrections.decided import evolve as evolve_corrections
from casecore.billing.document_lines import check_lines
from casecore.billing.series import MOST_LINES, NO_DOCUMENTS, Series, document_place, evolve
from casecore.billing.totals import NOTHING_CREDITED, totals_of
from casecore.contract.billing import CorrectionReason, DocumentIssued, DocumentKind
from casecore.contract.streams import (
    DOCUMENT_CORRECTIONS,
    DOCUMENT_SERIES,
    account_stream_id,
    buyer_stream_id,
)
from casecore.decider.business_day import day_of
from casecore.decider.decider import Context, Decider, Decision, Evolve


def decide(series: Series | None, command: DocumentCommand, context: Context) -> Decision:
    """The document, if its number is the next one and all of it adds up. Raises a Refusal."""
    check_actor(command.actor, context.vendor)
    known = series or NO_DOCUMENTS
    do = command.do
    if do.number != known.next_number:
        raise refusals.NumberNotNext(do.number, known.next_number)
    today = day_of(context.now)
    if do.issued_on != today:
        raise refusals.NotIssuedToday(do.issued_on.isoformat(), today.isoformat())
    _check_kind(do, known)
    is_issued_again = do.correction_reason is CorrectionReason.PARTICULARS or do.replaces is not None
    if is_issued_again:
        _check_issued_again(do, known, context.related_streams[DOCUMENT_CORRECTIONS])
    _check_totals(do, known)
    check_lines(do, context.related_streams)
    if do.settles_year is not None and not is_issued_again:
        _check_part(do, do.settles_year, known, context.related_streams[buyer_stream_id(do.buyer)])
    return Decision((DocumentIssued(seller=context.vendor, **asdict(do)),))


def _check_kind(do: IssueDocument, series: Series) -> None:
    is_correction = do.kind is DocumentKind.CORRECTION
    is_settlement = do.kind is DocumentKind.SETTLEMENT
    fault = None
    if len(do.lines) > MOST_LINES:
        fault = f"it has {len(do.lines)} lines, and may have {MOST_LINES}"
    elif is_correction != (do.corrects is not None) or is_correction != (do.correction_reason is not None):
        fault = "a correction names the document that it corrects, and why; other documents do not"
    elif is_correction != (do.pay_until is None):
        fault = "a document that is to be paid says until when; a correction does not"
    elif is_settlement and do.settles_year is None:
        fault = "a settlement's statement names its year"
    elif do.kind is DocumentKind.INVOICE and do.settles_year is not None:
        fault = "an invoice belongs to no settlement"
    elif do.corrects is not None and not 0 < (document_place(do.corrects) or 0) <= series.issued:
        fault = f"{do.corrects} was not issued, and so cannot be corrected"
    if fault:
        raise refusals.DocumentNotIssuable(do.number, fault)


def _check_issued_again(do: IssueDocument, series: Series, corrections: Corrections | None) -> None:
    """Raise unless it was decided that a document is issued again, and this is the next step to it."""
    original = do.replaces or do.corrects
    decided = (corrections or NO_CORRECTIONS).decided.get(original or "")
    fault = None
    if decided is None or (decided.buyer, decided.buyer_version) != (do.buyer, do.buyer_version):
        fault = f"it is not decided that {original} is issued again to {do.buyer}, with these particulars"
    elif do.corrects is not None and (do.replaces is not None or original in series.taken_back):
        fault = f"{original} is taken back once, and by a document that bills nothing"
    elif do.replaces is not None and (original not in series.taken_back or original in series.replacements):
        fault = f"{original} is issued again once, and after it was taken back"
    if fault:
        raise refusals.DocumentNotIssuable(do.number, fault)


def _check_totals(do: IssueDocument, series: Series) -> None:
    credited = series.credited.get(do.corrects, NOTHING_CREDITED) if do.corrects else NOTHING_CREDITED
    right = totals_of(do.lines, credited)
    if (do.vat, do.net_cents, do.vat_cents, do.gross_cents) != tuple(right):
        raise refusals.DocumentNotIssuable(do.number, f"it does not add up; its lines come to {right}")


def _check_part(do: IssueDocument, year: int, series: Series, buyer: Buyer | None) -> None:
    settlement = (buyer or UNKNOWN_BUYER).settlement(year)
    if settlement is None:
        raise refusals.SettlementOpen(do.number, do.buyer, year)
    following = series.settled.get((do.buyer, year), 0) + 1
    if do.part != following or following > settlement.documents or do.parts != settlement.documents:
        raise refusals.PartNotNext(do.number, do.buyer, year, do.part, following, settlement.documents)


def stream_of(_: DocumentCommand) -> UUID:
    """The stream that a command is for."""
    return DOCUMENT_SERIES


def _related_streams(command: DocumentCommand) -> Mapping[UUID, Evolve]:
    accounts = {account_stream_id(line.package): evolve_account for line in command.do.lines}
    others: dict[UUID, Evolve] = {DOCUMENT_CORRECTIONS: evolve_corrections}
    return {buyer_stream_id(command.do.buyer): evolve_buyer, **others, **accounts}


DOCUMENTS = Decider[Series, DocumentCommand](DocumentCommand, stream_of, decide, evolve, _related_streams)
