"""What the packages of customers pay, beside which operations people see what their cases take."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from casecore.visibility.rules import Viewer
from projections.pictures.asked import Behind, PictureFilter


class CustomerFees(NamedTuple):
    """Picture 12. The maintenance fees of a customer's packages that fell due, without those taken back.

    Key: customer. Figures: packages, net_cents (behind both are these charges).
    """

    customer: str
    packages: int
    net_cents: int


class ChargeBehind(NamedTuple):
    """A charge behind a figure."""

    package: str
    number: int
    due_on: date
    seller: str
    owed_by: str
    net_cents: int


def customer_fees(
    database: str, which: PictureFilter, customers: list[str], viewer: Viewer | None
) -> list[CustomerFees]:
    """Picture 12, what the packages of these customers pay; of the filter `customer`, `seller` and days count."""
    raise NotImplementedError


def customer_fees_charges(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[ChargeBehind]:
    """The charges behind a figure of picture 12, by package: those after the package `after`."""
    raise NotImplementedError
