"""`casecore topics`: creates the topics on Kafka, and forgets what was published to them."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.app.provisioning import create_topics, forget_published_topics
from casecore.app.settings import InvalidSetting, read_settings
from casecore.app.topic_rights import commands_of, rights_of
from casecore.cli.door import opened
from casecore.cli.exits import errors_as_exits
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


@app.command("acls")
def acls(
    principal: Annotated[
        str, typer.Option(help="Who a process is to Kafka, with {process} where its name belongs.")
    ] = "User:{process}",
    group: Annotated[str, typer.Option(help="Consumer group of the subscriber.")] = "subscriber",
    aborts: Annotated[
        bool, typer.Option("--aborts", help="Let the relay end hanging transactions: a right on the cluster.")
    ] = False,
    command_config: Annotated[
        str, typer.Option(help="File with the options of an administrator, for Kafka's tool.")
    ] = "admin.properties",
) -> None:
    """Print what relay, views, audit and a subscriber may do, as commands of Kafka's kafka-acls.sh.

    It asks no server, and changes nothing. The operator is who runs `casecore topics create`.

    Example: casecore topics acls --principal User:CN={process}
    """
    with errors_as_exits():
        settings = read_settings()
        if "{process}" not in principal:
            raise InvalidSetting(f"--principal is {principal[:120]!r}; it takes a text with {{process}}")
        rights = rights_of(settings.topic_prefix, group, aborts=aborts)
        for command in commands_of(rights, principal, settings.kafka or "HOST:PORT", command_config):
            screen.print(command, markup=False, soft_wrap=True)  # a shell reads them
