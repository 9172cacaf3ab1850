"""Which stream an event is in, and so which records have one key: said by the beginnings of types' names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_ACCOUNT = "the account of the package"
_BUYER = "the party as a buyer"
_DOCUMENTS = "the one series of documents"
_AGREEMENTS = "the fee agreements of the party"

KEYS: Mapping[str, str] = MappingProxyType(
    {
        "casecore.case.": "the case",
        "casecore.service_level.": "the one book of calendars and policies",
        "casecore.party.": "the party",
        "casecore.licence.": "the package",
        "casecore.billing.maintenance_price_set": "the one stream of prices and rates",
        "casecore.billing.vat_rate_set": "the one stream of prices and rates",
        "casecore.billing.maintenance_fee_": _ACCOUNT,
        "casecore.billing.document_issued": _DOCUMENTS,
        "casecore.billing.document_correction_decided": "the one stream of documents that are issued again",
        "casecore.billing.settlement_closed": _BUYER,
        "casecore.billing.buyer_": _BUYER,
        "casecore.billing.fee_agree": _AGREEMENTS,
        "casecore.billing.fee_memo_": "the fees for a case, or the yearly fees of a party's customer",
    }
)


def key_of(name: str) -> str:
    """What the key of a type's records names, for people; raises KeyError for a type that is not listed."""
    for beginning, key in KEYS.items():
        if name.startswith(beginning):
            return key
    raise KeyError(f"{name} is not in devtools.event_catalogue.keys: say which stream it is in")
