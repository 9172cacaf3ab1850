"""Values of refusals that are words of the contract: which they are, and how people read them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from casecore.web.rendering.marks import N_

COUNTRY = "country"
"""The kind of a value that is the code of a country."""

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "action": "verb",
        "allowed": "role",
        "asked": "verb",
        "category": "category",
        "country": COUNTRY,
        "covers": "covers",
        "differs": "input",
        "field": "input",
        "given": COUNTRY,
        "legal": "verb",
        "possible": "terms",
        "role": "role",
        "roles": "party_role",
        "sender": "sender",
        "service": "service",
        "state": "state",
        "terms": "terms",
        "topic": "topic",
        "topics": "topic",
        "trigger": "verb",
        "turn": "role",
        "verb": "deed",
        "wanted": "party_role",
        "buyer_moved_abroad.recorded": COUNTRY,
        "buyer_status_not_yours.recorded": "buys_as",
        "country_unknown.country": "",
        "fee_memo_moved_on.done": "deed",
        "not_your_package.action": "deed",
        "not_your_package.allowed": "",
        "not_your_party.action": "deed",
        "organisation_unknown.role": "party_role",
        "page_not_yours.scopes": "scope",
        "scope_missing.scope": "scope",
        "treatment_changed.category": "tax",
        "treatment_changed.now": "tax",
    }
)
"""Which kind of word a value is, by its name, or by its refusal's code and its name."""

WORDS_OF_REFUSALS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "buys_as": {"business": N_("business"), "private": N_("private person")},
        "covers": {
            "end_to_end": N_("the whole case"),
            "level_0": N_("level 0"),
            "level_1": N_("level 1"),
            "partner": N_("the partner's work"),
        },
        "deed": {
            "register": N_("Register the party"),
            "activate": N_("Activate"),
            "change": N_("Change"),
            "assign": N_("Assign to a seller"),
            "transfer": N_("Transfer to a customer"),
            "correct": N_("Correct the day of activation"),
            "cancel": N_("Cancel the package"),
            "uncancel": N_("Withdraw the cancellation"),
            "void": N_("Void the package"),
            "bill": N_("bill"),
            "take back": N_("take back"),
            "recorded": N_("recorded"),
            "reversed": N_("reversed"),
        },
        "input": {
            "activated_on": N_("day of activation"),
            "agreement": N_("agreement"),
            "customer": N_("customer"),
            "due_on": N_("due on"),
            "effective_on": N_("day of activation"),
            "from_on": N_("from"),
            "licence_type": N_("type of licence"),
            "partner": N_("partner"),
            "party": N_("party"),
            "program_version": N_("version of the program"),
            "seats": N_("seats"),
            "seller": N_("seller"),
            "terms.cents_per_hour": N_("price of an hour"),
            "terms.net_cents": N_("net amount"),
            "until": N_("until"),
        },
        "party_role": {
            "vendor": N_("vendor"),
            "reseller": N_("reseller"),
            "support_partner": N_("support partner"),
            "customer": N_("customer"),
        },
        "sender": {"customer": N_("customer"), "agent": N_("agent")},
        "service": {"level_0": N_("level 0"), "user_support": N_("user support")},
        "tax": {
            "standard": N_("German VAT"),
            "reverse_charge": N_("reverse charge"),
            "outside_scope": N_("outside the scope of German VAT"),
        },
        "terms": {
            "none": N_("no fee"),
            "yearly": N_("a yearly fee"),
            "case": N_("a fee for each case"),
            "topic": N_("a fee by topic"),
            "effort": N_("a fee by effort"),
        },
    }
)
"""Words that only refusals have, by kind: as texts within a sentence."""
