"""The contract's words of money as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from casecore.web.rendering.marks import N_

MONEY_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "document": {
            "invoice": N_("invoice"),
            "settlement": N_("settlement statement"),
            "correction": N_("correction"),
        },
        "correction_reason": {
            "reversed": N_("the fees were not due"),
            "rate": N_("another rate of tax"),
            "particulars": N_("wrong particulars of the buyer"),
        },
        "tax": {
            "standard": N_("German VAT"),
            "reverse_charge": N_("reverse charge"),
            "outside_scope": N_("outside the scope of German VAT"),
        },
        "account": {
            "unbilled_receivable": N_("unbilled receivable"),
            "receivable": N_("receivable"),
            "revenue": N_("revenue"),
            "vat": N_("VAT"),
        },
        "posting": {
            "fee": N_("fee"),
            "reversal": N_("reversal"),
            "invoice": N_("invoice"),
            "settlement": N_("settlement"),
            "correction": N_("correction"),
        },
        "item": {"fee": N_("to be billed"), "credit": N_("to be taken back")},
        "obligor": {"reseller": N_("reseller"), "customer": N_("direct customer")},
        "party_role": {
            "vendor": N_("vendor"),
            "reseller": N_("reseller"),
            "support_partner": N_("support partner"),
            "customer": N_("customer"),
        },
        "buys_as": {"business": N_("a business"), "private": N_("a private person")},
        "service": {"level_0": N_("level 0"), "user_support": N_("user support")},
        "run": {
            "charge": N_("Record maintenance fees"),
            "fees": N_("Record fees of sellers and partners"),
            "invoice": N_("Issue invoices"),
            "settle": N_("Close a year"),
            "correct": N_("Issue a document again"),
            "pin": N_("Pin a policy to cases"),
        },
        "run_status": {
            "running": N_("going on"),
            "done": N_("done"),
            "failed": N_("failed"),
            "interrupted": N_("interrupted"),
        },
        "run_asked": {
            "until": N_("until"),
            "party": N_("party"),
            "customer": N_("customer"),
            "year": N_("year"),
            "seller": N_("seller"),
            "document": N_("document"),
        },
        "party_event": {"registered": N_("registered"), "changed": N_("changed")},
    }
)
"""By kind of word, then by the word."""
