"""`casecore topics`: creates the topics on Kafka, and forgets what was published to them."""

from __future__ import annotations

import typer

from casecore.app.provisioning import create_topics, forget_published_topics
from casecore.cli.door import opened
from casecore.cli.output import Columns, PrintedColumn, print_table, screen
from casecore.kafka.admin import Created

app = typer.Typer(no_args_is_help=True, help="The topics on Kafka.")

_CREATED: Columns[tuple[str, Created]] = (
    PrintedColumn("topic", lambda one: one[0]),
    PrintedColumn("", lambda one: one[1]),
)


@app.command("create")
def create() -> None:
    """Create the topics, and check those that exist: partitions and settings must be as documented.

    Example: casecore topics create
    """
    with opened() as app:
        print_table("Topics", _CREATED, create_topics(app))


@app.command("forget")
def forget() -> None:
    """Let the relay publish everything again into topics that were deleted and created anew.

    Refused while the topics are those into which this store was published.

    Example: casecore topics forget
    """
    with opened() as app:
        forgotten = forget_published_topics(app)
        screen.print(f"forgotten: {', '.join(forgotten) or 'nothing'}", markup=False)
