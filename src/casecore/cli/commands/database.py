"""`casecore database`: the store's tables."""

from __future__ import annotations

import typer

from casecore.app.provisioning import migrate_store
from casecore.cli.door import opened
from casecore.cli.output import screen

app = typer.Typer(no_args_is_help=True, help="The store's tables in PostgreSQL.")


@app.callback()
def database() -> None:
    """The store's tables in PostgreSQL."""


@app.command("migrate")
def migrate() -> None:
    """Create or update the store's tables, and record the first terms of billing.

    Example: casecore database migrate
    """
    with opened() as app:
        applied = migrate_store(app)
        screen.print(f"{applied} migrations applied" if applied else "the database is up to date")
