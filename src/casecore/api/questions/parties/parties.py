"""What can be asked about parties.

An agent of the vendor needs to know who the parties of a case are. Their bank accounts and tax numbers, and
who changed them, are the business of accountants.
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from casecore.api.questions.from_store import from_store
from casecore.api.questions.histories import HistoryEvent, asked_part, history_of, next_part
from casecore.api.questions.page import AskedPage, AskedPart, asked_place, next_page, page_of, rows_for
from casecore.api.questions.question import AnyQuestion, Question
from casecore.app.application import Application
from casecore.app.registers.histories import party_history
from casecore.app.registers.pages import FIRST, PartyFilter, list_parties
from casecore.contract.parties import BuyerStatus, PartyRole
from casecore.contract.personal import legible
from casecore.contract.streams import party_stream_id
from casecore.identity.identity import Scope
from casecore.parties.party import Party
from casecore.visibility.rules import Viewer


class PartyOf(AskedPart, frozen=True):
    """Which party, and which part of its events."""

    party: str


class PartiesOf(AskedPage, frozen=True):
    """Which parties, of those that the identity sees."""

    role: PartyRole | None = None


class ListedParty(msgspec.Struct, frozen=True, kw_only=True):
    """Who a party is; text that is sealed is a note in brackets."""

    party: str
    version: int
    roles: tuple[PartyRole, ...]
    name: str | None
    city: str | None
    country: str


class RegisteredParty(ListedParty, frozen=True, kw_only=True):
    """What is known of a party."""

    street: str | None
    postal_code: str | None
    language: str
    tax_number: str | None
    vat_id: str | None
    iban: str | None
    bic: str | None
    buys_as: BuyerStatus | None


class PartyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A party as it stands after its last event, and its events, in order.

    `next` is the cursor of the next part of them, null if there is none. A part has fewer than its `limit`
    where they are long: it ends after 1 MiB of them.
    """

    party: RegisteredParty
    events: list[HistoryEvent]
    next: str | None


class PartiesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Parties, in an order that stays; `next` is the cursor of the next page, null if there is none.

    `left_out` names those that only a newer program can read.
    """

    parties: list[ListedParty]
    left_out: tuple[str, ...]
    next: str | None


def one_party(app: Application, viewer: Viewer, asked: PartyOf) -> PartyAnswer:
    """What is known of a party, and what happened to it."""
    found = from_store(app, lambda: party_history(app, asked.party, asked_part(asked), viewer))
    return PartyAnswer(party=_known(found.entry), events=history_of(found.facts), next=next_part(found))


def parties(app: Application, viewer: Viewer, asked: PartiesOf) -> PartiesAnswer:
    """Registered parties."""
    after = asked_place(asked, UUID) or FIRST
    which = PartyFilter(asked.role, after, rows_for(asked))
    found = from_store(app, lambda: list_parties(app, which, viewer))
    page = page_of(asked, found.known, lambda one: party_stream_id(one.id))
    return PartiesAnswer(parties=[_listed(one) for one in page.rows], left_out=found.left_out, next=page.next)


def _listed(one: Party) -> ListedParty:
    details = one.details
    return ListedParty(
        party=one.id,
        version=one.version,
        roles=details.roles,
        name=legible(details.name),
        city=legible(details.address.city),
        country=details.address.country,
    )


def _known(one: Party) -> RegisteredParty:
    details, account = one.details, one.details.bank_account
    return RegisteredParty(
        **msgspec.structs.asdict(_listed(one)),
        street=legible(details.address.street),
        postal_code=legible(details.address.postal_code),
        language=details.language,
        tax_number=legible(details.tax_number),
        vat_id=legible(details.vat_id),
        iban=legible(account.iban) if account else None,
        bic=account.bic if account else None,
        buys_as=details.buys_as,
    )


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question(
        "/v1/parties",
        (Scope.ACCOUNTANT, Scope.AGENT),
        PartiesOf,
        PartiesAnswer,
        parties,
        cursor=next_page,
    ),
    Question(
        "/v1/parties/{party}",
        (Scope.ACCOUNTANT,),
        PartyOf,
        PartyAnswer,
        one_party,
        version=lambda answer: str(answer.party.version),
        cursor=next_page,
    ),
)
