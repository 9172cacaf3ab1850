"""The demo's part on billing: packages of the documentation's examples, charged, settled and invoiced."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from casecore.cli.addresses import Addresses
from casecore.cli.billing_shown import print_balance
from casecore.cli.billing_statements import print_documents
from casecore.cli.giving import open_bus, read_actor
from casecore.cli.output import screen
from casecore.cli.settings import Settings
from casecore.decider.business_day import day_of
from casecore.imports.licence_rows import LICENCE_TABLE
from casecore.imports.party_rows import PARTY_TABLE
from casecore.imports.table_importer import import_table
from casecore.runs.charging import charge
from casecore.runs.invoicing import invoice
from casecore.runs.issuing import open_issuer
from casecore.runs.settling import close_year
from projections.billing.queries import documents, trial_balance

TABLES = (Path("docs/examples/parties.csv"), Path("docs/examples/licences.csv"))
_FIRST_YEAR = 2022


def bill(settings: Settings, addresses: Addresses) -> None:
    """Import parties and packages, charge until today, settle the years that are over, and invoice.

    Raises DatabaseUnavailable.
    """
    from casecore.documents.render import render  # as in billing_run: only who makes documents loads it

    actor = read_actor(f"vendor:{settings.vendor}:demo")
    today = day_of(datetime.now(UTC))
    with (
        open_bus(settings, addresses) as bus,
        open_issuer(addresses.database, bus, settings.vendor, render) as issuer,
    ):
        for path, table in zip(TABLES, (PARTY_TABLE, LICENCE_TABLE), strict=True):
            rejects = settings.home / f"{path.stem}.rejects.csv"
            summary = import_table(path, table, bus.sequence(), actor, rejects=rejects)
            screen.print(f"{path}: {summary.stored} of {summary.rows} rows stored", markup=False)
        charged = charge(issuer.books, bus, settings.vendor, today)
        screen.print(f"{charged.packages} packages: {charged.fees} yearly fees of EUR 99.00 fell due")
        for year in range(_FIRST_YEAR, today.year):
            for seller, settled in close_year(issuer, year).settlements.items():
                screen.print(f"  {year} is settled with {seller}, fees: {settled.fees}")
        invoice(issuer)


def print_billing(addresses: Addresses) -> None:
    """What the view answers about it."""
    print_documents(list(documents(addresses.database)))
    print_balance(trial_balance(addresses.database))
