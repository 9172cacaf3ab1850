"""What runs of billing have done, in the form that programs get at every door."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from msgspec.structs import asdict

from casecore.runs.charging import Charged
from casecore.runs.correcting import DocumentCorrected
from casecore.runs.fees import FeesKept
from casecore.runs.invoicing import Issued
from casecore.runs.settling import SettledYear


class RunFigures(NamedTuple):
    """What a run has done by name, and whether something of it needs a look."""

    figures: dict[str, object]
    needs_look: bool


def figures_of_charging(last: date, done: Charged) -> RunFigures:
    """What was charged until a day."""
    return RunFigures({"until": last, **done._asdict()}, bool(done.left_out))


def figures_of_fees(last: date, done: FeesKept) -> RunFigures:
    """Which memos were kept until a day."""
    return RunFigures({"until": last, **done._asdict()}, bool(done.left or done.left_out))


def figures_of_settling(year: int, done: SettledYear) -> RunFigures:
    """How a year was settled."""
    figures: dict[str, object] = {
        "year": year,
        "settlements": [asdict(one) for one in done.settlements.values()],
        "documents": done.documents,
        "nothing_to_settle": done.nothing,
        "held": done.on_hold,
        "failed": done.failed,
        "left_out": done.left_out,
    }
    return RunFigures(figures, bool(done.on_hold or done.failed or done.left_out))


def figures_of_invoicing(done: Issued) -> RunFigures:
    """Which invoices were issued."""
    figures: dict[str, object] = {
        "documents": done.documents,
        "held": done.on_hold,
        "failed": done.failed,
        "left_out": done.left_out,
        "uncharged": done.uncharged,
    }
    return RunFigures(figures, bool(done.on_hold or done.failed or done.left_out))


def figures_of_correcting(done: DocumentCorrected) -> RunFigures:
    """How a document was issued again."""
    figures: dict[str, object] = {
        "document": done.document,
        "buyer": done.buyer,
        "reversal": done.reversal,
        "replacement": done.replacement,
        **done.answer._asdict(),
    }
    return RunFigures(figures, needs_look=False)
