"""Commands on parties, packages, billing and fees that are refused."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.surface.refused_cases import IDA, OEHLER, PAUL, SYSTEM, UDO, VERA, Line

_WIEN = {
    "roles": ["customer"],
    "name": "Ordination Wien",
    "street": "Ring 1",
    "postal_code": "1010",
    "city": "Wien",
    "country": "AT",
}
_NORD = {
    "roles": ["reseller"],
    "name": "Nord",
    "street": "Am Kai 12",
    "postal_code": "24103",
    "city": "Kiel",
    "country": "DE",
}
_IBAN = "DE89 3704 0044 0532 0130 00"
_LICENCE = {
    "action": "activate",
    "customer": "praxis-ost",
    "seller": "nord",
    "licence_type": "standard",
    "program_version": "7.2",
    "effective_on": "2026-02-01",
}
_ASSIGN = {"action": "assign", "seller": "sued", "from_on": "2026-03-01"}
_CORRECT = {"action": "correct", "activated_on": "2026-03-01"}
_TRANSFER = {"action": "transfer", "customer": "praxis-ost", "from_on": "2026-03-01"}
_CLOSE = {
    "action": "close_settlement",
    "year": 2023,
    "settled_before": 0,
    "as_of_position": 1,
    "fees": 0,
    "credits": 0,
    "documents": 1,
    "net_cents": 0,
    "vat_cents": 0,
    "gross_cents": 0,
    "lines_sha256": "0" * 64,
}
_LINE = {
    "package": "P-2004",
    "charge": 1,
    "customer": "klinik-west",
    "period_start_on": "2026-02-01",
    "period_end_on": "2027-01-31",
    "net_cents": 9900,
    "category": "standard",
    "percent": "19",
}
_DOCUMENT = {
    "kind": "invoice",
    "buyer": "klinik-west",
    "buyer_version": 1,
    "seller_version": 1,
    "terms_version": 1,
    "lines": [_LINE],
    "vat": [],
    "net_cents": 9900,
    "vat_cents": 1881,
    "gross_cents": 11781,
    "as_of_position": 1,
    "sha256": "0" * 64,
    "part": 1,
    "parts": 1,
    "pay_until": "2026-12-31",
}
_AGREE = {"action": "agree", "service": "level_0", "from_on": "2026-02-01", "terms": {"kind": "none"}}
_TOPIC = {"topic": "training", "net_cents": 100}


def _party(party: str, actor: Line, action: str, **details: Any) -> Line:
    return {"kind": "party", "actor": actor, "party": party, "do": {"action": action, **details}}


def _package(name: str, actor: Line, do: Line, **changed: Any) -> Line:
    return {"kind": "licence", "actor": actor, "package": name, "do": {**do, **changed}}


def _terms(actor: Line, action: str, **fields: Any) -> Line:
    return {"kind": "billing_terms", "actor": actor, "do": {"action": action, **fields}}


def _account(name: str, action: str, **fields: Any) -> Line:
    return {"kind": "account", "actor": VERA, "package": name, "do": {"action": action, **fields}}


def _buyer(name: str, do: Line, **changed: Any) -> Line:
    return {"kind": "buyer", "actor": VERA, "buyer": name, "do": {**do, **changed}}


def _release(name: str, country: str, category: str = "reverse_charge") -> Line:
    return _buyer(name, {"action": "release", "country": country, "category": category, "reason": "x"})


def _agreement(party: str, actor: Line, do: Line, **changed: Any) -> Line:
    return {"kind": "fee_agreement", "actor": actor, "party": party, "do": {**do, **changed}}


def _memo(actor: Line, action: str = "record", due_on: str = "2026-02-01") -> Line:
    event = {"stream_id": "00000000-0000-4000-8000-0000000000ab", "version": 1}
    year = {"kind": "year", "start_on": due_on, "end_on": due_on}
    fee = {
        "party": "nord",
        "customer": "praxis-ost",
        "service": "level_0",
        "covers": year,
        "due_on": due_on,
        "net_cents": 100,
        "agreement": event,
    }
    return {"kind": "fee_memo", "actor": actor, "number": 9, "fee": fee, "caused_by": event, "do": action}


_PARTIES = {
    "a party that is not there": _party("nobody", VERA, "change", **_WIEN),
    "a party that is there": _party("nord", VERA, "register", **_NORD),
    "a party of someone else": _party("nord", UDO, "change", **_NORD),
    "other roles of its own": _party("nord", IDA, "change", **{**_NORD, "roles": ["customer"]}),
    "another country of its own": _party("nord", IDA, "change", **{**_NORD, "country": "AT"}),
    "what it buys as of its own": _party("nord", IDA, "change", **_NORD, buys_as="private"),
    "no role": _party("p-1", VERA, "register", **{**_WIEN, "roles": []}),
    "the vendor without its role": _party("vendor", VERA, "change", **_NORD),
    "a second vendor": _party("p-1", VERA, "register", **{**_WIEN, "roles": ["vendor"]}),
    "a blank name": _party("p-1", VERA, "register", **{**_WIEN, "name": "  "}),
    "a country that is none": _party("p-1", VERA, "register", **{**_WIEN, "country": "XX"}),
    "a language that is none": _party("p-1", VERA, "register", **{**_WIEN, "language": "german"}),
    "a wrong IBAN": _party("p-1", VERA, "register", **_WIEN, iban="DE00"),
    "a wrong BIC": _party("p-1", VERA, "register", **_WIEN, iban=_IBAN, bic="X"),
    "a BIC alone": _party("p-1", VERA, "register", **_WIEN, bic="COBADEFFXXX"),
    "a wrong VAT id": _party("p-1", VERA, "register", **_WIEN, vat_id="ATU1"),
    "accepted: a buyer in Switzerland": _party("praxis-bern", VERA, "register", **{**_WIEN, "country": "CH"}),
    "accepted: a buyer without a VAT id": _party("praxis-graz", VERA, "register", **_WIEN),
}

# P-1001 and P-2002 are void, P-1003 is cancelled from 2025-02-28 on, P-2001 and P-2004 stand.
_PACKAGES = {
    "a package that is not there": _package("P-99", VERA, _ASSIGN),
    "a package that is another": _package("P-2004", VERA, _LICENCE),
    "a package that is void": _package("P-1001", VERA, _ASSIGN),
    "cancelled by another seller": _package("P-1002", IDA, {"action": "cancel", "from_on": "2026-01-01"}),
    "cancelled too late": _package("P-1003", UDO, {"action": "cancel", "from_on": "2026-01-01"}),
    "a package of someone else": _package("P-2004", OEHLER, _ASSIGN),
    "a customer that is none": _package("P-90", VERA, _LICENCE, customer="nobody"),
    "a seller that is none": _package("P-90", VERA, _LICENCE, seller="nobody"),
    "a package of 1850": _package("P-90", VERA, _LICENCE, effective_on="1850-01-01"),
    "assigned before it was activated": _package("P-2004", VERA, _ASSIGN, from_on="2025-01-01"),
    "two sellers on a day": _package("P-2004", VERA, _ASSIGN, from_on="2026-02-01"),
    "assigned after it is cancelled": _package("P-1003", VERA, _ASSIGN),
    "changed after it is cancelled": _package("P-1003", VERA, {"action": "change", "program_version": "9"}),
    "activated again after it is cancelled": _package(
        "P-1003",
        VERA,
        _LICENCE,
        customer="praxis-linz",
        seller="sued",
        program_version="7.1",
        effective_on="2024-02-29",
    ),
    "activated after it is cancelled": _package("P-1003", VERA, _CORRECT, activated_on="2025-03-01"),
    "activated after it was transferred": _package("P-2005", VERA, _CORRECT),
    "transferred to nobody": _package("P-2004", VERA, _TRANSFER, customer="nobody"),
    "two customers on a day": _package("P-2004", VERA, _TRANSFER, from_on="2026-02-01"),
    "transferred after it is cancelled": _package("P-1003", VERA, _TRANSFER),
    "a cancellation of the past withdrawn by a seller": _package("P-1003", UDO, {"action": "uncancel"}),
    "a change of nothing": _package("P-2004", VERA, {"action": "change"}),
    "seats and no seats": _package("P-2004", VERA, {"action": "change", "seats": 5, "single": True}),
}

_BILLING = {
    "a price of someone else": _terms(IDA, "set_maintenance_price", from_on="2027-01-01", net_cents=1),
    "a price from 1850": _terms(VERA, "set_maintenance_price", from_on="1850-01-01", net_cents=1),
    "a price of nothing": _terms(VERA, "set_maintenance_price", from_on="2027-01-01", net_cents=0),
    "a rate of a hundred": _terms(VERA, "set_vat_rate", from_on="2027-01-01", country="DE", percent="100"),
    "a rate of no country": _terms(VERA, "set_vat_rate", from_on="2027-01-01", country="XX", percent="19"),
    "charged until a later day": _account("P-2004", "record_charges", until="2199-12-31"),
    "charged for no package": _account("P-99", "record_charges", until="2026-01-01"),
    "a charge that is not there": _account(
        "P-2004",
        "mark_billed",
        document="R-000001",
        charges=[{"charge": 9, "category": "standard", "percent": "19"}],
    ),
    "a document of another series": _account(
        "P-2004", "mark_credited", document="X-1", corrects="R-000001", charges=[1]
    ),
    "a year that is not over": _buyer("nord", _CLOSE, year=2199),
    "a year before the last": _buyer("nord", _CLOSE, year=2020),
    "settled by someone else meanwhile": _buyer("praxis-ost", _CLOSE, year=2025, settled_before=9),
    "a buyer that is none": _buyer("nobody", _CLOSE),
    "a buyer at home": _release("nord", "DE"),
    "a buyer of another country": _release("praxis-wien", "CH"),
    "reverse charge outside the union": _release("praxis-bern", "CH"),
    "reverse charge without a VAT id": _release("praxis-graz", "AT"),
    "a buyer that may be a business": _release("praxis-bern", "CH", "standard"),
    "outside the scope of tax in the union": _release("praxis-graz", "AT", "outside_scope"),
}

_FEES = {
    "fees of someone else": _agreement("nord", UDO, _AGREE),
    "fees of a customer": _agreement("praxis-ost", {**IDA, "organisation": "praxis-ost"}, _AGREE),
    "fees of nobody": _agreement("nobody", {**IDA, "organisation": "nobody"}, _AGREE),
    "a fee that the service has not": _agreement(
        "nord", IDA, _AGREE, terms={"kind": "effort", "cents_per_hour": 1}
    ),
    "a fee below zero": _agreement("nord", IDA, _AGREE, terms={"kind": "case", "net_cents": -1}),
    "a fee for no topic": _agreement(
        "sued", PAUL, _AGREE, service="user_support", terms={"kind": "topic", "amounts": []}
    ),
    "a fee for a topic of another service": _agreement(
        "nord", IDA, _AGREE, terms={"kind": "topic", "amounts": [_TOPIC]}
    ),
    "a fee for a topic twice": _agreement(
        "sued", PAUL, _AGREE, service="user_support", terms={"kind": "topic", "amounts": [_TOPIC, _TOPIC]}
    ),
    "agreed for the day already": _agreement("sued", UDO, _AGREE, from_on="2025-01-01"),
    "an agreement that is not there": _agreement("nord", IDA, {"action": "withdraw", "agreement": 9}),
    "ended before it begins": _agreement(
        "sued", UDO, {"action": "end", "agreement": 1, "from_on": "2020-01-01"}
    ),
    "tax of no rate": _agreement("nord", IDA, _AGREE, vat_country="FR"),
}

_MEMOS = {
    "a memo by a person": _memo(VERA),
    "a memo of next century": _memo(SYSTEM, due_on="2150-01-01"),
    "a memo that is not there": _memo(SYSTEM, action="reverse"),
}

BUSINESS: dict[str, Line] = {**_PARTIES, **_PACKAGES, **_BILLING, **_FEES, **_MEMOS}


def documents(next_number: str, today: date) -> dict[str, Line]:
    """Documents that cannot be issued, after those that were."""

    def issued(number: str = next_number, issued_on: date = today, **changed: Any) -> Line:
        do = {"action": "issue", "number": number, "issued_on": issued_on.isoformat(), **_DOCUMENT, **changed}
        return {"kind": "document", "actor": VERA, "do": do}

    return {
        "a document out of turn": issued(number="R-900000"),
        "a document of another day": issued(issued_on=date(2020, 1, 1)),
        "a faulty document": issued(settles_year=2025),
    }
