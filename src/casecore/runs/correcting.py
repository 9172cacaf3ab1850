"""Issuing documents again, with the particulars of their buyers as they are recorded now.

It is decided by a fact, and then two documents are issued: one takes the old one back, one bills the same
again. What a run that was killed in between has left open, every run that issues documents completes first:
fees that are taken back, and not billed again yet, must not get into another document.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from casecore.billing.corrections.commands import CorrectDocument, CorrectionCommand
from casecore.billing.corrections.drafts import replacement_of, reversal_of
from casecore.billing.corrections.particulars import particulars_sha256
from casecore.billing.corrections.refusals import SettlementUndocumented
from casecore.billing.drafts import Draft
from casecore.billing.refusals import DocumentUnknown, NumberNotNext
from casecore.billing.totals import NOTHING_CREDITED
from casecore.commands.batch import Answer
from casecore.contract.billing import DocumentCorrectionDecided, DocumentIssued, DocumentLine
from casecore.decider.command import CommandHeader
from casecore.decider.refusal import Refusal
from casecore.runs.books import Books
from casecore.runs.completing import is_complete
from casecore.runs.errors import RunsCollide
from casecore.runs.issuing import MOST_ATTEMPTS, Issuer


class DocumentCorrected(NamedTuple):
    """A document that is issued again: the correction that takes it back, and the one in its place.

    Either is None if there was nothing left to take back, or to bill. `answer` is that to the command.
    """

    document: str
    buyer: str
    reversal: str | None
    replacement: str | None
    answer: Answer


def correct_document(issuer: Issuer, number: str, header: CommandHeader) -> DocumentCorrected:
    """Decide that a document is issued again, and issue it; again, with the same command, it is the same.

    Raises DocumentUnknown, SettlementUndocumented, the refusals of the decision, and those of `Issuer.issue`;
    RunsCollide, and DatabaseUnavailable.
    """
    issuer.catch_up()
    books = issuer.books.now()
    document = books.issued(number)
    if document is None:
        raise DocumentUnknown(number)
    if number not in books.corrections().decided:
        _check_settlements(issuer, document)
    command = CorrectionCommand(do=_correction(books, document), **header)
    answer = issuer.bus.give(command)
    _complete_all(issuer, {number}, lambda _: None)
    series = issuer.series
    return DocumentCorrected(
        document=number,
        buyer=document.buyer,
        reversal=series.taken_back.get(number),
        replacement=series.replacements.get(number),
        answer=answer,
    )


def complete_corrections(
    issuer: Issuer, buyers: Collection[str] | None, on_document: Callable[[str], None]
) -> dict[str, str]:
    """Issue again the documents of which that is decided, to all buyers or to some.

    Returns the buyers to whom one could not be issued, each with the reason; nothing else may be issued to
    them. `on_document` gets each number. Raises RunsCollide, and DatabaseUnavailable.
    """
    failed: dict[str, str] = {}
    for decided in _open(issuer):
        if buyers is None or decided.buyer in buyers:
            try:
                _complete_all(issuer, {decided.document}, on_document)
            except Refusal as refusal:
                failed[decided.buyer] = str(refusal)
    return failed


def _check_settlements(issuer: Issuer, document: DocumentIssued) -> None:
    """Raise if a closed settlement lacks documents: they were found before, and may correct this one."""
    for settlement in issuer.books.now().buyer(document.buyer).settlements:
        if not is_complete(settlement, issuer.series):
            raise SettlementUndocumented(document.number, document.buyer, settlement.year)


def _correction(books: Books, document: DocumentIssued) -> CorrectDocument:
    [category] = {line.category for line in document.lines}
    details = books.party(document.buyer, document.buyer_version).details
    return CorrectDocument(
        document=document.number,
        buyer=document.buyer,
        kind=document.kind,
        category=category,
        country=details.address.country,
        particulars_sha256=particulars_sha256(details, category),
    )


def _open(issuer: Issuer) -> list[DocumentCorrectionDecided]:
    """What is decided, and not issued yet."""
    decided = issuer.books.now().corrections().decided
    return [one for number, one in decided.items() if number not in issuer.series.replacements]


def _complete_all(issuer: Issuer, documents: Collection[str], on_document: Callable[[str], None]) -> None:
    for _ in range(MOST_ATTEMPTS):
        try:
            for decided in _open(issuer):
                if decided.document in documents:
                    for number in _issue(issuer, decided):
                        on_document(number)
            return
        except NumberNotNext:
            issuer.catch_up()
    raise RunsCollide("issued documents", MOST_ATTEMPTS)


def _issue(issuer: Issuer, decided: DocumentCorrectionDecided) -> Iterator[str]:
    """The documents that a decision still lacks.

    Whatever another run did meanwhile, it takes back what the document still bills, and bills again what was
    taken back by that and is not billed by another one.
    """
    original = issuer.books.now().issued(decided.document)
    if original is None or original.buyer != decided.buyer:
        return
    number = issuer.series.taken_back.get(original.number)
    if number is None:
        lines = _billed_by(issuer.books.now(), original.number, original.lines)
        if not lines:
            return
        credited = issuer.series.credited.get(original.number, NOTHING_CREDITED)
        number = _issue_one(issuer, reversal_of(original, lines, credited), original, decided)
        yield number
    reversal = issuer.books.now().issued(number)
    assert reversal is not None, "a document that the series names was issued"
    lines = _billed_by(issuer.books.now(), None, reversal.lines)
    if lines:
        yield _issue_one(issuer, replacement_of(original, lines), original, decided)


def _issue_one(
    issuer: Issuer, draft: Draft, original: DocumentIssued, decided: DocumentCorrectionDecided
) -> str:
    return issuer.issue(
        draft,
        decided.buyer,
        as_of_position=issuer.books.now().position,
        settles_year=original.settles_year,
        buyer_version=decided.buyer_version,
    )


def _billed_by(books: Books, number: str | None, lines: Collection[DocumentLine]) -> list[DocumentLine]:
    """Those of the lines whose charges a document bills now; with None, those that none bills."""
    found = []
    for line in lines:
        account = books.account(line.package)
        billed = account.charges[line.charge - 1].billed if account else None
        if (billed.document if billed else None) == number:
            found.append(line)
    return found
