"""Fees of a seller or a support partner: what it agreed, and what it charged; its own, and nobody else's."""

from __future__ import annotations

from typing import NamedTuple

from casecore.app.billing.fees import charged_memos, fee_agreements, fee_statement
from casecore.billing.fees.statement import Statement
from casecore.contract.fees import FeeAgreement, FeeService
from casecore.decider.business_day import day_of
from casecore.http.cursors import cut_page, read_cursor
from casecore.http.problems import InvalidRequest
from casecore.parties.refusals import PartyUnknown
from casecore.web.pages.money.lists import (
    PER_PAGE,
    SCOPES,
    SECTION,
    address,
    filters_of,
    in_path,
    next_address,
    year_in,
)
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.rendering.words import N_
from projections.billing.fee_memos import MemoFilter, MemoPlace
from projections.billing.fees import FeeMemoRow


class AskedFees(PageAsked, frozen=True):
    """What one's own organisation charged for a year, by default this one."""

    year: str = ""


class AskedMemos(PageAsked, frozen=True):
    """Which memos; those that were taken back only with `reversed`."""

    year: str = ""
    customer: str = ""
    service: str = ""
    reversed: str = ""
    cursor: str = ""


class ShownAgreement(NamedTuple):
    """An agreement, and the kind of its fee: none, yearly, case, topic or effort."""

    agreement: FeeAgreement
    kind: str


class Fees(NamedTuple):
    """What a party agreed, and its statement of a year; None where it is not registered, so that it charges
    nothing."""

    is_vendor: bool
    party: str
    year: int
    years: list[int]
    agreements: list[ShownAgreement]
    statement: Statement | None


class MemoList(NamedTuple):
    """A page of memos, by the day on which they fell due."""

    is_vendor: bool
    party: str
    memos: list[FeeMemoRow]
    services: list[str]
    asked: AskedMemos
    next: str | None


def load_fees(look: Look, asked: AskedFees) -> Shown:
    """What one's own organisation charges."""
    party, this_year = look.identity.actor.organisation, day_of(look.now).year
    year = year_in(asked.year) or this_year
    agreements: list[FeeAgreement] = []
    statement = None
    try:
        agreements = [one.agreement for one in fee_agreements(look.app, party, look.viewer)]
        statement, _ = fee_statement(look.app, party, year, viewer=look.viewer)
    except PartyUnknown:
        pass
    begun = min((one.from_on.year for one in agreements), default=this_year)
    return Shown(
        title=N_("Own fees"),
        content=Fees(
            is_vendor=look.viewer.is_vendor,
            party=party,
            year=year,
            years=sorted({*range(begun, this_year + 1), year}, reverse=True),
            agreements=[ShownAgreement(one, str(one.terms.__struct_config__.tag)) for one in agreements],
            statement=statement,
        ),
        api=f"/v1/fees/{in_path(party)}/statements/{year}",
    )


def load_memos(look: Look, asked: AskedMemos) -> Shown:
    """A page of memos."""
    party, services = look.identity.actor.organisation, [one.value for one in FeeService]
    if asked.service and asked.service not in services:
        raise InvalidRequest(
            f"service is {asked.service[:50]!r}; possible are: {', '.join(services)}", "service"
        )
    which = MemoFilter(
        year=year_in(asked.year),
        customer=asked.customer or None,
        service=asked.service or None,
        with_reversed=bool(asked.reversed),
        limit=PER_PAGE + 1,
        after=read_cursor(asked.cursor, MemoPlace) if asked.cursor else None,
    )
    found = charged_memos(look.app, party, which, look.viewer)
    page = cut_page(found, PER_PAGE, lambda one: MemoPlace(one.due_on, one.stream_id, one.number))
    filters = filters_of(asked)
    return Shown(
        title=N_("What was charged"),
        content=MemoList(
            is_vendor=look.viewer.is_vendor,
            party=party,
            memos=page.rows,
            services=services,
            asked=asked,
            next=next_address("/money/fees/memos", asked, page.next),
        ),
        api=address(
            f"/v1/fees/{in_path(party)}/memos",
            {**filters, "reversed": "true"} if "reversed" in filters else filters,
        ),
    )


PAGES: tuple[AnyPage, ...] = (
    SitePage("/money/fees", SECTION, SCOPES, AskedFees, "money/fees.html", load_fees),
    SitePage("/money/fees/memos", SECTION, SCOPES, AskedMemos, "money/memos.html", load_memos),
)
