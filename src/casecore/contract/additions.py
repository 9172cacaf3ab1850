"""What came to the contract after its first form, and in which release: the changelog of events.

A type, a field or a word that is added goes to the end of `ADDITIONS`, and is named in that release's section
of CHANGELOG.md. Nothing is ever taken out: what the contract has once, stored events have for ever.
"""

from __future__ import annotations

from typing import NamedTuple

FIRST_FORM = "bee97ac"
"""The commit after which CHANGELOG.md begins: all that is not listed below was there."""

_UNRELEASED = "Unreleased"


class Addition(NamedTuple):
    """Something that the contract has since a release, and why a reader may want it.

    `since` is the release's heading in CHANGELOG.md. `name` is a type in its version (`casecore.….v1`), a
    field (`Licence.customers`; those of every record are `Fact`'s), a word of an enumeration
    (`VatCategory=outside_scope`) or a header of records. `with_it` are the fields and words of structs and
    enumerations that came along with it.
    """

    since: str
    name: str
    meaning: str
    with_it: tuple[str, ...] = ()


ADDITIONS = (
    Addition(
        _UNRELEASED,
        "ServiceLevelWarned.run_started_at",
        "to which run of its clock a warning belongs; warnings that were recorded before lack it",
    ),
    Addition(
        _UNRELEASED,
        "Source.types",
        "types of an imported row's attributes that are no text in the other system",
    ),
    Addition(
        _UNRELEASED, "Source.utc_offset_seconds", "the offset with which an imported row states its time"
    ),
    Addition(
        _UNRELEASED,
        "ce_dataschema",
        "the fixed name of the schema of the record's type; records that were published before lack it",
    ),
    Addition(
        _UNRELEASED,
        "ce_subject",
        "the case's reference, the package or the party; records that were published before lack it",
    ),
    Addition(
        _UNRELEASED,
        "casecore.licence.cancellation_withdrawn.v1",
        "a package is not cancelled any more; whoever follows cancellations has to read it",
        (
            "LicenceCancellationWithdrawn.package",
            "LicenceCancellationWithdrawn.licence",
            "LicenceCancellationWithdrawn.cancelled_from_on",
        ),
    ),
    Addition(
        _UNRELEASED,
        "casecore.licence.activation_corrected.v1",
        "a package was activated on another day; whoever reckons with that day has to read it",
        (
            "LicenceActivationCorrected.package",
            "LicenceActivationCorrected.licence",
            "LicenceActivationCorrected.corrected_from_on",
        ),
    ),
    Addition(
        _UNRELEASED,
        "casecore.licence.transferred.v1",
        "another customer has a package from a day on; until then a package had one customer for ever",
        (
            "LicenceTransferred.package",
            "LicenceTransferred.licence",
            "LicenceTransferred.customer",
            "LicenceTransferred.from_on",
        ),
    ),
    Addition(
        _UNRELEASED,
        "Licence.customers",
        "all customers of a package with their days; absent while there was one only",
        ("CustomerSince.from_on", "CustomerSince.customer"),
    ),
    Addition(
        _UNRELEASED,
        "PartyDetails.buys_as",
        "as what a party buys; absent where it is not known",
        ("BuyerStatus=business", "BuyerStatus=private"),
    ),
    Addition(
        _UNRELEASED,
        "VatCategory=outside_scope",
        "a fee that is not subject to German tax, of a business outside the EU",
    ),
    Addition(
        _UNRELEASED,
        "casecore.billing.document_correction_decided.v1",
        "a document is to be issued again, with other particulars of its buyer",
        (
            "DocumentCorrectionDecided.document",
            "DocumentCorrectionDecided.buyer",
            "DocumentCorrectionDecided.buyer_version",
        ),
    ),
    Addition(
        _UNRELEASED,
        "CorrectionReason=particulars",
        "a correction of a document that is issued again",
    ),
    Addition(_UNRELEASED, "DocumentIssued.replaces", "in whose place a document is that was issued again"),
    Addition(
        _UNRELEASED,
        "Fact.on_behalf_of",
        "who asked for what the system did; absent where the actor is not the system",
    ),
)
"""In the order in which they came."""
