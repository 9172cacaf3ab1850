"""`casecore billing …`: maintenance fees, settlements, invoices, and what the view answers about them."""

from __future__ import annotations

import typer

app = typer.Typer(
    help="Bill maintenance: what fell due, yearly settlements, invoices; and look at all of it.",
    no_args_is_help=True,
)
