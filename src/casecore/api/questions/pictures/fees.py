"""What can be asked about what the packages of customers pay, beside what their cases take."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import msgspec

from casecore.api.questions.cursors import Limit, cut_page, read_cursor
from casecore.api.questions.question import AnyQuestion, Asked, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.billing.pictures import CustomerFees, customer_fees, customer_fees_packages
from projections.billing.pictures import PackageBehind as PackageBehindRow
from projections.pictures.asked import Behind, PictureFilter

CustomerFeesRow = shape_of(CustomerFees, name="CustomerFees")
PackageBehind = shape_of(PackageBehindRow, name="PackageBehind")


class CustomerFeesOf(Asked, frozen=True, kw_only=True):
    """Of which customer and seller, and of fees that fell due on which days, both included."""

    customer: str | None = None
    seller: str | None = None
    since: date | None = None
    until: date | None = None


class PackagesBehindOf(CustomerFeesOf, frozen=True, kw_only=True):
    """Of which customer, and as the fees were asked."""

    customer: str
    limit: Limit = 100
    cursor: str | None = None


class CustomerFeesRows(msgspec.Struct, frozen=True, kw_only=True):
    """What customers' packages pay, the most first: 100 customers at most."""

    rows: list[CustomerFeesRow]  # type: ignore[valid-type]


class PackagesBehind(msgspec.Struct, frozen=True, kw_only=True):
    """The packages behind a customer's fees; `next` is the cursor of the next page, null if there is none."""

    packages: list[PackageBehind]  # type: ignore[valid-type]
    next: str | None


class _PackagePlace(NamedTuple):
    package: str


def fees_of_customers(app: Application, viewer: Viewer, asked: CustomerFeesOf) -> CustomerFeesRows:
    """The maintenance fees of customers' packages that fell due, without those taken back."""
    found = app.ask(customer_fees, _which(asked), viewer)
    return CustomerFeesRows(rows=[shaped(one, CustomerFeesRow) for one in found])


def packages_behind(app: Application, viewer: Viewer, asked: PackagesBehindOf) -> PackagesBehind:
    """The packages behind a customer's fees."""
    after = read_cursor(asked.cursor, _PackagePlace).package if asked.cursor else ""
    behind = Behind("net_cents", {"customer": asked.customer}, asked.limit + 1, after)
    found = app.ask(customer_fees_packages, _which(asked), behind, viewer)
    page = cut_page(found, asked.limit, lambda one: _PackagePlace(one.package))
    return PackagesBehind(packages=[shaped(one, PackageBehind) for one in page.rows], next=page.next)


def _which(asked: CustomerFeesOf) -> PictureFilter:
    return PictureFilter(customer=asked.customer, seller=asked.seller, since=asked.since, until=asked.until)


_SCOPES = (Scope.ACCOUNTANT,)

QUESTIONS: tuple[AnyQuestion, ...] = (
    Question("/v1/billing/customer-fees", _SCOPES, CustomerFeesOf, CustomerFeesRows, fees_of_customers),
    Question(
        "/v1/billing/customer-fees/packages",
        _SCOPES,
        PackagesBehindOf,
        PackagesBehind,
        packages_behind,
        cursor=lambda answer: answer.next,
    ),
)
