"""The demo's part on billing: packages of the documentation's examples, charged, settled and invoiced."""

from __future__ import annotations

from casecore.app.actors import parse_actor
from casecore.app.application import Application
from casecore.app.billing.runs import charge_until, close, issue_invoices, last_due_day
from casecore.app.imports import LICENCE_TABLE, PARTY_TABLE, import_rows
from casecore.cli.commands.billing.statements import DOCUMENTS
from casecore.cli.commands.billing.tables import print_balance
from casecore.cli.commands.demo.files import LICENCES, PARTIES
from casecore.cli.output import print_table, screen
from projections.billing.issued import documents
from projections.billing.queries import trial_balance

_FIRST_YEAR = 2022


def bill(app: Application) -> None:
    """Import parties and packages, charge until today, settle the years that are over, and invoice.

    Raises DatabaseUnavailable.
    """
    actor = parse_actor(f"vendor:{app.settings.vendor}:demo")
    for path, table in ((PARTIES, PARTY_TABLE), (LICENCES, LICENCE_TABLE)):
        rejects = app.settings.home / f"{path.stem}.rejects.csv"
        summary = import_rows(app, table, path, actor, rejects=rejects)
        screen.print(f"{path.name}: {summary.stored} of {summary.rows} rows stored", markup=False)
    today = last_due_day(None)
    charged = charge_until(app, today)
    screen.print(f"{charged.packages} packages: {charged.fees} yearly fees of EUR 99.00 fell due")
    for year in range(_FIRST_YEAR, today.year):
        for seller, settled in close(app, year).settlements.items():
            screen.print(f"  {year} is settled with {seller}, fees: {settled.fees}")
    issue_invoices(app)


def print_billing(app: Application) -> None:
    """What the view answers about it."""
    found = list(app.ask(documents))
    print_table(f"Documents ({len(found)}, EUR)", DOCUMENTS, found)
    print_balance(app.ask(trial_balance))
