"""Why a document is not issued again; each docstring is the message that the user reads."""

from __future__ import annotations

from dataclasses import dataclass

from casecore.decider.refusal import Refusal


@dataclass
class IsACorrection(Refusal):
    """{document} takes fees back, and bills none: give the number of the document that bills them."""

    document: str


@dataclass
class AlreadyIssuedAgain(Refusal):
    """{document} was issued again as {replacement}: if that is wrong, too, give its number."""

    document: str
    replacement: str


@dataclass
class AlreadyCorrected(Refusal):
    """{document} was corrected, and no longer bills all of its fees: give the number of the document that
    bills them now."""

    document: str


@dataclass
class NothingToCorrect(Refusal):
    """{document} has the name, the address and the VAT id of {buyer} that are recorded: record first how the
    party changed."""

    document: str
    buyer: str


@dataclass
class BuyerMovedAbroad(Refusal):
    """{document} was issued to {buyer} in {country}, and the party is recorded in {recorded}, so that more
    than its address would change: how it is taxed. A document stays right if its buyer has moved since. If
    {recorded} is the mistake, record {country} first."""

    document: str
    buyer: str
    country: str
    recorded: str


@dataclass
class TreatmentChanged(Refusal):
    """{document} bills {buyer} as {category}, and the buyer is {now}: a document is issued again with the
    tax that it has. Release the buyer as {category} first, if that is right."""

    document: str
    buyer: str
    category: str
    now: str


@dataclass
class SettlementUndocumented(Refusal):
    """{buyer} lacks documents of its settlement of {year}, which may take back what {document} bills: let
    them be issued first."""

    document: str
    buyer: str
    year: int
