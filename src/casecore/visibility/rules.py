"""Who may see what, as data: for each thing, the fields that name the organisations which see it.

The same rule is applied to rows in SQL (`condition`), and to values in Python (`may_see`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Viewer(NamedTuple):
    """For whom an answer is made: an organisation. A door without identities has none, and sees everything.

    `is_vendor` is whether it is the installation's vendor.
    """

    organisation: str
    is_vendor: bool


class Rule(NamedTuple):
    """Who sees a thing: the organisations that its `fields` name, and `vendor`: the vendor in any case."""

    fields: tuple[str, ...]
    vendor: bool = False


CASE = Rule(("customer", "seller", "partner", "vendor"))
"""Who has a part in it now: a partner that was replaced sees it no more."""
INTERNAL_MESSAGE = Rule(("readers",))
"""Of a case that the viewer sees: the message, that there is one, and how many there are."""
PARTY = Rule(("party",), vendor=True)
"""What is known of an organisation is for itself, and for the vendor, who keeps it."""
PACKAGE = Rule(("customer", "seller"), vendor=True)
"""Those of today, with all that happened to it: who had it, or will have it, does not see it."""
CHARGE = Rule(("owed_by",), vendor=True)
"""A maintenance charge is the vendor's claim on who owes it, whoever passes it on to whom."""
LEDGER_LINE = Rule(("party",), vendor=True)
"""All lines of a posting name one party: whoever sees one of them sees them all."""
HELD_CHARGE = Rule((), vendor=True)
"""How a buyer outside Germany is billed is for the vendor to decide, and for nobody else."""
DOCUMENT = Rule(("buyer",), vendor=True)
SETTLEMENT = Rule(("seller",), vendor=True)
FEE = Rule(("party",))
"""What a seller or partner charges for its own work is nobody else's business, nor the vendor's."""
POLICY = Rule(("organisation",))
"""A promise of an organisation. The terms that are pinned to a case are a part of the case."""


def may_see(viewer: Viewer | None, rule: Rule, thing: Mapping[str, object]) -> bool:
    """Whether a viewer sees a thing with these fields; a field may name several organisations."""
    if viewer is None or (rule.vendor and viewer.is_vendor):
        return True
    return any(_names(thing.get(field), viewer.organisation) for field in rule.fields)


def condition(rule: Rule, table: str = "") -> str:
    """The rule on a row of a table, in SQL with the parameters of `given`; each field is a column of text."""
    seen_by = ["%(viewer)s::text is null"]
    if rule.vendor:
        seen_by.append("%(viewer_is_vendor)s")
    if rule.fields:
        columns = ", ".join(f"{table}.{field}" if table else field for field in rule.fields)
        seen_by.append(f"%(viewer)s::text in ({columns})")
    return f"({' or '.join(seen_by)})"


def given(viewer: Viewer | None) -> dict[str, object]:
    """The parameters of a query with a `condition`."""
    if viewer is None:
        return {"viewer": None, "viewer_is_vendor": False}
    return {"viewer": viewer.organisation, "viewer_is_vendor": viewer.is_vendor}


def _names(value: object, organisation: str) -> bool:
    return organisation in value if isinstance(value, (list, tuple)) else value == organisation
