"""What an operator may set: one table of environment variables, read once, at the start of a command."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


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
    Setting("CASECORE_ACTOR", "", "who gives commands, ROLE:ORGANISATION:PERSON, where --as is not given"),
    Setting(
        "CASECORE_HEALTH_HOST",
        "127.0.0.1",
        "address on which relay and projections answer /health and /metrics",
    ),
    Setting(
        "CASECORE_HEALTH_PORT", "9470", "first port for that: relay, then the projections in order of name"
    ),
)


class Settings(NamedTuple):
    """The settings of one run of the program."""

    home: Path
    database: str
    kafka: str
    topic_prefix: str
    replication: int
    vendor: str
    actor: str
    health_host: str
    health_port: int


class SettingWrong(ValueError):
    """A CASECORE_… variable holds something it cannot hold; the message says which and what it may be."""


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; raises SettingWrong for an unknown CASECORE_ name or a number that is none."""
    known = {setting.name: setting.default for setting in SETTINGS}
    for name in environ:
        if name.startswith("CASECORE_") and name not in known:
            raise SettingWrong(f"{name} is not a setting; these are: {', '.join(known)}")
    values = {name: environ.get(name, default) for name, default in known.items()}
    return Settings(
        home=Path(values["CASECORE_HOME"]).absolute(),
        database=values["CASECORE_DATABASE"],
        kafka=values["CASECORE_KAFKA"],
        topic_prefix=values["CASECORE_TOPIC_PREFIX"],
        replication=_whole(values, "CASECORE_REPLICATION", 1, 9),
        vendor=values["CASECORE_VENDOR"],
        actor=values["CASECORE_ACTOR"],
        health_host=values["CASECORE_HEALTH_HOST"],
        health_port=_whole(values, "CASECORE_HEALTH_PORT", 1, 65000),
    )


def _whole(values: Mapping[str, str], name: str, low: int, high: int) -> int:
    text = values[name]
    if not text.isdecimal() or not low <= int(text) <= high:
        raise SettingWrong(f"{name} is {text!r}; it takes a whole number from {low} to {high}")
    return int(text)
