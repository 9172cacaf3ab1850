"""What can be asked about where money stands, over what the identity sees."""

from __future__ import annotations

import msgspec

from casecore.api.questions.billing.billing import Year
from casecore.api.questions.question import AnyQuestion, Asked, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.billing.overview import (
    BilledSum,
    FellDueSum,
    UnbilledSumByItem,
    money_overview,
)

FellDueAtRate = shape_of(FellDueSum, name="FellDueAtRate")
BilledAtRate = shape_of(BilledSum, name="BilledAtRate")
OpenItems = shape_of(UnbilledSumByItem, name="OpenItems")


class OverviewOf(Asked, frozen=True):
    """Of which year: that in which fees fell due, and documents were issued."""

    year: Year


class OverviewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A year in euro cents, and what stands open now, of whichever year.

    `receivable_cents` is what documents bill less what corrections took back, gross: payments are not
    recorded. `years` are those in which a fee fell due or a document was issued.
    """

    year: int
    fell_due: list[FellDueAtRate]  # type: ignore[valid-type]
    billed: list[BilledAtRate]  # type: ignore[valid-type]
    unbilled: list[OpenItems]  # type: ignore[valid-type]
    receivable_cents: int
    years: list[int]


def overview(app: Application, viewer: Viewer, asked: OverviewOf) -> OverviewAnswer:
    """What fell due and was billed in a year, and what is to be billed yet, summed up by rate of tax."""
    found = app.ask(money_overview, asked.year, viewer)
    return OverviewAnswer(
        year=found.year,
        fell_due=[shaped(one, FellDueAtRate) for one in found.fell_due],
        billed=[shaped(one, BilledAtRate) for one in found.billed],
        unbilled=[shaped(one, OpenItems) for one in found.unbilled],
        receivable_cents=found.receivable_cents,
        years=found.years,
    )


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question("/v1/billing/overview", (Scope.ACCOUNTANT,), OverviewOf, OverviewAnswer, overview),
)
