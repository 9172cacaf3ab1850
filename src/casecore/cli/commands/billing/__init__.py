"""`casecore billing …`: maintenance fees, settlements, invoices, and what the view answers about them."""

from __future__ import annotations

from casecore.cli.command_group import group_of
from casecore.cli.commands.billing import fee_agreements
from casecore.cli.commands.billing.corrections import COMMANDS as CORRECTIONS
from casecore.cli.commands.billing.explain import COMMANDS as EXPLAIN
from casecore.cli.commands.billing.fees import COMMANDS as FEES
from casecore.cli.commands.billing.ledger import COMMANDS as LEDGER
from casecore.cli.commands.billing.owed import COMMANDS as OWED
from casecore.cli.commands.billing.runs import COMMANDS as RUNS
from casecore.cli.commands.billing.statements import COMMANDS as STATEMENTS
from casecore.cli.commands.billing.terms import COMMANDS as TERMS

app = group_of(
    "Bill maintenance: what fell due, yearly settlements, invoices; and look at all of it.",
    *(RUNS, CORRECTIONS, TERMS, LEDGER, STATEMENTS, OWED, EXPLAIN, FEES),
    of_numbers=("price", "vat"),
)
app.add_typer(fee_agreements.app, name="fee-agreement")
