"""The casecore command, put together from its parts, and its log on standard error."""

from __future__ import annotations

import io
import logging
import sys
import threading
import traceback
from importlib.metadata import version
from typing import Annotated, TextIO

import structlog
import typer

from casecore.cli.exits import Exit
from casecore.cli.lazy_groups import LazyGroup
from casecore.cli.screens import visible

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
    """Run the command line; a defect prints its trace, and ends with 1."""
    write_log_to_standard_error()
    try:
        app()
    except Exception as defect:
        _print_trace(defect)
        sys.exit(Exit.DEFECT)


def write_log_to_standard_error() -> None:
    """Log to standard error: lines of text on a terminal, else JSON, which escapes control characters."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # its errors are raised, and we log them
    processors: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if sys.stderr.isatty():
        processors += [_visible_values, structlog.dev.ConsoleRenderer(exception_formatter=_write_trace)]
    else:
        processors += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=processors,
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    threading.excepthook = _print_trace_of_thread


def _print_trace(error: BaseException) -> None:
    """Print the trace of a defect to standard error, as Python does at the end of a program."""
    sys.stderr.write(visible("".join(traceback.format_exception(error))))


def _print_trace_of_thread(ended: threading.ExceptHookArgs) -> None:
    if isinstance(ended.exc_value, Exception):  # a thread may end itself by SystemExit
        sys.stderr.write(f"In thread {ended.thread.name if ended.thread else 'without a name'}:\n")
        _print_trace(ended.exc_value)


def _visible_values(
    _logger: object, _method: str, line: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    # Others than texts are shown by their repr(), which escapes.
    return {name: visible(value) if isinstance(value, str) else value for name, value in line.items()}


def _write_trace(to: TextIO, error: structlog.typing.ExcInfo) -> None:
    """A plain trace: the boxed one would print local variables, and so what customers wrote."""
    trace = io.StringIO()
    structlog.dev.plain_traceback(trace, error)
    to.write(visible(trace.getvalue()))
