"""`casecore licence show|import`: a package as it is, and packages from a table."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.app.registers.histories import package_history
from casecore.app.registers.pages import PackageEntry, today
from casecore.cli.command_group import Commands
from casecore.cli.command_options import JsonOption
from casecore.cli.door import opened
from casecore.cli.output import Columns, PrintedColumn, print_json, print_lines, print_table
from casecore.cli.stream_commands import fact_fields, print_facts
from casecore.cli.table_import import imports
from casecore.contract.licences import Assignment, CustomerSince
from casecore.imports.registers.licence_rows import LICENCE_TABLE
from casecore.licences.customers import customer_on, customers_of

PackageArgument = Annotated[
    str, typer.Argument(metavar="PACKAGE", help="The package's reference, such as P-1001.")
]

_CUSTOMERS: Columns[CustomerSince] = (
    PrintedColumn("from", lambda one: one.from_on),
    PrintedColumn("customer", lambda one: one.customer),
)
_SELLERS: Columns[Assignment] = (
    PrintedColumn("from", lambda assignment: assignment.from_on),
    PrintedColumn("seller", lambda assignment: assignment.seller),
)


def show(package: PackageArgument, as_json: JsonOption = False) -> None:
    """Show a package, its sellers, and what happened to it, from the store itself.

    Example: casecore licence show P-1001
    """
    with opened() as app:
        found, facts, _ = package_history(app, package)
        if as_json:
            events = fact_fields(facts)
            print_json({"package": package, "version": found.version, **_fields(found), "events": events})
            return
        _print_package(found)
        print_facts(facts)


@imports(LICENCE_TABLE)
def import_licences() -> None:
    """Import what happened to licence packages from a table; what was imported before is not stored again.
    Ends with 5 after rejects.

    Example: casecore licence import docs/examples/licences.csv --as vendor:vendor:vera
    """


def _print_package(package: PackageEntry) -> None:
    licence = package.licence
    void = "; void" if licence.is_void else ""
    lines = [
        f"{package.reference}, version {package.version}{void}",
        f"  customer   {customer_on(licence, today())}",
        f"  licence    {licence.licence_type}, {licence.seats or 'single'}"
        f"{' seats' if licence.seats else ''}; program version {licence.program_version}",
        f"  activated  {licence.activated_on}",
    ]
    if licence.cancelled_from_on is not None:
        lines.append(f"  cancelled  from {licence.cancelled_from_on} on")
    print_lines(lines)
    if licence.customers:
        print_table("Customers", _CUSTOMERS, licence.customers)
    print_table("Sellers", _SELLERS, licence.assignments)


def _fields(package: PackageEntry) -> dict[str, object]:
    licence = package.licence
    return {
        "customer": customer_on(licence, today()),
        "licence_type": licence.licence_type,
        "program_version": licence.program_version,
        "seats": licence.seats,
        "activated_on": licence.activated_on,
        "assignments": [{"from_on": one.from_on, "seller": one.seller} for one in licence.assignments],
        "customers": [{"from_on": one.from_on, "customer": one.customer} for one in customers_of(licence)],
        "cancelled_from_on": licence.cancelled_from_on,
        "is_void": licence.is_void,
    }


COMMANDS: Commands = {"show": show, "import": import_licences}
