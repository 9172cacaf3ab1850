"""How every client connects: the one place for addresses, limits and security."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kafka.net.sasl.oauth import AbstractTokenProvider

from casecore.kafka.cluster import Cluster
from casecore.kafka.options import read_token

ANSWER_LIMIT_MS = 10_000
"""For what an operator, or a start, asks."""

REQUEST_LIMIT_MS = 6_000
"""For what is asked on the way: longer than a broker needs to be back after a hard kill, nearly always."""

LOOK_LIMIT_MS = 2_000
"""For what a runner asks beside its work: a stop, and a health check, wait for it."""


def connection(cluster: Cluster) -> dict[str, Any]:
    """The settings of kafka-python that every client has. Raises InvalidKafkaOptions.

    They are read anew for each client, so that a new password counts from the next one on; files with
    certificates and tokens are read by each connection.
    """
    options = cluster.options()
    settings: dict[str, Any] = {
        "bootstrap_servers": cluster.bootstrap,
        "bootstrap_timeout_ms": REQUEST_LIMIT_MS,
        "reconnect_backoff_max_ms": 1_000,
        "security_protocol": options.protocol,
    }
    if options.encrypts:
        settings |= {
            "ssl_cafile": _named(options.truststore),
            "ssl_certfile": _named(options.keystore),
            "ssl_password": options.key_password or None,
            "ssl_check_hostname": options.compares_names,
        }
    if options.token_file is not None:
        settings["sasl_oauth_token_provider"] = _TokenFile(options.token_file)
    elif options.mechanism:
        settings |= {"sasl_plain_username": options.user, "sasl_plain_password": options.password}
    if options.mechanism:
        settings["sasl_mechanism"] = options.mechanism
    return settings


def _named(file: Path | None) -> str | None:
    return None if file is None else str(file)


class _TokenFile(AbstractTokenProvider):  # type: ignore[misc]
    """Gives each connection the token that is in the file then."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def token(self) -> str:
        return read_token(self._file)
