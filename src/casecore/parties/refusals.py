"""Why a command on a party is refused; each docstring is the message that the user reads."""

from __future__ import annotations

from dataclasses import dataclass

from casecore.decider.refusal import FieldRefusal
from casecore.errors.kinds import Kind


@dataclass
class PartyRefusal(FieldRefusal):
    """The command on a party was refused."""


@dataclass
class PartyUnknown(PartyRefusal):
    """There is no party {party}: register it first, or check its id."""

    kind = Kind.NOT_FOUND
    FIELD = "party"
    party: str


@dataclass
class PartyAlreadyRegistered(PartyRefusal):
    """The party {party} is registered with other details: change it, or choose another id."""

    kind = Kind.CONFLICT
    FIELD = "party"
    party: str


@dataclass
class NotYourParty(PartyRefusal):
    """{organisation}, as {role}, may not {action} the party {party}: the vendor's agents may, and an
    organisation may change its own details."""

    kind = Kind.FORBIDDEN
    organisation: str
    role: str
    action: str
    party: str


@dataclass
class OrganisationUnknown(PartyRefusal):
    """{field} is {party}, which is not a registered party with the role {role}: register it, or check the
    id."""

    field: str
    party: str
    role: tuple[str, ...]

    @property
    def at_fault(self) -> str:
        """The field."""
        return self.field


@dataclass
class RolesNotYours(PartyRefusal):
    """roles: {party} has the roles {roles}, and may not change them itself: leave them as they are, or ask
    the vendor."""

    kind = Kind.FORBIDDEN
    FIELD = "roles"
    party: str
    roles: tuple[str, ...]


@dataclass
class CountryNotYours(PartyRefusal):
    """country: {party} is at home in {country}, and may not change that itself, since it decides how it is
    taxed: leave it as it is, or ask the vendor."""

    kind = Kind.FORBIDDEN
    FIELD = "country"
    party: str
    country: str


@dataclass
class BuyerStatusNotYours(PartyRefusal):
    """buys_as: that of {party} is {recorded}, and a party may not change it itself, since it decides how it
    is taxed: leave it as it is, or ask the vendor."""

    kind = Kind.FORBIDDEN
    FIELD = "buys_as"
    party: str
    recorded: str


@dataclass
class RolesMissing(PartyRefusal):
    """roles: none is given; give at least one of {roles}."""

    FIELD = "roles"
    roles: tuple[str, ...]


@dataclass
class VendorRoleMissing(PartyRefusal):
    """roles: {party} is the vendor of this installation: add the role vendor."""

    FIELD = "roles"
    party: str


@dataclass
class VendorIsAnother(PartyRefusal):
    """roles: {party} cannot be the vendor, since {vendor} is: leave out the role vendor."""

    FIELD = "roles"
    party: str
    vendor: str


@dataclass
class DetailBlank(PartyRefusal):
    """{field} is blank: fill it in, or leave it out if it is optional."""

    field: str

    @property
    def at_fault(self) -> str:
        """The field."""
        return self.field


@dataclass
class CountryUnknown(PartyRefusal):
    """country is {country}, which is not a code of ISO 3166-1: give two letters, such as DE, AT or CH."""

    FIELD = "country"
    country: str


@dataclass
class InvalidLanguage(PartyRefusal):
    """language is {language}: give its ISO 639-1 code, two letters such as de or en."""

    code = "language_wrong"  # published before the class was renamed
    FIELD = "language"
    language: str


@dataclass
class InvalidIban(PartyRefusal):
    """iban is {iban}: {fault}. Give it as the bank wrote it, such as DE89 3704 0044 0532 0130 00."""

    code = "iban_wrong"  # published before the class was renamed
    FIELD = "iban"
    iban: str
    fault: str


@dataclass
class InvalidBic(PartyRefusal):
    """bic is {bic}: {fault}. Give the bank's 8 or 11 characters, such as COBADEFFXXX."""

    code = "bic_wrong"  # published before the class was renamed
    FIELD = "bic"
    bic: str
    fault: str


@dataclass
class BicWithoutIban(PartyRefusal):
    """bic is given without an iban: give both, or neither."""

    FIELD = "bic"


@dataclass
class InvalidVatId(PartyRefusal):
    """vat_id is {vat_id}: {fault}. Give it with the country's letters, such as DE136695976."""

    code = "vat_id_wrong"  # published before the class was renamed
    FIELD = "vat_id"
    vat_id: str
    fault: str
