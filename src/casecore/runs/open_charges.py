"""Open charges by buyer: those that a document still has to bill or take back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from casecore.billing.drafts import OpenCharge, is_open
from casecore.billing.terms import Terms
from casecore.contract.billing import Charge, Obligor
from casecore.runs.books import Books

OpenCharges: TypeAlias = dict[str, list[OpenCharge]]
"""By the party that owes them; some 200 bytes each."""


def open_charges(
    books: Books, terms: Terms, obligor: Obligor, wanted: Callable[[Charge], bool]
) -> OpenCharges:
    """The open charges that resellers owe, or the vendor's customers; only those for which `wanted` is true.

    Reads all accounts, a page at a time. Raises DatabaseUnavailable, and VatRateUnknown.
    """
    found: OpenCharges = {}
    for account in books.accounts():
        for charge in account.charges:
            if charge.obligor is obligor and wanted(charge) and is_open(charge, terms):
                found.setdefault(charge.owed_by, []).append(OpenCharge(account.package, charge))
    return found
