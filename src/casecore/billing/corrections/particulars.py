"""The particulars of a buyer that a document prints."""

from __future__ import annotations

import hashlib

import msgspec

from casecore.contract.billing import VatCategory
from casecore.contract.parties import PartyDetails


def particulars_sha256(details: PartyDetails, category: VatCategory) -> str:
    """The hash of name, address and VAT id, by which two versions of a party are compared, in hexadecimal.

    A document outside the scope of tax does not print the VAT id.
    """
    vat_id = None if category is VatCategory.OUTSIDE_SCOPE else details.vat_id
    printed = (details.name, details.address, vat_id)
    return hashlib.sha256(msgspec.json.encode(printed, order="deterministic")).hexdigest()
