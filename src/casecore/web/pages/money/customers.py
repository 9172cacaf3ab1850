"""What a customer owes: the charges of its packages, what of them is not billed yet, and its documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from casecore.web.pages.money.lists import PER_PAGE, SCOPES, SECTION, address, in_path
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from projections.billing.customers import CustomerDebt, customer_debts
from projections.billing.issued import Document, DocumentFilter, documents
from projections.billing.queries import ChargeFilter, charges
from projections.billing.tables import ChargeRow
from projections.billing.unbilled import UnbilledItem, unbilled


class AskedCustomer(PageAsked, frozen=True):
    """Which customer."""

    customer: str


class CustomerPage(NamedTuple):
    """A customer; of each list the first ones, and where all of them are, empty if these are all.

    `debts` are sums over all of them, by who owes them: the customer itself, or its resellers.
    """

    is_vendor: bool
    customer: str
    debts: list[CustomerDebt]
    unbilled: list[UnbilledItem]
    documents: list[Document]
    charges: list[ChargeRow]
    all_unbilled: str
    all_documents: str
    all_charges: str


def load_customer(look: Look, asked: AskedCustomer) -> Shown:
    """What a customer owes, as far as the reader may see it."""
    customer, most = asked.customer, PER_PAGE + 1
    open_items = list(look.app.ask(unbilled, None, most, None, look.viewer, None, customer))
    issued = list(look.app.ask(documents, DocumentFilter(buyer=customer, limit=most), look.viewer))
    charged = list(look.app.ask(charges, ChargeFilter(customer=customer, limit=most), look.viewer))
    of_customer, of_buyer = {"customer": customer}, {"buyer": customer}

    def all_of(found: Sequence[object], name: str, by: dict[str, str]) -> str:
        return address(f"/money/{name}", by) if len(found) > PER_PAGE else ""

    return Shown(
        title=customer,
        content=CustomerPage(
            is_vendor=look.viewer.is_vendor,
            customer=customer,
            debts=look.app.ask(customer_debts, customer, look.viewer),
            unbilled=open_items[:PER_PAGE],
            documents=issued[:PER_PAGE],
            charges=charged[:PER_PAGE],
            all_unbilled=all_of(open_items, "unbilled", of_customer),
            all_documents=all_of(issued, "documents", of_buyer),
            all_charges=all_of(charged, "charges", of_customer),
        ),
        api=f"/v1/billing/customers/{in_path(customer)}",
        also=(
            address("/v1/billing/unbilled", of_customer),
            address("/v1/billing/documents", of_buyer),
            address("/v1/billing/charges", of_customer),
        ),
    )


PAGES: tuple[AnyPage, ...] = (
    SitePage(
        "/money/customers/{customer}", SECTION, SCOPES, AskedCustomer, "money/customer.html", load_customer
    ),
)
