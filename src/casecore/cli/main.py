"""The casecore command, put together from its parts."""

from __future__ import annotations

import logging
import sys
from importlib.metadata import version
from typing import Annotated

import structlog
import typer

from casecore.cli.lazy_groups import LazyGroup

app = typer.Typer(
    name="casecore",
    cls=LazyGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"casecore {version('casecore')}")
        raise typer.Exit


@app.callback()
def casecore(
    say_version: Annotated[
        bool,
        typer.Option("--version", help="Say which version this is.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    """Support cases from a command to a view: PostgreSQL stores, Kafka publishes, views answer."""


def main() -> None:
    """Run the command line; log lines go to standard error, as JSON when it is not a terminal."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # its errors are raised, and we log them
    processors: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if sys.stderr.isatty():
        # A plain trace: the boxed one would print local variables, and so what customers wrote.
        plain = structlog.dev.plain_traceback
        processors.append(structlog.dev.ConsoleRenderer(exception_formatter=plain))
    else:
        processors += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=processors,
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    app()
