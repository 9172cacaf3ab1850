"""What can be asked about licence packages.

An agent needs them as an accountant does: what licence a customer has, in which version and with how many
seats, is what level 0 is asked about.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from casecore.api.questions.histories import HistoryEvent, history_of
from casecore.api.questions.question import AnyQuestion, Asked, Question
from casecore.app.application import Application
from casecore.app.registers.pages import FIRST, PackageEntry, PackageFilter, list_packages, today
from casecore.app.registers.streams import look_at_package
from casecore.contract.licences import Assignment, CustomerSince
from casecore.contract.streams import package_stream_id
from casecore.http.cursors import Limit, cut_page, read_cursor
from casecore.identity.identity import Scope
from casecore.licences.customers import customer_on, customers_of
from casecore.licences.package import seller_on
from casecore.visibility.rules import Viewer


class PackageOf(Asked, frozen=True):
    """Which package."""

    package: str


class PackagesOf(Asked, frozen=True):
    """Which packages, of those that the identity sees, by their customer and their seller today."""

    customer: str | None = None
    seller: str | None = None
    limit: Limit = 100
    cursor: str | None = None


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
    """A package as it stands today, and all its events."""

    package: LicencePackage
    events: list[HistoryEvent]


class PackagesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Packages, in an order that stays; `next` is the cursor of the next page, null if there is none.

    `left_out` names those that only a newer program can read.
    """

    packages: list[LicencePackage]
    left_out: tuple[str, ...]
    next: str | None


def one_package(app: Application, viewer: Viewer, asked: PackageOf) -> PackageAnswer:
    """A licence package as it stands today, and what happened to it."""
    found, facts = look_at_package(app, asked.package, viewer)
    entry = PackageEntry(found.reference, found.licence, found.version)
    return PackageAnswer(package=_package(entry), events=history_of(facts))


def packages(app: Application, viewer: Viewer, asked: PackagesOf) -> PackagesAnswer:
    """Licence packages as they stand today."""
    after = read_cursor(asked.cursor, UUID) if asked.cursor else FIRST
    which = PackageFilter(asked.customer, asked.seller, after, asked.limit + 1)
    found = list_packages(app, which, viewer)
    page = cut_page(found.known, asked.limit, lambda one: package_stream_id(one.reference))
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
    Question(
        "/v1/licences", _SCOPES, PackagesOf, PackagesAnswer, packages, cursor=lambda answer: answer.next
    ),
    Question("/v1/licences/{package}", _SCOPES, PackageOf, PackageAnswer, one_package),
)
