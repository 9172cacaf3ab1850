"""What an operator may set: one table of environment variables, read once, at the start of a command."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from casecore.decider.command import ID_MEANS
from casecore.decider.ids import fault_of_id
from casecore.decider.organisations import Organisations
from casecore.errors.kinds import InvalidInput


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
        "address on which relay, projections, watch and audit answer /health and /metrics",
    ),
    Setting(
        "CASECORE_HEALTH_PORT",
        "9470",
        "first port for that, the relay's; each other process has its own above it, fixed by name",
    ),
)


# Kubernetes gives these names to every container beside a service that is called casecore.
_INJECTED = ("CASECORE_SERVICE_", "CASECORE_PORT")
_PREFIX = "[A-Za-z0-9._-]{1,100}"
_LONGEST_ID = 100


class Settings(NamedTuple):
    """The settings of one run of the program."""

    home: Path
    database: str
    kafka: str
    topic_prefix: str
    replication: int
    vendor: str
    organisations: Organisations
    actor: str
    freshness_seconds: int
    time_zone: str
    health_host: str
    health_port: int


class InvalidSetting(InvalidInput):
    """A CASECORE_… variable holds something it cannot hold; the message says which and what it may be."""


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; raises InvalidSetting for an unknown CASECORE_ name or a number that is none."""
    known = {setting.name: setting.default for setting in SETTINGS}
    for name in environ:
        if name.startswith("CASECORE_") and name not in known and not name.startswith(_INJECTED):
            raise InvalidSetting(f"{name} is not a setting; these are: {', '.join(known)}")
    values = {name: _text(name, environ.get(name, default)) for name, default in known.items()}
    return Settings(
        home=Path(values["CASECORE_HOME"]).absolute(),
        database=_database(values["CASECORE_DATABASE"]),
        kafka=values["CASECORE_KAFKA"],
        topic_prefix=_matching(values, "CASECORE_TOPIC_PREFIX", _PREFIX, "1 to 100 of A-Z a-z 0-9 . _ -"),
        replication=_whole(values, "CASECORE_REPLICATION", 1, 9),
        vendor=_id(values, "CASECORE_VENDOR"),
        organisations=_organisations(values["CASECORE_ORGANISATIONS"]),
        actor=values["CASECORE_ACTOR"],
        freshness_seconds=_whole(values, "CASECORE_FRESHNESS_SECONDS", 0, 600),
        time_zone=_time_zone(values, "CASECORE_TIME_ZONE"),
        health_host=values["CASECORE_HEALTH_HOST"],
        health_port=_whole(values, "CASECORE_HEALTH_PORT", 1, 65000),
    )


def _text(name: str, value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidSetting(f"{name} is {value[:120]!r}; it takes text in UTF-8") from None
    return value


def _organisations(text: str) -> Organisations:
    try:
        return Organisations(text)
    except ValueError:
        raise InvalidSetting(f"CASECORE_ORGANISATIONS is {text[:50]!r}; it takes registered or any") from None


def _whole(values: Mapping[str, str], name: str, low: int, high: int) -> int:
    text = values[name]
    if not re.fullmatch("[0-9]{1,9}", text) or not low <= int(text) <= high:
        raise InvalidSetting(f"{name} is {text[:50]!r}; it takes a whole number from {low} to {high}")
    return int(text)


def _matching(values: Mapping[str, str], name: str, pattern: str, form: str) -> str:
    if not re.fullmatch(pattern, values[name]):
        raise InvalidSetting(f"{name} is {values[name][:120]!r}; it takes {form}")
    return values[name]


def _id(values: Mapping[str, str], name: str) -> str:
    text = values[name]
    if not 0 < len(text) <= _LONGEST_ID or fault_of_id(text) is not None:
        raise InvalidSetting(f"{name} is {text[:120]!a}; it takes {ID_MEANS[:1].lower()}{ID_MEANS[1:]}")
    return text


def _time_zone(values: Mapping[str, str], name: str) -> str:
    text = values[name]
    try:
        return ZoneInfo(text).key
    # A name that is none, a path, and a folder of zones: each fails in its own way.
    except (KeyError, ValueError, OSError):
        raise InvalidSetting(
            f"{name} is {text[:120]!a}; it takes the name of a time zone, such as Europe/Berlin or UTC"
        ) from None


def _database(uri: str) -> str:
    try:
        conninfo_to_dict(uri)
    except ProgrammingError as wrong:
        raise InvalidSetting(f"CASECORE_DATABASE is not a libpq URI: {str(wrong).strip()}") from None
    return uri
