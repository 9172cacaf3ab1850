"""Documents that are issued again, as the command bus sees them: one stream of decisions."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from casecore.billing.buyer import UNKNOWN_BUYER, Buyer
from casecore.billing.buyer import evolve as evolve_buyer
from casecore.billing.checks import check_actor
from casecore.billing.corrections import refusals
from casecore.billing.corrections.commands import CorrectDocument, CorrectionCommand
from casecore.billing.corrections.decided import NO_CORRECTIONS, Corrections, evolve
from casecore.billing.corrections.particulars import particulars_sha256
from casecore.billing.refusals import DocumentUnknown
from casecore.billing.series import NO_DOCUMENTS, Series, document_place
from casecore.billing.series import evolve as evolve_series
from casecore.contract.billing import DocumentCorrectionDecided, DocumentKind
from casecore.contract.streams import (
    DOCUMENT_CORRECTIONS,
    DOCUMENT_SERIES,
    buyer_stream_id,
    party_stream_id,
)
from casecore.decider.decider import Context, Decider, Decision, Evolve
from casecore.parties.party import Party
from casecore.parties.party import evolve as evolve_party
from casecore.parties.refusals import PartyUnknown


def decide(corrections: Corrections | None, command: CorrectionCommand, context: Context) -> Decision:
    """The decision to issue a document again; nothing if it is decided and not issued yet.

    Raises a Refusal.
    """
    check_actor(command.actor, context.vendor)
    do, known = command.do, corrections or NO_CORRECTIONS
    party: Party | None = context.related_streams[party_stream_id(do.buyer)]
    if party is None:
        raise PartyUnknown(do.buyer)
    series: Series = context.related_streams[DOCUMENT_SERIES] or NO_DOCUMENTS
    _check_document(do, series)
    if do.document in known.decided:
        return Decision(())
    if do.document in series.credited:
        raise refusals.AlreadyCorrected(do.document)
    _check_buyer(do, party, context.related_streams[buyer_stream_id(do.buyer)] or UNKNOWN_BUYER)
    decided = DocumentCorrectionDecided(document=do.document, buyer=do.buyer, buyer_version=party.version)
    return Decision((decided,))


def _check_document(do: CorrectDocument, series: Series) -> None:
    if not 0 < (document_place(do.document) or 0) <= series.issued:
        raise DocumentUnknown(do.document)
    if do.kind is DocumentKind.CORRECTION:
        raise refusals.IsACorrection(do.document)
    if do.document in series.replacements:
        raise refusals.AlreadyIssuedAgain(do.document, series.replacements[do.document])


def _check_buyer(do: CorrectDocument, party: Party, buyer: Buyer) -> None:
    recorded = party.details.address.country
    if recorded != do.country:
        raise refusals.BuyerMovedAbroad(do.document, party.id, do.country, recorded)
    category = buyer.taxed_as(party.details)
    if category is not do.category:
        now = "on hold" if category is None else f"billed as {category.value}"
        raise refusals.TreatmentChanged(do.document, party.id, do.category.value, now)
    if particulars_sha256(party.details, do.category) == do.particulars_sha256:
        raise refusals.NothingToCorrect(do.document, party.id)


def stream_of(_: CorrectionCommand) -> UUID:
    """The stream that a command is for."""
    return DOCUMENT_CORRECTIONS


def _related_streams(command: CorrectionCommand) -> Mapping[UUID, Evolve]:
    buyer = command.do.buyer
    return {
        DOCUMENT_SERIES: evolve_series,
        party_stream_id(buyer): evolve_party,
        buyer_stream_id(buyer): evolve_buyer,
    }


CORRECTIONS = Decider[Corrections, CorrectionCommand](
    CorrectionCommand, stream_of, decide, evolve, _related_streams
)
