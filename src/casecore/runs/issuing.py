"""Issuing documents: rendered under the next number, archived, made a fact, and marked in the accounts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple, Protocol
from uuid import uuid4

from casecore.billing import refusals
from casecore.billing.commands import (
    AccountCommand,
    BilledCharge,
    DocumentCommand,
    IssueDocument,
    MarkBilled,
    MarkCredited,
)
from casecore.billing.drafts import Draft
from casecore.billing.series import NO_DOCUMENTS, Series, document_place, evolve
from casecore.commands.batch import Answer, answer_of
from casecore.commands.finding_ids import Finding, finding_id
from casecore.commands.interface import Bus
from casecore.commands.window import Window
from casecore.contract.billing import DocumentIssued, DocumentLine
from casecore.contract.envelope import EventData, Fact
from casecore.contract.personal import legible
from casecore.decider.business_day import day_of
from casecore.decider.own_runs import BILLING_RUN
from casecore.decider.refusal import NewerThanProgram, Refusal
from casecore.decider.stored_facts import fact_of
from casecore.documents.content import Content
from casecore.documents.errors import InvalidDocument
from casecore.postgres.advisory_lock import advisory_lock
from casecore.postgres.writer_lock import WriterLock
from casecore.runs.books import Books
from casecore.runs.contents import as_printed, content_of
from casecore.runs.errors import MarkRefused
from casecore.store.archive import Archive

PDF = "application/pdf"

MOST_ATTEMPTS = 100
"""How often a run reads the books again because another one has issued a document meanwhile."""


class Render(Protocol):
    """From what a document says to its bytes."""

    def __call__(self, content: Content) -> bytes:
        """The document as a PDF; raises InvalidDocument."""
        ...


_ISSUING_KEY = 0x62696C6C_646F6373  # "billdocs": one run at a time issues documents


@contextmanager
def open_issuer(database: str, bus: Bus, vendor: str, render: Render) -> Iterator[Issuer]:
    """An issuer with its books and its archive, under an advisory lock: one run waits for the other.

    The lock only spares work. The series sees to it that each number is given once, and each fee billed once.
    `vendor` is the vendor's party id. Raises DatabaseUnavailable.
    """
    lock = WriterLock("casecore.issuing", table="casecore.stored_events", key=_ISSUING_KEY)
    with advisory_lock(database, lock), Books(database) as books, Archive(database) as archive:
        yield Issuer(books, bus, archive, vendor, render)


class _Prepared(NamedTuple):
    """A document that is ready to be rendered, and the versions of the parties that it names."""

    draft: Draft
    content: Content
    seller_version: int
    buyer_version: int


class Issuer:
    """Issues documents, one after the other, each after the marks of the one before are complete.

    So after a process was killed only the last document's marks can be missing, and `catch_up` makes them.
    A run reads over the session of its issuer's books, and gives commands to its bus.
    """

    def __init__(self, books: Books, bus: Bus, archive: Archive, vendor: str, render: Render) -> None:
        self.books = books
        self.bus = bus
        self.vendor = vendor
        self._archive = archive
        self._render = render
        self.series: Series = NO_DOCUMENTS

    def catch_up(self) -> None:
        """Read which documents there are, and complete the marks of the last one.

        Raises DatabaseUnavailable.
        """
        books = self.books.now()
        self.series = books.series(self.series)
        last = books.document(self.series.issued) if self.series.issued else None
        if last is not None:
            self._mark(_document(fact_of(last)))

    def issue(
        self,
        draft: Draft,
        buyer: str,
        as_of_position: int,
        settles_year: int | None = None,
        buyer_version: int | None = None,
    ) -> str:
        """Issue a document under the next number, which it returns.

        It has the particulars of the buyer as of the `buyer_version`-th event of the party, or as of now.

        Raises NumberNotNext if another process has issued one meanwhile, ParticularsMissing where those of
        seller or buyer are sealed, and DocumentNotIssuable with all that the checks of the document found.
        Then, as after DatabaseUnavailable, `catch_up` before anything else.
        """
        prepared = self._prepare(draft, buyer, settles_year, buyer_version)
        archived = self._archive.put(self._rendered(prepared.content), PDF)
        document = _issue_document(prepared, buyer, as_of_position, settles_year, archived)
        self.bus.give(DocumentCommand(command_id=uuid4(), actor=BILLING_RUN, do=document))
        self._add(document.number)
        return document.number

    def _prepare(
        self, draft: Draft, buyer: str, settles_year: int | None, buyer_version: int | None
    ) -> _Prepared:
        """The next document with its number and its date, as of now."""
        books, issued_on = self.books.now(), day_of(datetime.now(UTC))
        seller, party = books.party(self.vendor), books.party(buyer, buyer_version)
        earlier = draft.corrects or draft.replaces
        names = {customer: _name(books, customer) for customer in {line.customer for line in draft.lines}}
        draft = as_printed(draft, names)
        content = content_of(
            draft,
            number=self.series.next_number,
            issued_on=issued_on,
            seller=seller,
            buyer=party,
            names=names,
            settles_year=settles_year,
            original_issued_on=_document(_fact(books, earlier)).issued_on if earlier else None,
        )
        return _Prepared(draft, content, seller.version, party.version)

    def _rendered(self, content: Content) -> bytes:
        try:
            return self._render(content)
        except InvalidDocument as invalid:
            raise refusals.DocumentNotIssuable(content.number, "; ".join(invalid.faults)) from invalid

    def _add(self, number: str) -> None:
        """Know of the document that was issued just now, and complete its marks.

        Not of what others have issued since: the charges that are being billed were read before it, and the
        next number must not be given on them.
        """
        fact = _fact(self.books.now(), number)
        self.series = evolve(self.series, fact)
        self._mark(_document(fact))

    def _mark(self, document: DocumentIssued) -> None:
        """Record in the account of every package what the document bills, or takes back."""
        by_package: dict[str, list[DocumentLine]] = {}
        for line in document.lines:
            by_package.setdefault(line.package, []).append(line)

        def check(package: str, reply: Answer | Refusal) -> None:
            # No refusal, which would let the run go on: an unmarked charge would be billed again.
            if isinstance(reply, NewerThanProgram):
                raise MarkRefused(document.number, package, str(reply))
            answer_of(reply)

        window = Window(self.bus.submit, check)
        for package, lines in by_package.items():
            window.submit(mark_command(document, package, lines), package)
        window.finish()


def _issue_document(
    prepared: _Prepared, buyer: str, as_of_position: int, settles_year: int | None, sha256: str
) -> IssueDocument:
    draft, content = prepared.draft, prepared.content
    return IssueDocument(
        number=content.number,
        kind=draft.kind,
        issued_on=content.issued_on,
        buyer=buyer,
        buyer_version=prepared.buyer_version,
        seller_version=prepared.seller_version,
        terms_version=draft.terms_version,
        lines=draft.lines,
        vat=draft.totals.vat,
        net_cents=draft.totals.net_cents,
        vat_cents=draft.totals.vat_cents,
        gross_cents=draft.totals.gross_cents,
        as_of_position=as_of_position,
        sha256=sha256,
        part=draft.part,
        parts=draft.parts,
        pay_until=content.pay_until,
        settles_year=settles_year,
        corrects=draft.corrects,
        correction_reason=draft.reason,
        replaces=draft.replaces,
    )


def mark_command(document: DocumentIssued, package: str, lines: list[DocumentLine]) -> AccountCommand:
    """The command that marks a package's charges, those of these lines, as billed or taken back."""
    do: MarkBilled | MarkCredited
    if document.corrects is not None:
        charges_back = tuple(line.charge for line in lines)
        do = MarkCredited(document=document.number, corrects=document.corrects, charges=charges_back)
    else:
        charges = (
            BilledCharge(charge=line.charge, category=line.category, percent=line.percent) for line in lines
        )
        do = MarkBilled(document=document.number, charges=tuple(charges))
    command_id = finding_id(Finding.DOCUMENT_MARK, f"{document.number}/{package}")
    return AccountCommand(command_id=command_id, actor=BILLING_RUN, package=package, do=do)


def _document(fact: Fact[EventData]) -> DocumentIssued:
    assert isinstance(fact.data, DocumentIssued), "the series holds documents only"
    return fact.data


def _name(books: Books, party_id: str) -> str:
    return legible(books.party(party_id).details.name) or party_id


def _fact(books: Books, number: str) -> Fact[EventData]:
    """The fact of a document that was issued."""
    stored = books.document(document_place(number) or 0)
    assert stored is not None, "a charge is billed by a document that was issued"
    return fact_of(stored)
