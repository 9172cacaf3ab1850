"""`casecore licence …`: licence packages, activated, changed, assigned, ended, imported, and looked at."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.app.streams import act_on_package, look_at_package
from casecore.cli.command_options import JsonOption, read_day
from casecore.cli.door import opened
from casecore.cli.output import Columns, PrintedColumn, print_json, print_lines, print_table
from casecore.cli.stream_commands import fact_fields, on_a, print_facts
from casecore.cli.table_import import imports
from casecore.contract.licences import Assignment
from casecore.imports.registers.licence_rows import LICENCE_TABLE
from casecore.licences import commands as c
from casecore.licences.package import Package

app = typer.Typer(no_args_is_help=True, help="Licence packages: activate, change, assign, cancel, look at.")

PackageArgument = Annotated[
    str, typer.Argument(metavar="PACKAGE", help="The package's reference, such as P-1001.")
]
FromOption = Annotated[
    str, typer.Option("--from", metavar="DATE", help="The first day for which it holds, such as 2026-03-02.")
]
Seats = Annotated[
    int | None, typer.Option(min=2, max=c.MOST_SEATS, help="How many seats a multi-licence has.")
]

_SELLERS: Columns[Assignment] = (
    PrintedColumn("from", lambda assignment: assignment.from_on),
    PrintedColumn("seller", lambda assignment: assignment.seller),
)


_on_a_package = on_a("package", PackageArgument, act_on_package)


@app.command()
@_on_a_package
def activate(
    customer: Annotated[str, typer.Option(help="The customer's id.")],
    seller: Annotated[str, typer.Option(help="Who sold it: a reseller's id, or the vendor's.")],
    licence_type: Annotated[str, typer.Option("--type", help="The licence type.")],
    program_version: Annotated[str, typer.Option(help="The program's version.")],
    effective_on: FromOption,
    seats: Seats = None,
) -> c.LicenceAction:
    """Say that a customer has a package from a day on, bought from a seller.

    Example: casecore licence activate P-1001 --customer praxis-ost --seller nord --type standard
    --program-version 7.2 --from 2026-03-02 --as seller:nord:ida
    """
    return c.ActivateLicence(
        customer=customer,
        seller=seller,
        licence_type=licence_type,
        program_version=program_version,
        seats=seats,
        effective_on=read_day("--from", effective_on),
    )


@app.command()
@_on_a_package
def change(
    licence_type: Annotated[str | None, typer.Option("--type", help="The licence type from now on.")] = None,
    program_version: Annotated[str | None, typer.Option(help="The program's version from now on.")] = None,
    seats: Seats = None,
    single: Annotated[bool, typer.Option("--single", help="It is no multi-licence any more.")] = False,
) -> c.LicenceAction:
    """Change a package's type, version or number of seats; what is left out stays.

    Example: casecore licence change P-1001 --program-version 7.3 --as seller:nord:ida
    """
    return c.ChangeLicence(
        licence_type=licence_type, program_version=program_version, seats=seats, single=single
    )


@app.command()
@_on_a_package
def assign(
    seller: Annotated[str, typer.Option(help="Who looks after it from then on.")], from_on: FromOption
) -> c.LicenceAction:
    """Say that another seller looks after a package from a day on; also late, between earlier ones.

    Example: casecore licence assign P-1001 --seller ost --from 2026-07-01 --as vendor:vendor:vera
    """
    return c.AssignLicence(seller=seller, from_on=read_day("--from", from_on))


@app.command()
@_on_a_package
def cancel(from_on: FromOption) -> c.LicenceAction:
    """Say that a package is cancelled from a day on; again with another day, that day holds.

    Example: casecore licence cancel P-1001 --from 2027-03-01 --as seller:nord:ida
    """
    return c.CancelLicence(from_on=read_day("--from", from_on))


@app.command()
@_on_a_package
def void(
    reason: Annotated[str | None, typer.Option(help="Why; free text.")] = None,
) -> c.LicenceAction:
    """Say that a package should never have existed; this is final.

    Example: casecore licence void P-1001 --reason "typed twice" --as vendor:vendor:vera
    """
    return c.VoidLicence(reason=reason)


@app.command()
def show(package: PackageArgument, as_json: JsonOption = False) -> None:
    """Show a package, its sellers, and what happened to it, from the store itself.

    Example: casecore licence show P-1001
    """
    with opened() as app:
        found, facts = look_at_package(app, package)
        if as_json:
            events = fact_fields(facts)
            print_json({"package": package, "version": found.version, **_fields(found), "events": events})
            return
        _print_package(found)
        print_facts(facts)


@app.command("import")
@imports(LICENCE_TABLE)
def import_licences() -> None:
    """Import what happened to licence packages from a table; what was imported before is not stored again.
    Ends with 5 after rejects.

    Example: casecore licence import docs/examples/licences.csv --as vendor:vendor:vera
    """


def _print_package(package: Package) -> None:
    licence = package.licence
    void = "; void" if licence.is_void else ""
    lines = [
        f"{package.reference}, version {package.version}{void}",
        f"  customer   {licence.customer}",
        f"  licence    {licence.licence_type}, {licence.seats or 'single'}"
        f"{' seats' if licence.seats else ''}; program version {licence.program_version}",
        f"  activated  {licence.activated_on}",
    ]
    if licence.cancelled_from_on is not None:
        lines.append(f"  cancelled  from {licence.cancelled_from_on} on")
    print_lines(lines)
    print_table("Sellers", _SELLERS, licence.assignments)


def _fields(package: Package) -> dict[str, object]:
    licence = package.licence
    return {
        "customer": licence.customer,
        "licence_type": licence.licence_type,
        "program_version": licence.program_version,
        "seats": licence.seats,
        "activated_on": licence.activated_on,
        "assignments": [{"from_on": one.from_on, "seller": one.seller} for one in licence.assignments],
        "cancelled_from_on": licence.cancelled_from_on,
        "is_void": licence.is_void,
    }
