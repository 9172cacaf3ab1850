"""The API as a process: put together from the settings, asked for its health, and ended by a signal."""

from __future__ import annotations

import gc
import logging
import signal
from asyncio import CancelledError

import structlog

from casecore.app.application import Application
from casecore.app.running.health_checks import serve_checks
from casecore.app.running.installation import API
from casecore.app.running.listening import check_listening, url_of
from casecore.app.settings import ApiSettings
from casecore.errors.kinds import CasecoreError
from casecore.health.saying import said_of
from casecore.http.serving.listener import ApiServer, ServerOptions, make_server
from casecore.http.serving.metrics import ApiMetrics
from casecore.postgres.errors import DatabaseUnavailable
from casecore.serving.application import make_application
from casecore.store.migrations import check_migrated

_OBJECTS_BETWEEN_COLLECTIONS = 20_000

_log = structlog.get_logger()


def run_api(app: Application, health_port: int) -> None:
    """Answer over HTTP until SIGTERM or SIGINT: then no request is taken any more, and those at work are
    answered.

    `health_port` is that of /health and /metrics, 0 for none. Must be called from the main thread. While
    PostgreSQL is unavailable, it answers that it is. Raises InvalidSetting, CannotListen,
    CertificateUnusable, InvalidIssuerFile, HealthPortTaken, NotRunning, TablesMissing and WrongSchema.
    """
    api = app.settings.api
    check_listening(api)
    _check_store(app)
    metrics = ApiMetrics()
    server = make_server(make_application(app, metrics), _options(api), metrics)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.end())
    _log_errors_of_the_server()
    serve_checks(app.settings, API, health_port, metrics.registry, ApiHealth(app, server).check)
    _log.info("listening", url=url_of(api))
    _collect_garbage_seldom()
    server.serve_until_ended()


def _collect_garbage_seldom() -> None:
    # Modules are never garbage: finding that out again takes 70 ms each time, in which nothing is answered.
    gc.collect()
    gc.freeze()
    # The requests of 64 connections have more objects than the default, which then collects for each few.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)


class _ServerErrors(logging.Handler):
    """Writes what the server's library says into our log, which is JSON and escapes."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and isinstance(record.exc_info[1], CancelledError):
            return  # an answer that was not taken before the server ended is no fault of the program
        _log.error("server", reason=record.getMessage(), exc_info=record.exc_info)


def _log_errors_of_the_server() -> None:
    # Its warnings are of requests that cannot be read: anybody could fill a disk with them.
    logger = logging.getLogger("uvicorn")
    logger.setLevel(logging.ERROR)
    logger.handlers = [_ServerErrors()]
    logger.propagate = False


def _options(api: ApiSettings) -> ServerOptions:
    return ServerOptions(
        host=api.host,
        port=api.port,
        certificate=api.certificate,
        certificate_key=api.certificate_key,
        proxies=api.proxies,
    )


def _check_store(app: Application) -> None:
    try:
        check_migrated(app.database)
    except DatabaseUnavailable as unavailable:
        _log.warning("database_unavailable", reason=str(unavailable))


class ApiHealth:
    """How the API fares: each check asks PostgreSQL; what is wrong is logged when it begins."""

    def __init__(self, app: Application, server: ApiServer) -> None:
        self._app = app
        self._server = server
        self._trouble = ""

    def check(self) -> tuple[bool, str]:
        """Whether it answers, and why not, for whoever asks; one thread's."""
        if self._server.should_exit:
            return False, "it ends, and takes no request any more"
        if not self._server.started:
            return False, "it starts"
        try:
            check_migrated(self._app.database)
        except CasecoreError as error:
            if self._trouble != str(error):
                self._trouble = str(error)
                _log.warning("unwell", reason=self._trouble)
            return False, said_of(error)
        self._trouble = ""
        return True, "answering"
