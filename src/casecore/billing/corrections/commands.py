"""The command that decides that a document is issued again."""

from __future__ import annotations

from casecore.billing.commands import Country
from casecore.contract.billing import DocumentKind, VatCategory
from casecore.decider.command import Action, Command, Id, Sha256


class CorrectDocument(Action, frozen=True, kw_only=True, tag="correct_document"):
    """Issue a document again, since it has a wrong name or address of its buyer.

    All but `document` is what that document says: to whom it is, in which `country`, with which particulars
    (`casecore.billing.corrections.particulars:particulars_sha256`), what it is, and how it is taxed. None of
    it ever changes, so the command given again is the same.
    """

    document: Id
    buyer: Id
    kind: DocumentKind
    category: VatCategory
    country: Country
    particulars_sha256: Sha256


class CorrectionCommand(Command, frozen=True, kw_only=True, tag="document_correction"):
    """A command on the documents that are issued again."""

    do: CorrectDocument
