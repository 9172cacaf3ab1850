"""`casecore party …`: organisations and customers, registered, changed, imported, and looked at."""

from __future__ import annotations

from functools import wraps
from inspect import signature
from typing import Annotated, Any

import typer

from casecore.app.registers.histories import party_history
from casecore.app.registers.streams import act_on_party, all_parties
from casecore.cli.command_options import JsonOption
from casecore.cli.door import opened
from casecore.cli.exits import Exit
from casecore.cli.left_out import print_left_out
from casecore.cli.output import Columns, PrintedColumn, print_json, print_table, screen
from casecore.cli.stream_commands import Make, fact_fields, on_a, print_facts
from casecore.cli.table_import import imports
from casecore.contract.parties import BuyerStatus, PartyDetails, PartyRole
from casecore.contract.personal import legible
from casecore.decider.command import Action
from casecore.imports.registers.party_rows import PARTY_TABLE
from casecore.parties.commands import ChangeParty, PartyAction, RegisterParty
from casecore.parties.party import Party

app = typer.Typer(no_args_is_help=True, help="Organisations and customers: register, change, look at.")

PartyArgument = Annotated[str, typer.Argument(metavar="PARTY", help="The party's id, such as nord.")]
RoleOption = Annotated[list[PartyRole], typer.Option("--role", help="What it is; again for more.")]
Name = Annotated[str, typer.Option(help="Its name, as it stands on documents.")]
Street = Annotated[str, typer.Option(help="Street and number.")]
PostalCode = Annotated[str, typer.Option(help="Postal code.")]
City = Annotated[str, typer.Option(help="City.")]
Country = Annotated[str, typer.Option(help="Country, as its ISO 3166-1 code of two letters.")]
Language = Annotated[str, typer.Option(help="Language, as its ISO 639-1 code of two letters.")]
TaxNumber = Annotated[str | None, typer.Option(help="The tax office's number.")]
VatId = Annotated[str | None, typer.Option(help="VAT identification, with the country's letters.")]
Iban = Annotated[str | None, typer.Option(help="The bank account.")]
Bic = Annotated[str | None, typer.Option(help="The account's bank.")]
BuysAs = Annotated[
    BuyerStatus | None,
    typer.Option("--buys-as", help="As a business, or privately; needed to bill outside the EU."),
]

_PARTIES: Columns[Party] = (
    PrintedColumn("party", lambda party: party.id),
    PrintedColumn("name", lambda party: legible(party.details.name)),
    PrintedColumn("roles", lambda party: ", ".join(role.value for role in party.details.roles)),
    PrintedColumn("city", lambda party: legible(party.details.address.city)),
    PrintedColumn("country", lambda party: party.details.address.country),
)


_on_a_party = on_a("party", PartyArgument, act_on_party)


def _details(
    role: RoleOption,
    name: Name,
    street: Street,
    postal_code: PostalCode,
    city: City,
    country: Country,
    language: Language = "de",
    tax_number: TaxNumber = None,
    vat_id: VatId = None,
    iban: Iban = None,
    bic: Bic = None,
    buys_as: BuysAs = None,
) -> None:
    """The options for all details of a party."""


def _with_details(make: Make) -> Make:
    """The function, which then takes these options."""

    @wraps(make)
    def made(role: list[PartyRole], **details: Any) -> Action:
        return make(roles=tuple(role), **details)

    made.__signature__ = signature(_details, eval_str=True)  # type: ignore[attr-defined]
    return made


@app.command()
@_on_a_party
@_with_details
def register(**details: Any) -> PartyAction:
    """Register a party that is not known yet.

    Example: casecore party register nord --role reseller --name "Nord GmbH" --street "Kai 1"
    --postal-code 24103 --city Kiel --country DE --as vendor:vendor:vera
    """
    return RegisterParty(**details)


@app.command()
@_on_a_party
@_with_details
def change(**details: Any) -> PartyAction:
    """Replace all that is known of a party: what is left out is forgotten.

    Example: casecore party change nord --role reseller --name "Nord AG" --street "Kai 2"
    --postal-code 24103 --city Kiel --country DE --as vendor:vendor:vera
    """
    return ChangeParty(**details)


@app.command()
def show(party: PartyArgument, as_json: JsonOption = False) -> None:
    """Show what is known of a party, and since when, from the store itself.

    Example: casecore party show nord
    """
    with opened() as app:
        found, facts, _ = party_history(app, party)
        fields = _fields(found.details)
        if as_json:
            print_json({"party": party, "version": found.version, **fields, "events": fact_fields(facts)})
            return
        screen.print(f"{party}, version {found.version}", markup=False)
        for title, value in fields.items():
            text = ", ".join(value) if isinstance(value, list) else value
            if text is not None:
                screen.print(f"  {title.replace('_', ' '):<12} {text}", markup=False)
        print_facts(facts)


@app.command("list")
def list_parties(
    role: Annotated[PartyRole | None, typer.Option(help="Only those with this role.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the registered parties, from the store itself. Ends with 5 if one was left out, since only a newer
    program can read it.

    Example: casecore party list --role reseller
    """
    with opened() as app:
        found, left_out = all_parties(app, role)
        if as_json:
            print_json(
                [{"party": party.id, "version": party.version, **_fields(party.details)} for party in found]
            )
        else:
            print_table(f"Parties ({len(found)})", _PARTIES, found)
            print_left_out(left_out)
        if left_out:
            raise typer.Exit(Exit.DIFFERENCE)


@app.command("import")
@imports(PARTY_TABLE)
def import_parties() -> None:
    """Register or change parties from a table; what was imported before is not stored again. Ends with 5
    after rejects.

    Example: casecore party import docs/examples/parties.csv --as vendor:vendor:vera
    """


def _fields(details: PartyDetails) -> dict[str, str | list[str] | None]:
    account = details.bank_account
    return {
        "roles": [role.value for role in details.roles],
        "name": legible(details.name),
        "street": legible(details.address.street),
        "postal_code": legible(details.address.postal_code),
        "city": legible(details.address.city),
        "country": details.address.country,
        "language": details.language,
        "tax_number": legible(details.tax_number),
        "vat_id": legible(details.vat_id),
        "iban": legible(account.iban) if account else None,
        "bic": account.bic if account else None,
        "buys_as": details.buys_as.value if details.buys_as else None,
    }
