"""Why a command on billing is refused; each docstring is the message that the user reads."""

from __future__ import annotations

from dataclasses import dataclass

from casecore.decider.refusal import FieldRefusal, Refusal
from casecore.errors.kinds import Kind


@dataclass
class NotYourBilling(Refusal):
    """{organisation}, as {role}, may not do this: billing is done by the vendor, {vendor}."""

    kind = Kind.FORBIDDEN
    organisation: str
    role: str
    vendor: str


@dataclass
class BillingDayOutOfRange(FieldRefusal):
    """{field} is {day}: give a day from {earliest} to {latest}."""

    code = "day_out_of_range"  # published before the class was renamed
    field: str
    day: str
    earliest: str
    latest: str


@dataclass
class RateOutOfRange(FieldRefusal):
    """percent is {percent}: a rate of tax is a number above 0 and below 100, with at most {places}
    decimals."""

    FIELD = "percent"
    percent: str
    places: int


@dataclass
class VatRateUnknown(Refusal):
    """No rate of value added tax of {country} is known for {day}: record it first."""

    country: str
    day: str


@dataclass
class UntilInTheFuture(FieldRefusal):
    """until is {until}, which lies after today, {today}: what falls due later is not known yet. Give today,
    or an earlier day."""

    FIELD = "until"
    until: str
    today: str


@dataclass
class ChargeNotSo(Refusal):
    """Charge {charge} of {package} is {standing}, so that {document} cannot {verb} it."""

    package: str
    charge: int
    standing: str
    document: str
    verb: str


@dataclass
class NumberNotNext(Refusal):
    """The document cannot have the number {number}: the next one of the series is {next}."""

    kind = Kind.CONFLICT
    number: str
    next: str


@dataclass
class NotIssuedToday(Refusal):
    """The document is dated {issued_on}, and today is {today}: it is dated on the day of its issue."""

    issued_on: str
    today: str


@dataclass
class DocumentNotIssuable(Refusal):
    """The document {number} cannot be issued: {fault}."""

    code = "document_faulty"  # published before the class was renamed
    number: str
    fault: str


@dataclass
class SettlementOpen(Refusal):
    """{number} says that it belongs to the settlement of {buyer} for {year}, which is not closed."""

    number: str
    buyer: str
    year: int


@dataclass
class PartNotNext(Refusal):
    """{number} says that it is document {part} of the settlement of {buyer} for {year}; the next one is
    {next} of {parts}."""

    kind = Kind.CONFLICT
    number: str
    buyer: str
    year: int
    part: int
    next: int
    parts: int


@dataclass
class YearNotOver(Refusal):
    """{year} is not over: it can be settled from {first_day} on."""

    year: int
    first_day: str


@dataclass
class LaterYearSettled(Refusal):
    """{year} of {seller} was not settled, and {last} is already: what was recorded of it since goes into the
    settlement of the next open year."""

    seller: str
    year: int
    last: int


@dataclass
class SettledMeanwhile(Refusal):
    """Another year of {seller} was settled after its {known} settlements were read: read again what is
    open."""

    kind = Kind.CONFLICT
    seller: str
    known: int


@dataclass
class YearNotClosed(Refusal):
    """{year} is not settled with {seller}: {reason}"""

    year: int
    seller: str
    reason: str


@dataclass
class EarlierYearOpen(Refusal):
    """{seller} has fees of {open} that are not settled: close that year before {year}."""

    seller: str
    open: int
    year: int


@dataclass
class NotAReseller(Refusal):
    """{party} is not a reseller: only a reseller has a yearly settlement; a customer of the vendor gets
    invoices."""

    party: str


@dataclass
class SoldAtHome(Refusal):
    """{party} is at home in {country}, where nothing is to be decided: it is billed with German tax."""

    party: str
    country: str


@dataclass
class AtHomeElsewhere(Refusal):
    """{party} is at home in {country}, not in {given}: decide for {country}."""

    party: str
    country: str
    given: str


@dataclass
class NoReverseCharge(Refusal):
    """{party} is at home in {country}, outside the European Union, where tax does not pass to the buyer by
    reverse charge: give outside_scope for a business, standard for a private buyer."""

    party: str
    country: str


@dataclass
class WithinTheUnion(Refusal):
    """{party} is at home in {country}, in the European Union, where no buyer is outside the scope of its tax:
    give reverse_charge for a business with a VAT id, else standard."""

    party: str
    country: str


@dataclass
class BuyerStatusUnknown(Refusal):
    """{party} is at home in {country}, outside the European Union, and it is not known as what it buys. To a
    business there a fee is not taxed in Germany (§ 3a (2) UStG), to a private buyer it is: record first
    that its buys_as is business, or private."""

    party: str
    country: str


@dataclass
class PrivateBuyerIsTaxed(Refusal):
    """{party} buys privately, and so with German tax: give standard. If it is a business, record first that
    its buys_as is business."""

    party: str


@dataclass
class OutsideTheScope(Refusal):
    """{party} buys as a business in {country}, outside the European Union, so that its fees are not taxed in
    Germany (§ 3a (2) UStG): give outside_scope. If it is not a business, record first that its buys_as is
    private."""

    party: str
    country: str


@dataclass
class VatIdMissing(Refusal):
    """{party} has no VAT id, which reverse charge needs: record it, or bill it with German tax."""

    party: str


@dataclass
class ParticularsMissing(Refusal):
    """No document can be issued from {seller} to {buyer}: {missing}."""

    seller: str
    buyer: str
    missing: str


@dataclass
class DocumentUnknown(Refusal):
    """There is no document {number}: check the number."""

    kind = Kind.NOT_FOUND
    number: str


@dataclass
class SettlementUnknown(Refusal):
    """{year} is not settled with {seller}: check both, and whether that year was closed."""

    kind = Kind.NOT_FOUND
    seller: str
    year: int
