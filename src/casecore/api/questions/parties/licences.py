"""What can be asked about licence packages.

An agent needs them as an accountant does: what licence a customer has, in which version and with how many
seats, is what level 0 is asked about.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from casecore.api.questions.from_store import from_store
from casecore.api.questions.histories import HistoryEvent, asked_part, history_of, next_part
from casecore.api.questions.page import AskedPage, AskedPart, asked_place, next_page, page_of, rows_for
from casecore.api.questions.question import AnyQuestion, Question
from casecore.app.application import Application
from casecore.app.registers.histories import package_history
from casecore.app.registers.pages import FIRST, PackageEntry, PackageFilter, list_packages, today
from casecore.contract.licences import Assignment, CustomerSince
from casecore.contract.streams import package_stream_id
from casecore.identity.identity import Scope
from casecore.licences.customers import customer_on, customers_of
from casecore.licences.package import seller_on
from casecore.visibility.rules import Viewer


class PackageOf(AskedPart, frozen=True):
    """Which package, and which part of its events."""

    package: str


class PackagesOf(AskedPage, frozen=True):
    """Which packages, of those that the identity sees, by their customer and their seller today."""

    customer: str | None = None
    seller: str | None = None


class LicencePackage(msgspec.Struct, frozen=True, kw_only=True):
    """A package: `customer` and `seller` are those of today.

    `seats` is null unless it is a multi-licence. `customers` and `sellers` are all of them in the order of
    their days, also of days to come.
    """

    package: str
    version: int
    customer: str
    seller: str
    licence_type: str
    program_version: str
    seats: int | None
    activated_on: date
    cancelled_from_on: date | None
    is_void: bool
    customers: tuple[CustomerSince, ...]
    sellers: tuple[Assignment, ...]


class PackageAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A package as it stands today, and its events, in order.

    `next` is the cursor of the next part of them, null if there is none. A part has fewer than its `limit`
    where they are long: it ends after 1 MiB of them.
    """

    package: LicencePackage
    events: list[HistoryEvent]
    next: str | None


class PackagesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Packages, in an order that stays; `next` is the cursor of the next page, null if there is none.

    `left_out` names those that only a newer program can read.
    """

    packages: list[LicencePackage]
    left_out: tuple[str, ...]
    next: str | None


def one_package(app: Application, viewer: Viewer, asked: PackageOf) -> PackageAnswer:
    """A licence package as it stands today, and what happened to it."""
    found = from_store(app, lambda: package_history(app, asked.package, asked_part(asked), viewer))
    return PackageAnswer(package=_package(found.entry), events=history_of(found.facts), next=next_part(found))


def packages(app: Application, viewer: Viewer, asked: PackagesOf) -> PackagesAnswer:
    """Licence packages as they stand today."""
    after = asked_place(asked, UUID) or FIRST
    which = PackageFilter(asked.customer, asked.seller, after, rows_for(asked))
    found = from_store(app, lambda: list_packages(app, which, viewer))
    page = page_of(asked, found.known, lambda one: package_stream_id(one.reference))
    return PackagesAnswer(
        packages=[_package(one) for one in page.rows], left_out=found.left_out, next=page.next
    )


def _package(entry: PackageEntry) -> LicencePackage:
    licence, day = entry.licence, today()
    return LicencePackage(
        package=entry.reference,
        version=entry.version,
        customer=customer_on(licence, day),
        seller=seller_on(licence, day),
        licence_type=licence.licence_type,
        program_version=licence.program_version,
        seats=licence.seats,
        activated_on=licence.activated_on,
        cancelled_from_on=licence.cancelled_from_on,
        is_void=licence.is_void,
        customers=customers_of(licence),
        sellers=licence.assignments,
    )


# A package has no ETag: who has it today follows from the day, too. A command's If-Match takes `version`.
_SCOPES = (Scope.ACCOUNTANT, Scope.AGENT)
QUESTIONS: tuple[AnyQuestion, ...] = (
    Question("/v1/licences", _SCOPES, PackagesOf, PackagesAnswer, packages, cursor=next_page),
    Question("/v1/licences/{package}", _SCOPES, PackageOf, PackageAnswer, one_package, cursor=next_page),
)
