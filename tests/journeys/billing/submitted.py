"""What became known, as the lines with which `casecore submit` is given it."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

from tests.journeys.billing.steps import (
    Activated,
    Assigned,
    Cancelled,
    Changed,
    Corrected,
    Fact,
    OfPackage,
    Priced,
    Rated,
    Registered,
    Released,
    Transferred,
    Voided,
    Withdrawn,
)


def commands(chance: random.Random, known: list[Fact]) -> list[dict[str, Any]]:
    """What became known, as lines for `casecore submit`."""
    actor = {"person": "k.adler", "organisation": "vendor", "role": "vendor"}
    return [
        {"command_id": str(UUID(int=chance.getrandbits(128), version=4)), "actor": actor, **_command(step)}
        for step in known
    ]


def _command(step: Fact) -> dict[str, Any]:
    match step:
        case Registered(party, role, country):
            return {"kind": "party", "party": party, "do": _details(party, role, country)}
        case Priced(cents, on):
            do = {"action": "set_maintenance_price", "from_on": str(on), "net_cents": cents}
            return {"kind": "billing_terms", "do": do}
        case Rated(percent, on):
            do = {"action": "set_vat_rate", "country": "DE", "from_on": str(on), "percent": str(percent)}
            return {"kind": "billing_terms", "do": do}
        case Released(party, country, tax):
            do = {"action": "release", "country": country, "category": tax, "reason": "VAT id confirmed"}
            return {"kind": "buyer", "buyer": party, "do": do}
        case _:
            return {"kind": "licence", "package": step.package, "do": _done(step)}


def _done(step: OfPackage) -> dict[str, Any]:
    match step:
        case Activated(_, customer, seller, on, seats):
            do: dict[str, Any] = {"action": "activate", "customer": customer, "seller": seller}
            return do | {
                "licence_type": "viewer", "program_version": "8", "effective_on": str(on), "seats": seats,
            }  # fmt: skip
        case Changed(_, seats):
            return {"action": "change", "seats": seats, "licence_type": "planner"}
        case Assigned(_, seller, on):
            return {"action": "assign", "seller": seller, "from_on": str(on)}
        case Cancelled(_, on):
            return {"action": "cancel", "from_on": str(on)}
        case Withdrawn():
            return {"action": "uncancel"}
        case Corrected(_, on):
            return {"action": "correct", "activated_on": str(on)}
        case Transferred(_, customer, on):
            return {"action": "transfer", "customer": customer, "from_on": str(on)}
        case Voided():
            return {"action": "void", "reason": "ordered twice"}


def _details(party: str, role: str, country: str) -> dict[str, Any]:
    particulars: dict[str, Any] = {"roles": [role], "name": party.title(), "country": country}
    if party == "vendor":
        particulars |= {"vat_id": "DE123456788", "iban": "DE89370400440532013000"}
    if party == "ordination-wien":
        particulars |= {"vat_id": "ATU13585627"}
    place = {"street": "Hafenstraße 1", "postal_code": "20457", "city": "Ort"}
    return {"action": "register", **particulars, **place}
