"""What tables of sums are by: who sees a case, and what pictures are filtered by, but for the customer."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from projections.kit.stored_table import Stored

OfVendor: TypeAlias = Annotated[str, Stored("The vendor, who gives level 1.")]
OfSeller: TypeAlias = Annotated[str, Stored("Who sold the package, and gives level 0.")]
OfPartner: TypeAlias = Annotated[str, Stored("The support partner; empty if none has a part in the cases.")]
OfTopic: TypeAlias = Annotated[str, Stored("What the cases are about.")]
OfPriority: TypeAlias = Annotated[str, Stored("How urgent they are, or were last.")]
OfOrganisation: TypeAlias = Annotated[str, Stored("Whose turn they were last.")]

PARTS = ("vendor", "seller", "partner", "topic", "priority")
OF_CASE = "c.vendor, c.seller, coalesce(c.partner, '') as partner, c.topic, c.priority"
"""The columns PARTS of a case `c`."""


def berlin(instant: str) -> str:
    """An instant as local time."""
    return f"({instant} at time zone 'Europe/Berlin')"
