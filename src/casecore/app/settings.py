"""What an operator may set: one table of environment variables, read once, at the start of a command."""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from casecore.app import setting_forms as forms
from casecore.app.setting_forms import InvalidSetting as InvalidSetting
from casecore.decider.organisations import Organisations


class Setting(NamedTuple):
    """One environment variable: its name, its default as text, and what it is for."""

    name: str
    default: str
    meaning: str


SETTINGS: tuple[Setting, ...] = (
    Setting("CASECORE_HOME", ".casecore", "folder for the local servers' data, logs and process ids"),
    Setting("CASECORE_DATABASE", "", "PostgreSQL, as a libpq URI; empty: one is started below CASECORE_HOME"),
    Setting(
        "CASECORE_KAFKA",
        "",
        "Kafka bootstrap servers, host:port,…; empty: one is started below CASECORE_HOME",
    ),
    Setting(
        "CASECORE_KAFKA_OPTIONS",
        "",
        "properties file that says how Kafka's clients connect: TLS, user and password; empty: in plain text",
    ),
    Setting(
        "CASECORE_TOPIC_PREFIX",
        "casecore",
        "first part of every topic's name, consumer group and transactional id",
    ),
    Setting(
        "CASECORE_REPLICATION", "1", "replicas of each topic; with 3, a record is acknowledged by at least 2"
    ),
    Setting("CASECORE_VENDOR", "vendor", "id of the vendor's organisation"),
    Setting(
        "CASECORE_ORGANISATIONS",
        "registered",
        "whose cases are opened, and who publishes: `registered` parties, once there is one, or `any`",
    ),
    Setting("CASECORE_ACTOR", "", "who gives commands, ROLE:ORGANISATION:PERSON, where a command names none"),
    Setting(
        "CASECORE_FRESHNESS_SECONDS",
        "5",
        "how long an answer waits for its view to hold what is stored; one that lacks something ends with 5",
    ),
    Setting(
        "CASECORE_TIME_ZONE",
        "Europe/Berlin",
        "time zone in which tables show instants to people; --json, CSV and SQL are in UTC",
    ),
    Setting(
        "CASECORE_HEALTH_HOST",
        "127.0.0.1",
        "address on which all processes answer /health and /metrics",
    ),
    Setting(
        "CASECORE_HEALTH_PORT",
        "9470",
        "first port for that, the relay's; each other process has its own above it, fixed by name",
    ),
    Setting(
        "CASECORE_API_HOST",
        "127.0.0.1",
        "address on which the API listens; one that is not loopback needs a certificate, or declared proxies",
    ),
    Setting(
        "CASECORE_API_PORT", "", "port of the API; empty: ten above CASECORE_HEALTH_PORT, so 9480 by default"
    ),
    Setting(
        "CASECORE_API_CERTIFICATE",
        "",
        "PEM file with the API's certificate, then those that lead to its root; empty: no TLS",
    ),
    Setting(
        "CASECORE_API_CERTIFICATE_KEY", "", "PEM file with that certificate's private key, without a password"
    ),
    Setting(
        "CASECORE_API_PROXIES",
        "",
        "addresses and networks of proxies, a,b,…; their X-Forwarded-For and X-Forwarded-Proto count, and "
        "no one else's",
    ),
    Setting(
        "CASECORE_API_KEYS",
        "loopback",
        "from where a key of `casecore identity` is taken: this machine only (`loopback`), or `anywhere`",
    ),
    Setting(
        "CASECORE_WEB_ADDRESS",
        "",
        "where browsers reach the page, as https://support.example.com; empty: by this machine's own names",
    ),
    Setting(
        "CASECORE_API_ISSUER", "", "TOML file about the issuer whose access tokens are taken; empty: none are"
    ),
    Setting(
        "CASECORE_API_IF_MATCH",
        "honoured",
        "If-Match of a command on what exists: `honoured` if it is there, or `demanded`",
    ),
)


# Kubernetes gives these names to every container beside services that are called casecore and casecore-api.
_INJECTED = ("CASECORE_SERVICE_", "CASECORE_PORT", "CASECORE_API_SERVICE_", "CASECORE_API_PORT_")
_INJECTED_PORT = "tcp://"
_PREFIX = "[A-Za-z0-9._-]{1,100}"
API_PORT_OFFSET = 10
"""Above the first port of health checks, so that a second installation moves both by one setting."""


class KeysTaken(Enum):
    """From where a key is taken."""

    LOOPBACK = "loopback"
    ANYWHERE = "anywhere"


class IfMatch(Enum):
    """Whether a command on what exists has to say at which version it was decided."""

    HONOURED = "honoured"
    DEMANDED = "demanded"


class ApiSettings(NamedTuple):
    """Where the API listens, and whom it takes.

    `proxies` are networks, a single address as one of its own.
    """

    host: str
    port: int
    certificate: Path | None
    certificate_key: Path | None
    proxies: tuple[str, ...]
    keys: KeysTaken
    issuer: Path | None
    if_match: IfMatch
    address: str


class Settings(NamedTuple):
    """The settings of one run of the program."""

    home: Path
    database: str
    kafka: str
    kafka_options: Path | None
    topic_prefix: str
    replication: int
    vendor: str
    organisations: Organisations
    actor: str
    freshness_seconds: int
    time_zone: str
    health_host: str
    health_port: int
    api: ApiSettings


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; raises InvalidSetting for an unknown CASECORE_ name or a number that is none."""
    known = {setting.name: setting.default for setting in SETTINGS}
    for name in environ:
        if name.startswith("CASECORE_") and name not in known and not name.startswith(_INJECTED):
            raise InvalidSetting(f"{name} is not a setting; these are: {', '.join(known)}")
    values = {name: forms.text_of(name, environ.get(name, default)) for name, default in known.items()}
    kafka_options = forms.file(values, "CASECORE_KAFKA_OPTIONS")
    return Settings(
        home=Path(values["CASECORE_HOME"]).absolute(),
        database=forms.database_uri(values, "CASECORE_DATABASE"),
        kafka=forms.kafka_servers(values, "CASECORE_KAFKA", kafka_options),
        kafka_options=kafka_options,
        topic_prefix=forms.matching(
            values, "CASECORE_TOPIC_PREFIX", _PREFIX, "1 to 100 of A-Z a-z 0-9 . _ -"
        ),
        replication=forms.whole_number(values, "CASECORE_REPLICATION", 1, 9),
        vendor=forms.own_id(values, "CASECORE_VENDOR"),
        organisations=forms.choice(values, "CASECORE_ORGANISATIONS", Organisations),
        actor=values["CASECORE_ACTOR"],
        freshness_seconds=forms.whole_number(values, "CASECORE_FRESHNESS_SECONDS", 0, 600),
        time_zone=forms.time_zone(values, "CASECORE_TIME_ZONE"),
        health_host=values["CASECORE_HEALTH_HOST"],
        health_port=forms.whole_number(values, "CASECORE_HEALTH_PORT", 1, 65000),
        api=_api(values),
    )


def _api(values: forms.Values) -> ApiSettings:
    first_port = forms.whole_number(values, "CASECORE_HEALTH_PORT", 1, 65000)
    port = values["CASECORE_API_PORT"]
    is_set = port != "" and not port.startswith(_INJECTED_PORT)
    return ApiSettings(
        host=values["CASECORE_API_HOST"],
        port=forms.whole_number(values, "CASECORE_API_PORT", 1, 65535)
        if is_set
        else first_port + API_PORT_OFFSET,
        certificate=forms.file(values, "CASECORE_API_CERTIFICATE"),
        certificate_key=forms.file(values, "CASECORE_API_CERTIFICATE_KEY"),
        proxies=forms.networks(values, "CASECORE_API_PROXIES"),
        keys=forms.choice(values, "CASECORE_API_KEYS", KeysTaken),
        issuer=forms.file(values, "CASECORE_API_ISSUER"),
        if_match=forms.choice(values, "CASECORE_API_IF_MATCH", IfMatch),
        address=forms.origin(values, "CASECORE_WEB_ADDRESS"),
    )
