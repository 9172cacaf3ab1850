"""Who may see what, as data: for each thing, the fields that name the organisations which see it.

The same rule is applied to rows in SQL (`condition`), and to values in Python (`may_see`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple


class Viewer(NamedTuple):
    """For whom an answer is made: an organisation. A door without identities has none, and sees everything.

    `is_vendor` is whether it is the installation's vendor.
    """

    organisation: str
    is_vendor: bool


class Rule(NamedTuple):
    """Who sees a thing: the organisations that its `fields` name, and `vendor`: the vendor in any case.

    Each of its `lists` names several.
    """

    fields: tuple[str, ...] = ()
    vendor: bool = False
    lists: tuple[str, ...] = ()


CASE = Rule(("customer", "seller", "partner", "vendor"))
"""Who has a part in it now: a partner that was replaced sees it no more."""
INTERNAL_MESSAGE = Rule(lists=("readers",))
"""Of a case that the viewer sees: the message, that there is one, and how many there are."""
ON_BEHALF_OF = Rule(("organisation",), vendor=True)
"""Of an event that the viewer sees: that the system acted on somebody's behalf, and on whose.

Whoever acts has a part in a thing, so that the others in it know each other; whoever asked for an import or a
run need not have one.
"""
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
BUYER = Rule(("buyer",), vendor=True)
"""Whether a buyer is on hold, and how it is billed then."""
SETTLEMENT = Rule(("seller",), vendor=True)
FEE = Rule(("party",))
"""What a seller or partner charges for its own work is nobody else's business, nor the vendor's."""
TERMS = Rule((), vendor=True)
"""Prices and rates of tax as they are set; a charge and a document say what holds for them."""
POLICY = Rule(("organisation",))
"""A promise of an organisation. The terms that are pinned to a case are a part of the case."""
CALENDAR = Rule(("organisation",))
"""It says when an organisation works, and on which days of its own it does not, which is as much its own as
the promises that it is measured by. Only its own policies may use it; pinned to a case, it is a part of that.
"""

INSTALLATION = Rule((), vendor=True)
"""How the installation runs, and what stands in quarantine: records of every organisation, with their bodies,
which only who operates the installation for the vendor sees, also what is not the vendor's business.
"""


def may_see(viewer: Viewer | None, rule: Rule, thing: Mapping[str, object]) -> bool:
    """Whether a viewer sees a thing with these fields and lists."""
    if viewer is None or (rule.vendor and viewer.is_vendor):
        return True
    if any(thing.get(field) == viewer.organisation for field in rule.fields):
        return True
    return any(_has(thing.get(one), viewer.organisation) for one in rule.lists)


def condition(rule: Rule, table: str = "") -> str:
    """The rule on a row of a table, in SQL with the parameters of `given`.

    Each field is a column of text, and each list one of jsonb.
    """
    in_table = f"{table}." if table else ""
    terms = ["%(viewer)s::text is null"]
    if rule.vendor:
        terms.append("%(viewer_is_vendor)s")
    if rule.fields:
        terms.append(f"%(viewer)s::text in ({', '.join(in_table + field for field in rule.fields)})")
    terms += [f"{in_table}{one} ? %(viewer)s::text" for one in rule.lists]
    return f"({' or '.join(terms)})"


def given(viewer: Viewer | None) -> dict[str, object]:
    """The parameters of a query with a `condition`."""
    if viewer is None:
        return {"viewer": None, "viewer_is_vendor": False}
    return {"viewer": viewer.organisation, "viewer_is_vendor": viewer.is_vendor}


def _has(value: object, organisation: str) -> bool:
    return isinstance(value, Collection) and not isinstance(value, str) and organisation in value
